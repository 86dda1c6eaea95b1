import { join } from 'node:path';
import { places } from '../../lib/paths.ts';
import { duration } from '../../lib/progress.ts';
import { run } from '../../lib/process.ts';
import type { Command } from '../command.ts';
import { generators, quietly } from '../generated.ts';

/** One check, and how the same program sets right what it finds. */
interface Check {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Arguments of the run that corrects. @default - nothing can be corrected */
  readonly fix?: readonly string[];
  /** Whether correcting sets everything right. @default false */
  readonly fixesAll?: boolean;
}

const lintArgs = ['.', '--cache', '--cache-location', '.plinth/eslint'];

/** In the order in which they correct: what is written is laid out last. */
const checks: readonly Check[] = [
  { name: 'types', script: 'node_modules/typescript/bin/tsc', args: ['--noEmit'] },
  ...Object.values(generators).map(({ name, script }) => ({
    name,
    script,
    args: ['--check'],
    fix: [],
    fixesAll: true,
  })),
  {
    name: 'lint',
    script: 'node_modules/eslint/bin/eslint.js',
    args: lintArgs,
    fix: [...lintArgs, '--fix'],
  },
  { name: 'prose', script: 'tools/prose.ts', args: [] },
  {
    name: 'format',
    script: 'node_modules/prettier/bin/prettier.cjs',
    args: ['--check', '--log-level', 'warn', '.'],
    fix: ['--write', '--log-level', 'warn', '.'],
    fixesAll: true,
  },
];

async function perform(check: Check, root: string, fix: boolean): Promise<boolean> {
  const started = Date.now();
  const args = fix ? (check.fix ?? check.args) : check.args;
  const { code, stdout, stderr } = await run(
    process.execPath,
    [quietly, join(root, check.script), ...args],
    { cwd: root },
  );
  const remedy = code !== 0 && !fix && check.fixesAll === true ? ': npm run check -- --fix' : '';
  console.log(
    `${code === 0 ? '✓' : '✗'} ${check.name} (${duration(Date.now() - started)})${remedy}`,
  );
  if (code !== 0) console.log(`${stdout}${stderr}`.trimEnd());
  return code === 0;
}

export const command: Command = {
  summary: 'types, lint, format and generated files, in seconds',
  options: {
    fix: {
      type: 'boolean',
      help: 'correct what a program can: generated files, layout, some of lint',
    },
  },
  run: async (values) => {
    const { root } = places();
    const results: boolean[] = [];
    if (values['fix'] === true) {
      // One after the other: they write the same files.
      for (const check of checks) results.push(await perform(check, root, true));
    } else {
      results.push(...(await Promise.all(checks.map((check) => perform(check, root, false)))));
    }
    return results.every((good) => good) ? 0 : 1;
  },
};
