import { existsSync } from 'node:fs';
import { stateFile } from '../../bootstrap/checkout.ts';
import { places } from '../../lib/paths.ts';
import { UserError } from '../../lib/errors.ts';
import { lastLines } from '../../lib/process.ts';
import { jsonOption, stackOf, stackOption, type Command } from '../command.ts';
import type { Exported } from '../stack-export.ts';
import { pulumi } from '../pulumi.ts';
import {
  dropDatabase,
  dropRole,
  endOrphans,
  labelledObjects,
  removeObject,
} from '../recovery/orphaned-resources.ts';
import { findLocks, removeLock } from '../recovery/locks.ts';
import { repairTruncated } from '../recovery/truncated-attrs.ts';
import { describe, plan, withoutPending, type Plan } from '../recovery/pending.ts';

/** The shim must not ask for a recovery while one is going on. */
const env = { PLINTH_RECOVERING: '1' };

async function releaseLocks(stack: string, say: (line: string) => void): Promise<void> {
  const { stale, held } = findLocks(places(), stack);
  for (const lock of stale) {
    removeLock(lock);
    say(`removed the lock of process ${lock.pid}, which has ended (taken ${lock.timestamp})`);
  }
  const [holder] = held;
  if (holder === undefined) return;
  throw new UserError(
    `${stack} is locked by process ${holder.pid} of ${holder.username} on ${holder.hostname}, since ${holder.timestamp}`,
    `wait until it has ended; if it never will, run 'pulumi cancel --stack ${stack}'`,
  );
}

async function exportState(stack: string): Promise<Exported> {
  const { code, stdout, stderr } = await pulumi(['stack', 'export', '--stack', stack], { env });
  if (code === 0) return JSON.parse(stdout) as Exported;
  throw new UserError(
    `the state of ${stack} cannot be read (${lastLines(stderr, 2)})`,
    "run 'npx plinth doctor'",
  );
}

async function undo(
  stack: string,
  { objects, roles, databases }: Plan,
  say: (line: string) => void,
) {
  // Databases before roles: an interrupted database may belong to an interrupted role.
  for (const database of databases) {
    const done = await dropDatabase(stack, database);
    if (done !== undefined) say(done);
  }
  for (const role of roles) {
    const done = await dropRole(stack, role);
    if (done !== undefined) say(done);
  }
  for (const object of objects) {
    const objection = await removeObject(object);
    say(
      objection === undefined
        ? `removed ${object.kind} ${object.name}, which the state does not know`
        : `left ${object.kind} ${object.name} in place (${objection})`,
    );
  }
}

async function clearPending(stack: string, exported: Exported): Promise<void> {
  const input = JSON.stringify(withoutPending(exported));
  const { code, stdout, stderr } = await pulumi(['stack', 'import', '--stack', stack], {
    input,
    env,
  });
  if (code === 0) return;
  throw new UserError(
    `the state of ${stack} cannot be written (${lastLines(stderr || stdout, 2)})`,
    `run 'pulumi stack export --stack ${stack}' and look at pending_operations`,
  );
}

/** Clears up after a killed `pulumi up`; returns what it did, nothing when there was nothing to do. */
export async function recover(stack: string, say: (line: string) => void): Promise<void> {
  const here = places();
  if (!existsSync(stateFile(here, stack))) return;
  await releaseLocks(stack, say);
  const ended = await endOrphans(here);
  if (ended.length > 0) say(`ended ${ended.length} plugins that a killed run had left`);
  for (const file of repairTruncated(here))
    say(`made ${file} readable again, whose writing was cut short`);
  const exported = await exportState(stack);
  if ((exported.deployment.pending_operations ?? []).length === 0) return;
  const leftovers = plan(exported, await labelledObjects(stack));
  await undo(stack, leftovers, say);
  await clearPending(stack, exported);
  for (const operation of leftovers.pending) say(`cleared: ${describe(operation)}`);
}

export const command: Command = {
  summary: 'clear up after a killed `pulumi up` (plain `pulumi` does it by itself)',
  details:
    'Removes the lock of a process that has ended, what was half created, and the pending operations from the\n' +
    'state. Volumes, and databases that have tables, are never touched.',
  options: { stack: stackOption, json: jsonOption },
  run: async (values) => {
    const stack = stackOf(values);
    const json = values['json'] === true;
    const done: string[] = [];
    await recover(stack, (line) => {
      done.push(line);
      if (!json) console.log(`recover: ${line}`);
    });
    if (json) console.log(JSON.stringify({ stack, done }, null, 2));
    else if (done.length === 0) console.log(`recover: there is nothing to clear up in ${stack}`);
    return 0;
  },
};
