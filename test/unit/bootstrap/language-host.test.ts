import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  declaredDependencies,
  programArguments,
  requiredPlugins,
} from '../../../bootstrap/language-host/program.ts';

describe('programArguments', () => {
  const run = {
    runner: '/sdk/cmd/run/index.js',
    nodeArgs: ' --one  --two ',
    flags: { monitor: '127.0.0.1:1', organization: '', stack: 'dev' },
    dryRun: true,
    entry: 'index.ts',
    args: ['x'],
  };

  it("puts Node's arguments first, leaves empty flags out and ends with the program", () => {
    expect(programArguments(run)).toEqual([
      '--one',
      '--two',
      '/sdk/cmd/run/index.js',
      '--monitor=127.0.0.1:1',
      '--stack=dev',
      '--dry-run',
      'index.ts',
      'x',
    ]);
  });

  it('says nothing about a dry run that is none', () => {
    expect(programArguments({ ...run, nodeArgs: '', dryRun: false, args: [] })).toEqual([
      '/sdk/cmd/run/index.js',
      '--monitor=127.0.0.1:1',
      '--stack=dev',
      'index.ts',
    ]);
  });
});

describe('packages of a program', () => {
  let root: string;
  const manifest = (folder: string, content: object) => {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'package.json'), JSON.stringify(content));
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'plinth-host-'));
    manifest('.', { dependencies: { '@pulumi/docker': '5', plain: '1', absent: '1' } });
    manifest('node_modules/@pulumi/docker', {
      version: '5.2.0',
      pulumi: { resource: true, name: 'docker', version: 'v5.2.0' },
    });
    manifest('node_modules/plain', { version: '1.0.1' });
    mkdirSync(join(root, 'deeper'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are found from a folder below, with the versions that are installed', () => {
    expect(declaredDependencies(join(root, 'deeper'))).toEqual([
      { name: '@pulumi/docker', version: '5.2.0' },
      { name: 'plain', version: '1.0.1' },
    ]);
  });

  it('ask for plugins where they say so', () => {
    expect(requiredPlugins(root)).toEqual([{ name: 'docker', version: '5.2.0', server: '' }]);
  });
});
