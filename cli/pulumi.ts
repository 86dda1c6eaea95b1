// Calling Pulumi, the way a person in the checkout does.

import { join } from 'node:path';
import { places } from '../lib/paths.ts';
import { UserError } from '../lib/errors.ts';
import { lastLines, run, runHere, type Outcome } from '../lib/process.ts';

function shim(): string {
  return join(places().root, 'bootstrap', 'shim', 'pulumi');
}

/** Runs Pulumi on this terminal; returns its exit code. */
export function runPulumi(args: readonly string[]): Promise<number> {
  return runHere(shim(), args, { cwd: places().root });
}

/** Runs Pulumi and keeps what it says. */
export function pulumi(
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Outcome> {
  return run(shim(), args, { cwd: places().root, ...options });
}

/** All outputs of a stack, secrets in clear text. */
export async function outputs(stack: string): Promise<Readonly<Record<string, unknown>>> {
  const args = ['stack', 'output', '--json', '--show-secrets', '--stack', stack];
  const { code, stdout, stderr } = await pulumi(args);
  if (code !== 0) {
    throw new UserError(
      `the outputs of ${stack} cannot be read (${lastLines(stderr, 2)})`,
      `run 'npx plinth up --stack ${stack}'`,
    );
  }
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}
