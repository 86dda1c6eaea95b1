/** The resource against a program that stands in for the docker client. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readiness } from '../../../../../provider/resources/readiness.ts';

const INPUTS = { container: 'c0ffee', service: 'plinth-dev-thing', test: ['plinth-health', '-v'] };
const PATH = process.env['PATH'];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-readiness-'));
  process.env['PATH'] = `${folder}${path.delimiter}${PATH ?? ''}`;
});
afterEach(() => {
  process.env['PATH'] = PATH;
  rmSync(folder, { recursive: true });
});

/** Puts a docker client in front of the real one; it notes what it is asked. */
function client(script: string): void {
  const file = path.join(folder, 'docker');
  writeFileSync(file, `#!/bin/sh\necho "$*" >>'${folder}/asked'\n${script}\n`);
  chmodSync(file, 0o755);
}
const asked = () => readFileSync(path.join(folder, 'asked'), 'utf8').trim().split('\n');

describe('readiness', () => {
  it('is asked for in the container, on the engine that has it', async () => {
    client('exit 0');
    const inputs = { ...INPUTS, dockerHost: 'ssh://x' };
    expect(await readiness.create(inputs)).toEqual({ id: 'c0ffee', state: inputs });
    expect(asked()).toEqual(['--host ssh://x exec c0ffee plinth-health -v']);
  });

  it('is asked for until the check passes', async () => {
    client(
      `case $1 in
         exec) [ $(grep -c ^exec '${folder}/asked') -ge 3 ] || { echo starting; exit 1; } ;;
         inspect) echo true false 0 0 false ;;
       esac`,
    );
    expect(await readiness.create(INPUTS)).toMatchObject({ id: 'c0ffee' });
    expect(asked().filter((line) => line.startsWith('exec'))).toHaveLength(3);
  });

  it('fails in sentences when the container has ended', async () => {
    client(
      `case $1 in
         exec) echo 'Error response from daemon: Container c0ffee is not running' >&2; exit 1 ;;
         inspect) echo false false 0 2 false ;;
         logs) echo '{"error_severity":"FATAL","message":"no such setting"}' ;;
       esac`,
    );
    await expect(readiness.create(INPUTS)).rejects.toThrow(
      [
        'plinth-dev-thing was stopped, with exit code 2.',
        'Its health check says: plinth-dev-thing is not running',
        'Its last log lines:',
        '  FATAL: no such setting',
      ].join('\n'),
    );
  });

  it('is waited for again with a new container or engine, and with nothing else', () => {
    expect(readiness.diff(INPUTS, INPUTS)).toEqual({ changed: [], replace: [] });
    expect(readiness.diff(INPUTS, { ...INPUTS, container: 'f00d' })).toMatchObject({
      replace: ['container'],
    });
    expect(readiness.diff(INPUTS, { ...INPUTS, dockerHost: 'ssh://x' })).toMatchObject({
      replace: ['dockerHost'],
    });
    expect(readiness.diff(INPUTS, { ...INPUTS, test: ['other'] })).toEqual({
      changed: ['test'],
      replace: [],
    });
  });

  it('needs a check', () => {
    expect(readiness.check?.(INPUTS)).toEqual([]);
    expect(readiness.check?.({ ...INPUTS, test: [] })).toEqual([
      { property: 'test', reason: 'is empty: name a program and its arguments' },
    ]);
  });
});
