// Files that a program of this repository writes, and who checks that they are up to date.

import { join } from 'node:path';
import { runHere } from '../lib/process.ts';

export interface Generator {
  readonly name: string;
  /** Writes; with `--check` it fails where something is stale. */
  readonly script: string;
  readonly writes: string;
}

export const generators = {
  schema: { name: 'schema', script: 'config/json-schema.ts', writes: 'config.schema.json' },
  docs: { name: 'docs', script: 'tools/docs/main.ts', writes: 'docs/reference/' },
} as const satisfies Readonly<Record<string, Generator>>;

/** Node runs TypeScript, and does not call it an experiment. */
export const quietly = '--disable-warning=ExperimentalWarning';

/** Writes the files of one generator; returns its exit code. */
export async function write(root: string, { script, writes }: Generator): Promise<number> {
  const code = await runHere(process.execPath, [quietly, join(root, script)], { cwd: root });
  if (code === 0) console.log(`✓ ${writes}`);
  return code;
}
