import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import type { PointInTimeConfig } from '../../config/backup/config.ts';
import { pgbackrestConf } from '../../backup/pitr/conf.ts';
import { REPOSITORY } from '../../backup/pitr/settings.ts';
import type { Mount } from '../container/service.ts';
import { ofKey, repositoryAccess } from './repository-access.ts';
import { persistentVolume } from '../container/persistent-volume.ts';

export interface RepositoryArgs {
  readonly stack: string;
  readonly config: PointInTimeConfig;
  readonly onDestroy: 'delete' | 'keep';
}

/**
 * Where base backups and WAL go. The server writes its WAL there and `pgbackrest` its backups, so both are
 * handed the same files and mounts.
 */
export class Repository extends pulumi.ComponentResource {
  readonly secretFiles: Readonly<Record<string, pulumi.Output<string>>>;
  readonly mounts: readonly Mount[];
  /** Holds the backups and the WAL, where they are on this machine. */
  readonly volume: pulumi.Output<string> | undefined;
  readonly archiveTimeoutSec: number;

  constructor(name: string, args: RepositoryArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:backup:Repository', name, {}, opts);
    const { config } = args;
    this.archiveTimeoutSec = config.archiveTimeoutSec;
    const passphrase = new random.RandomPassword(
      `${name}-passphrase`,
      { length: 32, special: false, keepers: { generation: '1' } },
      { parent: this },
    );
    const { repository, files } = repositoryAccess(config.repository);
    this.secretFiles = {
      'pgbackrest.conf': pulumi.secret(
        passphrase.result.apply((cipherPass) =>
          pgbackrestConf({
            repository: ofKey(repository, cipherPass),
            cipherPass,
            retention: config.retention,
          }),
        ),
      ),
      ...Object.fromEntries(
        Object.entries(files).map(([file, content]) => [file, pulumi.secret(content)]),
      ),
    };
    this.volume =
      config.repository.kind === 'local'
        ? persistentVolume(
            `${name}-volume`,
            { ...args, part: 'pgbackrest', holds: 'repository' },
            this,
          ).name
        : undefined;
    this.mounts = this.volume === undefined ? [] : [{ volume: this.volume, path: REPOSITORY }];
    this.registerOutputs();
  }
}
