/**
 * All versions, in one place.
 *
 * Packages are pinned to a *release line*, not to an exact revision. Debian mirrors keep only the newest revision of a
 * package, so an exact pin cannot be installed any more after the next security fix. Each image records the
 * revisions that it contains. Change `imagesRefreshed` to install the newest revisions.
 */

export const debian = {
  /** The Debian release of all images. */
  release: 'trixie',
  /**
   * The date of the security updates in the images. It is part of the content tag of every image: set it to today, and
   * the next `up` rebuilds the images.
   */
  imagesRefreshed: '2026-11-21',
  /** Package → its release line, in apt notation (`apt-get install name=line`). */
  packages: {
    'postgresql-17': '17.*',
    pgbouncer: '1.24.1-*',
    'redis-server': '5:8.0.*',
    'prometheus-postgres-exporter': '0.17.*',
    'prometheus-pgbouncer-exporter': '1:0.10.*',
    'prometheus-redis-exporter': '1.69*',
    prometheus: '2.53.*',
    'prometheus-alertmanager': '0.28.*',
    'prometheus-node-exporter': '1.9.*',
    'prometheus-blackbox-exporter': '0.26.*',
    pgbackrest: '2.55*',
    pgbadger: '13.*',
    nodejs: '20.19.*',
    age: '1.2.*',
    gpg: '2.4.*',
    zstd: '1.5.*',
  },
} as const;

/** A Debian package that one of the images installs. */
export type DebianPackage = keyof typeof debian.packages;

/** Third-party images of programs that Debian does not package. They are skipped if they are not available. */
export const registryImages = {
  grafana:
    'grafana/grafana:13.2.3@sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572',
  pgwatch: 'cybertecpostgresql/pgwatch:5.3.0',
} as const;

export const toolchain = {
  /** The Pulumi engine and command line. */
  pulumi: '3.256.0',
  /** Provider plugins. The npm packages of the same names have the same versions. */
  plugins: { docker: '5.2.0', postgresql: '3.18.0', random: '4.21.0' },
  node: '22.23.3',
} as const;

/** The major version of Postgres. Data directories of different major versions are not compatible. */
export const postgresMajor = 17;
