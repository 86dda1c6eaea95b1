/** An environment as the program builds it, from settings as they stand in a stack file. */
import type { ImageBuild, ImageName } from '../../bootstrap/image-list.ts';
import { Environment } from '../../components/environment.ts';
import type { Application } from '../../rls/application.ts';
import type { AccessPlan } from '../../rls/model/plan.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { application as example } from '../../examples/classrooms/app.ts';
import { parseEnvironment } from '../../config/parse.ts';
import { Monitoring, type MonitoringArgs } from '../../observability/monitoring.ts';
import { planOf } from './rls/plan.ts';
import { rawFrom } from '../unit/config/raw.ts';
import { record, type Recording, type RecordOptions, type Registration } from './record.ts';

export const BASE_IMAGE = 'plinth/base:0123456789ab';

const image = (name: ImageName): ImageBuild => ({
  reference: `plinth/${name}:0123456789ab`,
  context: `./images/${name}`,
  buildArgs: { BASE: BASE_IMAGE },
});

const images = {
  postgres: image('postgres'),
  pgbouncer: image('pgbouncer'),
  redis: image('redis'),
  exporters: image('exporters'),
  backup: image('backup'),
  prometheus: image('prometheus'),
  alertmanager: image('alertmanager'),
  watch: image('watch'),
};

/** Settings as in `Pulumi.<stack>.yaml`, below `plinth:`. */
export type Settings = Readonly<Record<string, unknown>>;

export interface EnvironmentOptions extends RecordOptions {
  /** @default the example */
  readonly application?: Application;
  /** @default what the example declares */
  readonly accessOf?: (config: EnvironmentConfig) => AccessPlan;
  /** Whether the data outlived the stack's state. @default false */
  readonly adopt?: boolean;
  /** Ids of images that the engine has. @default - none is known */
  readonly imagesHere?: ReadonlyMap<string, string>;
}

/** Builds the whole environment under mocks. */
export function recordEnvironment(
  settings: Settings = {},
  options: EnvironmentOptions = {},
): Promise<Recording<Environment>> {
  const { application = example, accessOf = planOf } = options;
  const config = parseEnvironment(rawFrom(settings), {
    stack: options.stack ?? 'dev',
    database: application.database,
  });
  const { adopt = false, imagesHere = new Map<string, string>() } = options;
  const access = config.application.migrations ? accessOf(config) : undefined;
  return record(
    () =>
      new Environment('environment', {
        config,
        application,
        access,
        images,
        imagesHere,
        baseImage: BASE_IMAGE,
        adopt,
      }),
    options,
  );
}

/** An environment and what watches it, under mocks, as the program makes them. */
export function recordWatched(
  settings: Settings = {},
  imagesHere: MonitoringArgs['imagesHere'] = new Set(['grafana', 'pgwatch']),
): Promise<Recording<Monitoring>> {
  const config = parseEnvironment(rawFrom(settings), {
    stack: 'dev',
    database: example.database,
  });
  const access = config.application.migrations ? planOf(config) : undefined;
  return record(() => {
    const environment = new Environment('environment', {
      config,
      application: example,
      access,
      images,
      baseImage: BASE_IMAGE,
    });
    return new Monitoring('monitoring', {
      config,
      environment,
      access: access && { ...access, printed: {} },
      imagesHere,
    });
  });
}

const built = new Map<string, Promise<Recording<Environment>>>();

/** The resources of an environment; each environment is built once for all tests of a file. */
export async function resourcesOf(settings: Settings = {}): Promise<readonly Registration[]> {
  const key = JSON.stringify(settings);
  const recording = built.get(key) ?? recordEnvironment(settings);
  built.set(key, recording);
  return (await recording).resources;
}
