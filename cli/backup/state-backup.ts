// What a stack is made from, handed to its backups: its state, secrets in clear text, and its settings. It is sealed before it comes to
// rest, for whoever can open the backups.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { places } from '../../lib/paths.ts';
import { lastLines, run } from '../../lib/process.ts';
import { runningContainer } from '../containers.ts';
import { pulumi } from '../pulumi.ts';

/** The export of a stack with its settings beside it, as `keep-state` takes it. */
export function withConfiguration(exported: string, configuration: string | undefined): string {
  return JSON.stringify({ ...(JSON.parse(exported) as object), configuration });
}

/**
 * Hands it over. Data can be restored without it, so nothing fails when it cannot be had.
 *
 * @returns why it could not; undefined when it could, or when the stack has no backups
 */
export async function keepState(stack: string): Promise<string | undefined> {
  const container = await runningContainer(stack, 'backup');
  if (container === undefined) return undefined;
  const exported = await pulumi(['stack', 'export', '--show-secrets', '--stack', stack]);
  if (exported.code !== 0) return lastLines(exported.stderr, 1);
  const file = join(places().root, `Pulumi.${stack}.yaml`);
  const configuration = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const { code, stderr } = await run(
    'docker',
    ['exec', '-i', container, 'plinth-backup', 'keep-state'],
    { input: withConfiguration(exported.stdout, configuration) },
  );
  return code === 0 ? undefined : lastLines(stderr, 1);
}
