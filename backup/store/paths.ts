// Paths inside the containers.

import { join } from 'node:path';

/** The directory of the volume and its contents. */
export interface Paths {
  readonly root: string;
  /** Contains one directory per backup. */
  readonly logical: string;
  readonly lock: string;
  readonly status: string;
  readonly verified: string;
  /** The encrypted state that `keep-state` stored. */
  readonly state: string;
}

export function pathsIn(root: string): Paths {
  return {
    root,
    logical: join(root, 'logical'),
    lock: join(root, 'lock'),
    status: join(root, 'status.json'),
    verified: join(root, 'verified.json'),
    state: join(root, 'state'),
  };
}

export const places: Paths = pathsIn('/var/lib/backup');

/** The status file of the restore test. */
export const drillStatusFile = '/var/lib/drill/status.json';

/** The port of /metrics and /healthz. */
export const httpPort = 9188;

/** The password of the backup role, in plaintext. */
export const passwordFile = '/run/secrets/password';

export const pgbackrestFile = '/run/secrets/pgbackrest.conf';
