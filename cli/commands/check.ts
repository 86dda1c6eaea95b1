import { join } from 'node:path';
import { places } from '../../toolchain/places.ts';
import { duration } from '../../toolchain/progress.ts';
import { run } from '../../toolchain/run.ts';
import type { Command } from '../command.ts';

/** What is checked, and how a person sets it right. */
const checks = [
  { name: 'types', script: 'node_modules/typescript/bin/tsc', args: ['--noEmit'] },
  {
    name: 'lint',
    script: 'node_modules/eslint/bin/eslint.js',
    args: ['.', '--cache', '--cache-location', '.plinth/eslint'],
  },
  {
    name: 'format',
    script: 'node_modules/prettier/bin/prettier.cjs',
    args: ['--check', '--log-level', 'warn', '.'],
    remedy: 'npm run format',
  },
  {
    name: 'schema',
    script: 'config/json-schema.ts',
    args: ['--check'],
    remedy: 'node config/json-schema.ts',
  },
] as const;

export const command: Command = {
  summary: 'types, lint, format and the JSON Schema, in seconds',
  options: {},
  run: async () => {
    const { root } = places();
    const results = await Promise.all(
      checks.map(async (check) => {
        const started = Date.now();
        const { code, stdout, stderr } = await run(
          process.execPath,
          ['--disable-warning=ExperimentalWarning', join(root, check.script), ...check.args],
          { cwd: root },
        );
        const remedy = 'remedy' in check && code !== 0 ? `: ${check.remedy}` : '';
        console.log(
          `${code === 0 ? '✓' : '✗'} ${check.name} (${duration(Date.now() - started)})${remedy}`,
        );
        if (code !== 0) console.log(`${stdout}${stderr}`.trimEnd());
        return code;
      }),
    );
    return results.every((code) => code === 0) ? 0 : 1;
  },
};
