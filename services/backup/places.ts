// Where things are inside the containers.

import { join } from 'node:path';

/** The folder of the volume, and what is in it. */
export interface Places {
  readonly root: string;
  /** A folder for each backup. */
  readonly logical: string;
  readonly lock: string;
  readonly status: string;
  readonly verified: string;
  /** What `keep-state` has sealed. */
  readonly state: string;
}

export function placesIn(root: string): Places {
  return {
    root,
    logical: join(root, 'logical'),
    lock: join(root, 'lock'),
    status: join(root, 'status.json'),
    verified: join(root, 'verified.json'),
    state: join(root, 'state'),
  };
}

export const places: Places = placesIn('/var/lib/backup');

/** What the drill says about itself. */
export const drillStatusFile = '/var/lib/drill/status.json';

/** Where /metrics and /healthz are. */
export const httpPort = 9188;

/** Password of the login that reads the server, in clear text. */
export const passwordFile = '/run/secrets/password';

export const pgbackrestFile = '/run/secrets/pgbackrest.conf';
