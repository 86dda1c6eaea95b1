// Packages of this machine's own Debian.

import { readFileSync } from 'node:fs';
import type { Context } from './part.ts';
import { UserError } from '../lib/errors.ts';
import { lastLines, run, which } from '../lib/process.ts';

const lockTimeoutSec = 300;
/** Two apt runs of one set-up must follow each other; other programs' are waited for. */
let turn: Promise<unknown> = Promise.resolve();

/** Whether packages can be installed here: Debian or a child of it, as root. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && which('apt-get') !== undefined;
}

/** The distribution's name for a sentence. */
export function distribution(): string {
  try {
    const line = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'));
    return line?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

async function apt(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await run(
    'apt-get',
    ['-q', '-y', '-o', `DPkg::Lock::Timeout=${lockTimeoutSec}`, ...args],
    { env: { DEBIAN_FRONTEND: 'noninteractive' } },
  );
  if (code !== 0) {
    throw new UserError(
      `apt-get ${args.join(' ')} failed with exit code ${code} (${lastLines(stderr || stdout, 3)})`,
      'check that the machine reaches its Debian mirror and run again',
    );
  }
}

/** Installs packages without their recommendations. */
export function install(context: Context, packages: readonly string[]): Promise<void> {
  const mine = turn.then(async () => {
    await context.once('apt-get update', () => apt('update'));
    await apt('install', '--no-install-recommends', ...packages);
  });
  turn = mine.catch(() => undefined);
  return mine;
}
