/**
 * The reference of commands and settings, written from the program itself.
 *
 *     node tools/docs/main.ts            writes docs/reference/
 *     node tools/docs/main.ts --check    fails when it is not up to date
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliReference } from './cli.ts';
import { configurationReference } from './configuration.ts';

const folder = new URL('../../docs/reference/', import.meta.url);

/** Each page by its file's name, formatted as the repository formats Markdown. */
export async function pages(): Promise<Readonly<Record<string, string>>> {
  const { format, resolveConfig } = await import('prettier');
  const style = await resolveConfig(fileURLToPath(new URL('cli.md', folder)));
  const formatted = (text: string): Promise<string> =>
    format(text, { ...style, parser: 'markdown' });
  return {
    'cli.md': await formatted(await cliReference()),
    'configuration.md': await formatted(configurationReference()),
  };
}

async function main(check: boolean): Promise<void> {
  for (const [name, text] of Object.entries(await pages())) {
    const file = fileURLToPath(new URL(name, folder));
    if (!check) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
      process.stderr.write(
        `docs/reference/${name} is not what the program says: run npm run docs\n`,
      );
      process.exitCode = 1;
    }
  }
}

// No top-level await: the tests read this file as CommonJS.
if (process.argv[1] === fileURLToPath(import.meta.url)) void main(process.argv.includes('--check'));
