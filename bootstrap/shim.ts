// Plain `pulumi` on PATH, for people whose machine has none.

import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installText } from './install-file.ts';
import type { Context, Finding, Part } from './part.ts';
import { runSetup } from './part.ts';
import type { Paths } from '../lib/paths.ts';
import { which } from '../lib/process.ts';

const mark = '# plinth-shim:';
const executable = 0o755;

function source(places: Paths): string {
  return readFileSync(join(places.root, 'bootstrap', 'shim', 'pulumi'), 'utf8');
}

/** Where plain `pulumi` goes: for everybody where that is allowed, else for this user. */
function target(): string {
  const forAll = '/usr/local/bin';
  try {
    accessSync(forAll, constants.W_OK);
    return join(forAll, 'pulumi');
  } catch {
    return join(process.env['HOME'] ?? '/', '.local', 'bin', 'pulumi');
  }
}

function isOurs(file: string): boolean {
  // The real command line has more than a hundred megabytes; the mark is in the second line.
  return existsSync(file) && readFileSync(file).subarray(0, 200).includes(mark);
}

/** The `pulumi` a person's shell finds, apart from those in node_modules, where npm scripts look first. */
function onPath(): string | undefined {
  const path = process.env['PATH'] ?? '';
  const folders = path.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return folders.map((folder) => join(folder, 'pulumi')).find((file) => existsSync(file));
}

function find({ places }: Context): Finding {
  const found = onPath();
  if (found === undefined) {
    const installed = target();
    return isOurs(installed)
      ? {
          missing: `${installed} is there, but its folder is not on PATH`,
          remedy: `add it: export PATH="${join(installed, '..')}:$PATH"`,
        }
      : { missing: "there is no plain 'pulumi' on PATH", remedy: runSetup };
  }
  if (!isOurs(found)) {
    return {
      version: found,
      origin: 'system',
      note: 'your own Pulumi: run eval "$(npx plinth env)" before using it here',
    };
  }
  return readFileSync(found, 'utf8') === source(places)
    ? { version: found, origin: 'built here' }
    : { missing: `${found} is from an older checkout`, remedy: runSetup };
}

export const shim: Part = {
  id: 'shim',
  title: "Plain 'pulumi'",
  needs: [],
  find: (context) => Promise.resolve(find(context)),
  how: 'installing on PATH',
  provide: ({ places, progress }) => {
    const found = onPath();
    const file = found !== undefined && isOurs(found) ? found : target();
    installText(source(places), file, executable);
    if (onPath() === undefined) {
      progress.say(`  add its folder to PATH: export PATH="${join(file, '..')}:$PATH"`);
    }
    return Promise.resolve();
  },
};

/** Whether a person can type plain `pulumi`. */
export function plainPulumiWorks(): boolean {
  return which('pulumi') !== undefined && onPath() !== undefined;
}
