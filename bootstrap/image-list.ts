// Which images there are, what they are built with and what they are called. The program and set-up
// both read this, so that what set-up has built is what the program asks for.

import { join } from 'node:path';
import { debian } from '../config/versions.ts';
import { contentTag } from './image-tag.ts';
import { packageVersions, programOf, stage } from './program.ts';

/** Names of an environment's images, in the order of their folders' importance. */
const stackImageNames = [
  'postgres',
  'pgbouncer',
  'redis',
  'exporters',
  'backup',
  'prometheus',
  'alertmanager',
  'watch',
] as const;
/** An image that containers of an environment are made from. */
export type StackImage = (typeof stackImageNames)[number];

/** An image that others stand on, so that what they have in common is installed once. */
const sharedImageNames = ['server'] as const;

/** All of them: the shared ones, those of an environment, and what commands start for as long as they run. */
export const imageNames = [...sharedImageNames, ...stackImageNames, 'pgbadger'] as const;
export type ImageName = (typeof imageNames)[number];

/** Which image stands on which; the others stand on the base image. */
const standsOn: Partial<Record<ImageName, (typeof sharedImageNames)[number]>> = {
  postgres: 'server',
  backup: 'server',
};

/** One image, ready to be built. */
export interface ImageBuild {
  /** `plinth/<name>:<content tag>`. */
  readonly reference: string;
  /** Folder to build from, relative to the checkout. */
  readonly context: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** The image of ours that it stands on. @default - the base image */
  readonly on?: ImageBuild;
}

/** The folder of the base image's recipe, relative to the checkout. */
export const baseFolder = './images/base';

const packages = debian.packages;
const versions: Readonly<Record<ImageName, Readonly<Record<string, string>>>> = {
  server: {
    POSTGRES_VERSION: packages['postgresql-17'],
    PGBACKREST_VERSION: packages.pgbackrest,
  },
  postgres: {},
  pgbouncer: {
    PGBOUNCER_VERSION: packages.pgbouncer,
    POSTGRES_VERSION: packages['postgresql-17'],
  },
  redis: { REDIS_VERSION: packages['redis-server'] },
  exporters: {
    POSTGRES_EXPORTER_VERSION: packages['prometheus-postgres-exporter'],
    PGBOUNCER_EXPORTER_VERSION: packages['prometheus-pgbouncer-exporter'],
    REDIS_EXPORTER_VERSION: packages['prometheus-redis-exporter'],
    NODE_EXPORTER_VERSION: packages['prometheus-node-exporter'],
    BLACKBOX_EXPORTER_VERSION: packages['prometheus-blackbox-exporter'],
  },
  backup: {
    NODE_VERSION: packages.nodejs,
    AGE_VERSION: packages.age,
    GPG_VERSION: packages.gpg,
    ZSTD_VERSION: packages.zstd,
  },
  prometheus: { PROMETHEUS_VERSION: packages.prometheus },
  alertmanager: { ALERTMANAGER_VERSION: packages['prometheus-alertmanager'] },
  watch: { NODE_VERSION: packages.nodejs },
  pgbadger: { PGBADGER_VERSION: packages.pgbadger },
};

/** The image of ours that another stands on; undefined where that is the base image. */
export function imageBelow(name: ImageName): ImageName | undefined {
  return standsOn[name];
}

/** The program inside, for images that have one of ours. */
const programs: Partial<Record<ImageName, string>> = {
  backup: 'backup/main.ts',
  watch: 'exporter/main.ts',
};

/** Tag of the base image: its recipe, the release, and the day whose updates it holds. */
export function baseTag(root: string): string {
  return contentTag(join(root, baseFolder), {
    release: debian.release,
    refreshed: debian.imagesRefreshed,
  });
}

/** The images of an environment, by name. */
export function stackImages(root: string): Readonly<Record<StackImage, ImageBuild>> {
  const all = imageBuilds(root);
  return Object.fromEntries(stackImageNames.map((name) => [name, all[name]])) as Record<
    StackImage,
    ImageBuild
  >;
}

/** Every image of the checkout at `root`, by name. */
export function imageBuilds(root: string): Readonly<Record<ImageName, ImageBuild>> {
  const base = `plinth/base:${baseTag(root)}`;
  const built: Partial<Record<ImageName, ImageBuild>> = {};
  const build = (name: ImageName): ImageBuild => (built[name] ??= make(name));
  const make = (name: ImageName): ImageBuild => {
    const lower = standsOn[name];
    const on = lower === undefined ? {} : { on: build(lower) };
    const buildArgs = { BASE: on.on?.reference ?? base, ...versions[name] };
    const context = `./images/${name}`;
    const entry = programs[name];
    if (entry === undefined) {
      const tag = contentTag(join(root, context), buildArgs);
      return { reference: `plinth/${name}:${tag}`, context, buildArgs, ...on };
    }
    const program = programOf(root, entry);
    const tag = contentTag(join(root, context), {
      ...buildArgs,
      ...program.files,
      ...packageVersions(program),
    });
    const staged = stage(root, context, program, `${name}-${tag}`);
    return { reference: `plinth/${name}:${tag}`, context: staged, buildArgs, ...on };
  };
  return Object.fromEntries(imageNames.map((name) => [name, build(name)])) as Record<
    ImageName,
    ImageBuild
  >;
}
