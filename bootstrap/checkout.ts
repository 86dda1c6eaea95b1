// What a checkout keeps for itself: Pulumi's state, its passphrase, and the stacks.

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installText } from './install-file.ts';
import { runSetup, type Context, type Finding, type Part } from './part.ts';
import type { Paths } from '../lib/paths.ts';
import { pathFolders, pulumiVariables } from './environment.ts';
import { UserError } from '../lib/errors.ts';
import { lastLines, run, which, type Outcome } from '../lib/process.ts';
import { makeSalt, withSalt } from './salt.ts';

const project = 'plinth';
const defaultStack = 'dev';
const passphraseBytes = 24;
const privateFolder = 0o700;
const privateFile = 0o600;
/** Leaves the salt out of what git sees of a stack's file. */
const gitFilter = "sed '/^encryptionsalt:/d'";

/** Stacks that have a file in the checkout, `dev` first. */
export function stacksOf(files: readonly string[]): string[] {
  return files
    .flatMap((file) => /^Pulumi\.([^.]+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort((a, b) => Number(b === defaultStack) - Number(a === defaultStack) || (a < b ? -1 : 1));
}

function stacks(places: Paths): string[] {
  return stacksOf(readdirSync(places.root));
}

function stackFile(places: Paths, stack: string): string {
  return join(places.root, `Pulumi.${stack}.yaml`);
}

/** Where the state of a stack lies. */
export function stateFile(places: Paths, stack: string): string {
  return join(places.state, '.pulumi', 'stacks', project, `${stack}.json`);
}

function pulumi(places: Paths, args: readonly string[]): Promise<Outcome> {
  const path = [...pathFolders(places), process.env['PATH'] ?? ''].join(':');
  return run(places.pulumiCli, [...args, '--non-interactive'], {
    cwd: places.root,
    env: { ...pulumiVariables(places), PATH: path },
  });
}

function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: privateFolder });
  if ((statSync(folder).mode & 0o777) !== privateFolder) chmodSync(folder, privateFolder);
}

/** Folder, passphrase and salt; each is made once and never changed. */
function provideSecrets(places: Paths): void {
  makePrivateFolder(places.own);
  makePrivateFolder(places.state);
  if (!existsSync(places.passphrase)) {
    const written = stacks(places).filter((stack) => existsSync(stateFile(places, stack)));
    if (written.length > 0) {
      throw new UserError(
        `the passphrase ${places.passphrase} is gone, and the state of ${written.join(', ')} is encrypted with it`,
        `put it back, or remove the stacks' containers and ${places.own} to begin anew`,
      );
    }
    installText(
      `${randomBytes(passphraseBytes).toString('base64')}\n`,
      places.passphrase,
      privateFile,
    );
  }
  if (!existsSync(places.salt)) {
    // Pulumi reads the passphrase without the white space around it.
    const passphrase = readFileSync(places.passphrase, 'utf8').trim();
    installText(`${makeSalt(passphrase)}\n`, places.salt, privateFile);
  }
}

/** Adds the salt to every stack's file that has none. */
export function addSalt(places: Paths): void {
  const salt = readFileSync(places.salt, 'utf8').trim();
  for (const stack of stacks(places)) {
    const file = stackFile(places, stack);
    const text = readFileSync(file, 'utf8');
    const wanted = withSalt(text, salt);
    if (wanted !== text) installText(wanted, file, statSync(file).mode & 0o777);
  }
}

async function provideGitFilter(places: Paths): Promise<void> {
  if (which('git') === undefined || !existsSync(join(places.root, '.git'))) return;
  const { stdout } = await run('git', ['config', '--local', 'filter.plinth-stack.clean'], {
    cwd: places.root,
  });
  if (stdout.trim() !== gitFilter) {
    await run('git', ['config', '--local', 'filter.plinth-stack.clean', gitFilter], {
      cwd: places.root,
    });
  }
  // Git takes a file of another size for changed until it has looked again. To it nothing has: only
  // then is the file added, which notes the size and leaves the content as it was.
  for (const stack of stacks(places)) {
    const file = stackFile(places, stack);
    const tracked = await run('git', ['ls-files', '--error-unmatch', file], { cwd: places.root });
    const same = await run('git', ['diff', '--quiet', '--', file], { cwd: places.root });
    if (tracked.code === 0 && same.code === 0) {
      await run('git', ['add', '--', file], { cwd: places.root });
    }
  }
}

function findSecrets(places: Paths): Finding {
  if (!existsSync(places.passphrase) || !existsSync(places.salt)) {
    return { missing: "this checkout's passphrase is missing", remedy: runSetup };
  }
  const mode = statSync(places.passphrase).mode & 0o777;
  if (mode !== privateFile) {
    return {
      missing: `${places.passphrase} can be read by others (mode ${mode.toString(8)})`,
      remedy: `run 'chmod 600 ${places.passphrase}'`,
    };
  }
  const bare = stacks(places).filter(
    (stack) => !/^encryptionsalt:/m.test(readFileSync(stackFile(places, stack), 'utf8')),
  );
  return bare.length === 0
    ? { version: 'random, 0600', origin: 'built here' }
    : { missing: `Pulumi.${bare.join('.yaml, Pulumi.')}.yaml has no salt`, remedy: runSetup };
}

export const secrets: Part = {
  id: 'secrets',
  title: 'Passphrase',
  needs: [],
  find: (context) => Promise.resolve(findSecrets(context.places)),
  how: 'making one for this checkout',
  provide: async ({ places }) => {
    provideSecrets(places);
    addSalt(places);
    await provideGitFilter(places);
  },
};

async function selected(places: Paths): Promise<string | undefined> {
  const { code, stdout } = await pulumi(places, ['stack', '--show-name']);
  return code === 0 ? stdout.trim() : undefined;
}

async function findStacks(context: Context): Promise<Finding> {
  const { places } = context;
  const all = stacks(places);
  const missing = all.filter((stack) => !existsSync(stateFile(places, stack)));
  if (missing.length > 0) {
    return { missing: `not made yet: ${missing.join(', ')}`, remedy: runSetup };
  }
  const current = await selected(places);
  if (current === undefined) return { missing: 'no stack is selected', remedy: runSetup };
  return { version: all.join(', '), origin: 'built here', note: `${current} is selected` };
}

async function must(places: Paths, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await pulumi(places, args);
  if (code === 0) return;
  throw new UserError(
    `pulumi ${args.join(' ')} failed (${lastLines(stderr || stdout, 3)})`,
    "run 'npx plinth doctor' to see what is missing",
  );
}

async function provideStacks({ places }: Context): Promise<void> {
  for (const stack of stacks(places)) {
    if (!existsSync(stateFile(places, stack))) {
      await must(places, ['stack', 'init', stack, '--no-select']);
    }
  }
  if ((await selected(places)) === undefined) await must(places, ['stack', 'select', defaultStack]);
}

export const stackParts: Part = {
  id: 'stacks',
  title: 'Stacks',
  needs: ['pulumi', 'secrets'],
  find: findStacks,
  how: 'pulumi stack init',
  provide: provideStacks,
};
