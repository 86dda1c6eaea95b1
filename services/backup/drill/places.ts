// Where the drill's things are inside its container.

import { join } from 'node:path';

export interface DrillPlaces {
  /** The cluster that is thrown away. */
  readonly work: string;
  readonly reports: string;
  readonly status: string;
  readonly lock: string;
}

export function drillPlacesIn(root: string): DrillPlaces {
  return {
    work: join(root, 'work'),
    reports: join(root, 'reports'),
    status: join(root, 'status.json'),
    lock: join(root, 'lock'),
  };
}

export const drillPlaces: DrillPlaces = drillPlacesIn('/var/lib/drill');

/** What was declared, where something was: an AccessPlan as JSON. */
export const accessFile = '/etc/plinth/access.json';

/** The drill's own age identity. */
export const identityFile = '/run/secrets/identity';
