/** What pgBackRest needs to reach a repository, with what stands in files of the machine that runs Pulumi. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RepositoryConfig } from '../../config/backup/config.ts';
import type { Repository } from '../../backup/pitr/conf.ts';

/**
 * The same place, in a folder that is named after its key: an environment that has lost its state, and so its key, begins a new
 * repository beside the one that it cannot open, which stays as it is.
 */
export function ofKey(repository: Repository, cipherPass: string): Repository {
  const folder = createHash('sha256').update(cipherPass).digest('hex').slice(0, 8);
  switch (repository.kind) {
    case 'local':
      return { ...repository, folder };
    case 's3':
      return { ...repository, prefix: `${repository.prefix ?? ''}/${folder}` };
    case 'sftp':
      return { ...repository, path: `${repository.path}/${folder}` };
  }
}

export interface RepositoryAccess {
  readonly repository: Repository;
  /** Secret files by name, beside the configuration. */
  readonly files: Readonly<Record<string, string>>;
}

const KEY_FILE = 'repository.key';

/**
 * @param read reads a file of this machine
 * @throws {Error} when a file cannot be read, or holds something else
 */
export function repositoryAccess(
  config: RepositoryConfig,
  read: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): RepositoryAccess {
  switch (config.kind) {
    case 'local':
      return { repository: config, files: {} };
    case 's3': {
      const { kind, bucket, endpoint, region, path, credentialsFile } = config;
      const [key, keySecret, ...more] = read(credentialsFile)
        .trim()
        .split(/\s*\n\s*/);
      if (key === undefined || keySecret === undefined || more.length > 0) {
        throw new Error(
          `backup.pointInTime.repository.credentialsFile is ${credentialsFile} but does not hold two lines: write the access key and its secret, a line each`,
        );
      }
      return {
        repository: { kind, bucket, endpoint, region, key, keySecret, prefix: path },
        files: {},
      };
    }
    case 'sftp': {
      const { kind, host, user, path, privateKeyFile, hostFingerprint } = config;
      return {
        repository: {
          kind,
          host,
          user,
          path,
          hostFingerprint,
          privateKeyFile: `/run/secrets/${KEY_FILE}`,
        },
        files: { [KEY_FILE]: read(privateKeyFile) },
      };
    }
  }
}
