// Containers that somebody has stopped, paused or removed by hand. Pulumi takes its state for what is there, so an update alone would
// change nothing, and say that all is well.

import { UserError } from '../lib/errors.ts';
import { lastLines } from '../lib/process.ts';
import { containerStates, docker } from './containers.ts';
import { resourcesOf, resourceTypes } from './stack-export.ts';
import { pulumi } from './pulumi.ts';

/** A container that is not as the state says, by its name. */
export interface ContainerDrift {
  readonly name: string;
  readonly urn: string;
  readonly remedy: 'start' | 'unpause' | 'make anew';
}

/**
 * @param exported a stack's state as Pulumi exports it; secrets in it may be encrypted
 * @param present what Docker says of each container by its name: `running`, `exited`, …
 */
export function driftedContainers(
  exported: unknown,
  present: Readonly<Record<string, string>>,
): ContainerDrift[] {
  return resourcesOf(exported).flatMap(({ type, urn, outputs }): ContainerDrift[] => {
    const name = outputs?.['name'];
    if (type !== resourceTypes.container || typeof name !== 'string') return [];
    const state = present[name];
    if (state === undefined) return [{ name, urn, remedy: 'make anew' }];
    if (state === 'paused') return [{ name, urn, remedy: 'unpause' }];
    // A holder of files never runs.
    const stopped = outputs?.['mustRun'] === true && (state === 'exited' || state === 'created');
    return stopped ? [{ name, urn, remedy: 'start' }] : [];
  });
}

/**
 * Starts what is stopped, and lets the state forget what is gone, so that the next update makes it anew. Only containers are
 * looked at: to look at everything takes a server that answers, which may be what is gone.
 */
export async function reconcileContainers(stack: string): Promise<void> {
  const { code, stdout } = await pulumi(['stack', 'export', '--stack', stack]);
  // Where there is no state yet, nothing can be missing.
  if (code !== 0) return;
  const found = driftedContainers(JSON.parse(stdout), await containerStates(stack));
  for (const { name, remedy } of found) {
    if (remedy === 'make anew') {
      console.error(`· ${name} is missing and is recreated`);
      continue;
    }
    console.error(
      `· ${name} ${remedy === 'start' ? 'was stopped' : 'was paused'}: docker ${remedy}`,
    );
    await docker([remedy, name]);
  }
  const gone = found.filter(({ remedy }) => remedy === 'make anew');
  if (gone.length === 0) return;
  const targets = gone.flatMap(({ urn }) => ['--target', urn]);
  const refresh = ['refresh', '--yes', '--skip-preview', '--stack', stack, ...targets];
  const outcome = await pulumi(refresh);
  if (outcome.code !== 0) {
    throw new UserError(
      `pulumi refresh of ${String(gone.length)} containers failed (${lastLines(outcome.stderr + outcome.stdout, 3)})`,
      `run 'pulumi refresh --stack ${stack}'`,
    );
  }
}
