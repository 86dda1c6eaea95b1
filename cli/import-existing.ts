// Data that outlived its stack's state: `destroy` kept the volume, and the next `up` has to take over
// the roles and the database in it instead of making them.

import { run } from '../lib/process.ts';
import { runningContainer } from './containers.ts';
import { resourcesOf, resourceTypes } from './stack-export.ts';
import { pulumi } from './pulumi.ts';
import { inPostgres } from './recovery/orphaned-resources.ts';

/** What is known about a stack before an `up`. */
export interface ExistingObjects {
  /** Whether Docker has the stack's data volume. */
  readonly volume: boolean;
  /** Whether the state knows the volume. */
  readonly volumeInState: boolean;
  /** Whether the state knows the role that owns the tables. */
  readonly ownerInState: boolean;
  /** Whether the running server has that role; undefined when no server runs. */
  readonly ownerInServer: boolean | undefined;
}

/**
 * Whether `up` takes over what is in the volume. The server knows best; where none runs, a volume that
 * the state does not know was kept by an earlier stack of this name.
 */
export function shouldImport(known: ExistingObjects): boolean {
  if (!known.volume || known.ownerInState) return false;
  return known.ownerInServer ?? !known.volumeInState;
}

const owner = 'migrator';

/** Looks at Docker, the state and the server of a stack. */
export async function detectExisting(stack: string): Promise<ExistingObjects> {
  const none = {
    volume: false,
    volumeInState: false,
    ownerInState: false,
    ownerInServer: undefined,
  };
  const labels = [`plinth.stack=${stack}`, 'plinth.part=postgres', 'plinth.holds=data'];
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  const { stdout: volumes } = await run('docker', ['volume', 'ls', '--quiet', ...filters]);
  // A restore makes further ones; the state knows the one that is served.
  const names = volumes.split('\n').filter((name) => name !== '');
  if (names.length === 0) return none;
  const { code, stdout } = await pulumi(['stack', 'export', '--stack', stack], {
    env: { PLINTH_RECOVERING: '1' },
  });
  if (code !== 0) return none;
  const resources = resourcesOf(JSON.parse(stdout));
  return {
    volume: true,
    volumeInState: resources.some(
      ({ type, inputs }) =>
        type === resourceTypes.volume && names.includes(String(inputs?.['name'])),
    ),
    ownerInState: resources.some(({ type, id }) => type === resourceTypes.role && id === owner),
    ownerInServer: await hasOwner(stack),
  };
}

async function hasOwner(stack: string): Promise<boolean | undefined> {
  const container = await runningContainer(stack, 'postgres');
  if (container === undefined) return undefined;
  const sql = `select count(*) from pg_roles where rolname = '${owner}'`;
  const { code, stdout } = await inPostgres(container, 'postgres', sql);
  return code === 0 ? stdout.trim() === '1' : undefined;
}
