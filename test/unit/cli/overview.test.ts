import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../../cli/commands.ts';
import { overview, summaries } from '../../../cli/overview.mjs';

const root = join(import.meta.dirname, '../../..');

/** Runs a file of the CLI in a process of its own. */
function start(file: string, args: readonly string[], nodeArgs: readonly string[] = []) {
  return spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...nodeArgs, join(root, file), ...args],
    { cwd: root, encoding: 'utf8' },
  );
}

describe('the list of commands', () => {
  it('has every command, in one order', () => {
    expect(Object.keys(summaries)).toEqual(Object.keys(commands));
  });

  it.each(Object.entries(summaries))('says of %s what its own help says', async (name, summary) => {
    expect((await commands[name]!()).command.summary).toBe(summary);
    expect(overview()).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(overview()).toContain(summary);
  });
});

describe('plinth', () => {
  // Prints the address of every file it loads.
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => { console.error('loads', url); return next(url, context); } });`;
  const watching = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];

  function loaded(stderr: string): string[] {
    return [...stderr.matchAll(/^loads file:\/\/(.*)$/gm)].map(([, path = '']) =>
      decodeURI(path).replace(`${root}/`, ''),
    );
  }

  it('prints the list without anything but the list', () => {
    const { status, stdout, stderr } = start('cli/plinth.mjs', ['--help'], watching);
    expect(status).toBe(0);
    expect(stdout).toBe(`${overview()}\n`);
    expect(loaded(stderr)).toEqual(['cli/plinth.mjs', 'cli/overview.mjs']);
  });

  it('prints the list from the npm scripts without loading a command', () => {
    const { status, stdout, stderr } = start('cli/plinth.ts', ['--help'], watching);
    expect(status).toBe(0);
    expect(stdout).toBe(`${overview()}\n`);
    expect(loaded(stderr).filter((path) => /commands\/|node_modules/.test(path))).toEqual([]);
  });

  it.each([['--version'], ['version']])('prints the version of package.json: %s', (word) => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const { status, stdout, stderr } = start('cli/plinth.mjs', [word], watching);
    expect(status).toBe(0);
    expect(stdout).toBe(`plinth ${version}\n`);
    expect(loaded(stderr)).toEqual(['cli/plinth.mjs', 'cli/overview.mjs', 'cli/version.mjs']);

    const slow = start('cli/plinth.ts', [word], watching);
    expect(slow.stdout).toBe(stdout);
    expect(loaded(slow.stderr).filter((path) => path.includes('commands/'))).toEqual([]);
  });

  it('loads only the command that is called', () => {
    const { status, stderr } = start('cli/plinth.ts', ['down', '--help'], watching);
    expect(status).toBe(0);
    expect(loaded(stderr).filter((path) => path.includes('commands/'))).toEqual([
      'cli/commands/down.ts',
    ]);
  });

  it.each([
    [['--help'], 0],
    [['help'], 0],
    [['-h'], 0],
    [['--version'], 0],
    [['version'], 0],
    [['down', '--help'], 0],
    [[], 2],
    [['nope'], 2],
    [['down', '--nope'], 2],
  ])('%j ends with %i, on any road', (args, code) => {
    for (const file of ['cli/plinth.mjs', 'cli/plinth.ts', 'bootstrap/bootstrap.mjs']) {
      const { status, stderr } = start(file, args);
      expect({ file, status }).toEqual({ file, status: code });
      expect(stderr).not.toContain('ExperimentalWarning');
    }
  });
});
