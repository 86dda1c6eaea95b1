// Paths inside the drill container.

import { join } from 'node:path';

export interface RestoreTestPaths {
  /** The temporary cluster. */
  readonly work: string;
  readonly reports: string;
  readonly status: string;
  readonly lock: string;
}

export function restoreTestPathsIn(root: string): RestoreTestPaths {
  return {
    work: join(root, 'work'),
    reports: join(root, 'reports'),
    status: join(root, 'status.json'),
    lock: join(root, 'lock'),
  };
}

export const restoreTestPaths: RestoreTestPaths = restoreTestPathsIn('/var/lib/drill');

/** The declared access rules, if any: an AccessPlan as JSON. */
export const accessFile = '/etc/plinth/access.json';

/** The age identity of the restore test. */
export const identityFile = '/run/secrets/identity';
