import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathFolders, pulumiVariables } from '../../../toolchain/environment.ts';
import { placesFor, type Places } from '../../../toolchain/places.ts';

const checkout = join(import.meta.dirname, '../../..');
let home: string;
let root: string;
let places: Places;

/** A checkout with the shim, and a command line that prints its arguments and environment. */
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'plinth-shim-'));
  root = join(home, 'my checkout');
  places = placesFor(root, { HOME: home });
  mkdirSync(join(root, 'sub'), { recursive: true });
  for (const file of ['toolchain/shim/pulumi', 'config/versions.ts', 'Pulumi.yaml']) {
    cpSync(join(checkout, file), join(root, file));
  }
  mkdirSync(dirname(places.pulumiCli), { recursive: true });
  writeFileSync(places.pulumiCli, '#!/bin/sh\necho "args $*"\nenv\n', { mode: 0o755 });
  mkdirSync(places.state, { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

function shim(
  args: string[],
  { cwd = root, env = {}, file = join(root, 'toolchain/shim/pulumi') } = {},
) {
  const { stdout, stderr, status } = spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { HOME: home, PATH: '/usr/bin:/bin', ...env },
  });
  const values = Object.fromEntries(
    stdout.split('\n').map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]),
  );
  return { stdout, stderr, status, values };
}

describe('plain pulumi', () => {
  it('says the same as plinth env, from any folder of the checkout', () => {
    for (const cwd of [root, join(root, 'sub')]) {
      const { values, stdout } = shim(['stack', 'ls'], { cwd });
      expect(stdout).toContain('args stack ls\n');
      expect(values).toMatchObject(pulumiVariables(places));
      expect(values['PATH']).toBe([...pathFolders(places), '/usr/bin:/bin'].join(':'));
    }
  });

  it('finds the checkout that -C or --cwd names, and an installed copy hands over to it', () => {
    const copy = join(home, 'pulumi');
    cpSync(join(root, 'toolchain/shim/pulumi'), copy);
    for (const args of [
      ['-C', root, 'about'],
      ['about', '--cwd', root],
      ['about', `--cwd=${root}`],
    ]) {
      const { values } = shim(args, { cwd: home, file: copy });
      expect(values['PULUMI_BACKEND_URL']).toBe(`file://${places.state}`);
    }
  });

  it('lets the environment say otherwise', () => {
    const { values } = shim(['about'], {
      env: { PULUMI_BACKEND_URL: 'file:///elsewhere', NODE_COMPILE_CACHE: '/cc' },
    });
    expect(values).toMatchObject({
      PULUMI_BACKEND_URL: 'file:///elsewhere',
      NODE_COMPILE_CACHE: '/cc',
    });
    expect(values['PULUMI_CONFIG_PASSPHRASE_FILE']).toBeUndefined();
  });

  it('changes nothing outside a checkout', () => {
    const copy = join(home, 'pulumi');
    cpSync(join(root, 'toolchain/shim/pulumi'), copy);
    const { values, stdout } = shim(['about'], { cwd: home, file: copy });
    expect(stdout).toContain('args about\n');
    expect(values['PULUMI_BACKEND_URL']).toBeUndefined();
  });

  it('puts the salt back into a stack file that came fresh from git', () => {
    writeFileSync(places.salt, 'v1:abc\n');
    writeFileSync(join(root, 'Pulumi.dev.yaml'), 'config: {}\n');
    shim(['about']);
    shim(['about']);
    expect(readFileSync(join(root, 'Pulumi.dev.yaml'), 'utf8')).toBe(
      'config: {}\nencryptionsalt: v1:abc\n',
    );
  });

  it('says what to do where Pulumi is missing', () => {
    rmSync(places.pulumiCli);
    const { status, stderr } = shim(['about']);
    expect(status).toBe(127);
    expect(stderr).toBe(`pulumi: ${places.pulumiCli} is missing: run 'npm run setup' in ${root}\n`);
  });

  it('clears up first where a lock or pending operations were left', () => {
    mkdirSync(join(root, 'toolchain'), { recursive: true });
    writeFileSync(
      join(root, 'toolchain/bootstrap.mjs'),
      'console.log("recovered", ...process.argv.slice(2)); process.exit(Number(process.env.CODE ?? 0))',
    );
    const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
    expect(shim(['up', '--yes'], { env }).stderr).toBe('');

    const locks = join(places.state, '.pulumi/locks/organization/plinth/dev');
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, 'x.json'), '{}');
    expect(shim(['up', '-s', 'dev'], { env }).stderr).toBe('recovered recover --stack dev\n');
    expect(shim(['stack', 'ls'], { env }).stderr).toBe('');
    const refused = shim(['preview'], { env: { ...env, CODE: '1' } });
    expect(refused).toMatchObject({ status: 1, stdout: '', stderr: 'recovered recover\n' });
    rmSync(join(locks, 'x.json'));

    const states = join(places.state, '.pulumi/stacks/plinth');
    mkdirSync(states, { recursive: true });
    writeFileSync(join(states, 'dev.json'), '{"pending_operations":[]}');
    expect(shim(['up'], { env }).stderr).toBe('');
    writeFileSync(join(states, 'dev.json'), '{"pending_operations":[{"type":"creating"}]}');
    expect(shim(['up'], { env }).stderr).toBe('recovered recover\n');
  });
});
