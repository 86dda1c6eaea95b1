// What the newest drill of a stack has found, where one has been.

import { physicalName } from '../../components/container/names.ts';
import { run } from '../../lib/process.ts';
import { builtImage } from '../../bootstrap/built-image.ts';
import { ephemeralArguments, volumeExists } from './docker.ts';
import { BACKUP_UID } from './users.ts';

export interface LastRestoreTest {
  readonly restoreSeconds: number | undefined;
  readonly rows: number | undefined;
}

/** Of the newest report: names sort by time. */
const NEWEST = 'cd /var/lib/drill/reports && cat "$(ls -1 | grep json$ | sort | tail -n 1)"';

/** Reads the newest report; undefined where there is none. */
export async function lastRestoreTest(stack: string): Promise<LastRestoreTest | undefined> {
  const volume = physicalName(stack, 'drill', 'reports');
  if (!(await volumeExists(volume))) return undefined;
  const { code, stdout } = await run(
    'docker',
    ephemeralArguments({
      image: await builtImage('backup'),
      user: BACKUP_UID,
      volumes: [`${volume}:/var/lib/drill:ro`],
      entrypoint: 'sh',
      args: ['-c', NEWEST],
    }),
  );
  return code === 0 ? restoreTestFrom(stdout) : undefined;
}

/** Out of a report's JSON; undefined for one that cannot be read, or has not passed. */
export function restoreTestFrom(text: string): LastRestoreTest | undefined {
  try {
    const { passed, restoreSeconds, backup } = JSON.parse(text) as {
      passed?: boolean;
      restoreSeconds?: number | null;
      backup?: { rows: number } | null;
    };
    if (passed !== true) return undefined;
    return { restoreSeconds: restoreSeconds ?? undefined, rows: backup?.rows };
  } catch {
    return undefined;
  }
}
