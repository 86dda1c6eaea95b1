/** An environment as the program builds it, from settings as they stand in a stack file. */
import type { ImageBuild, ImageName } from '../../toolchain/image-list.ts';
import { Environment } from '../../components/environment.ts';
import { parseEnvironment } from '../../config/parse.ts';
import { rawFrom } from '../unit/config/raw.ts';
import { record, type Recording, type RecordOptions } from './record.ts';

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
};

/** Settings as in `Pulumi.<stack>.yaml`, below `plinth:`. */
export type Settings = Readonly<Record<string, unknown>>;

/** Builds the whole environment under mocks. */
export function recordEnvironment(
  settings: Settings = {},
  options: RecordOptions = {},
): Promise<Recording<Environment>> {
  const config = parseEnvironment(rawFrom(settings), { stack: options.stack ?? 'dev' });
  return record(
    () => new Environment('environment', { config, images, baseImage: BASE_IMAGE }),
    options,
  );
}
