/**
 * Every version there is, in one place.
 *
 * Packages are pinned to a *line*, not to an exact revision: Debian's mirrors keep only the newest revision
 * of a package, so an exact pin stops being installable on the day of the next security fix. Which revision
 * went into an image is what the image itself says; taking the newest one is a change of `imagesRefreshed`.
 */

export const debian = {
  /** The release all images stand on. */
  release: 'trixie',
  /**
   * The day whose security updates the images hold. It is part of every image's content tag: move it to today
   * and the next `up` builds the images anew.
   */
  imagesRefreshed: '2026-11-21',
  /** Package → the line it is held to, in apt's own notation (`apt-get install name=line`). */
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

/** A package that an image of ours installs. */
export type DebianPackage = keyof typeof debian.packages;

/** What Debian does not carry: images of others, shown where they can be had, and left out where not. */
export const registryImages = {
  grafana:
    'grafana/grafana:13.2.3@sha256:b28bae15e219c998fb0e0424ed724930cc61b1f61fb404d47c862f9a23f9e572',
  pgwatch: 'cybertecpostgresql/pgwatch:5.3.0',
} as const;

export const toolchain = {
  /** The Pulumi engine and command line. */
  pulumi: '3.256.0',
  /** Provider plugins; the npm packages of the same names have the same versions. */
  plugins: { docker: '5.2.0', postgresql: '3.18.0', random: '4.21.0' },
  node: '22.23.3',
} as const;

/** The major version of Postgres; data directories of different majors do not mix. */
export const postgresMajor = 17;
