import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, start } from '../../../backup/child.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-child-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const shell = (script: string, options: Parameters<typeof run>[2] = {}): Promise<string> =>
  run('bash', ['-c', script], { cwd: folder, ...options });

/** A process that is neither gone nor only waiting to be taken note of. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function appears(file: string): Promise<void> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
    await new Promise((next) => setTimeout(next, 10));
  }
}

describe('run', () => {
  it('hands in and hands back', async () => {
    expect(await run('cat', [], { input: 'some text' })).toBe('some text');
    expect(await shell('echo $0 $A', { env: { A: 'b' } })).toBe('bash b\n');
  });

  it('inherits no secrets of ours', async () => {
    process.env['PLINTH_TEST_SECRET'] = 'x';
    expect(await run('env', [])).not.toContain('PLINTH_TEST_SECRET');
    delete process.env['PLINTH_TEST_SECRET'];
  });

  it('says how a program ended, and its last words', async () => {
    await expect(shell('echo why >&2; exit 3')).rejects.toThrow('bash ended with exit code 3: why');
    await expect(shell('kill -9 $$')).rejects.toThrow('bash was killed by SIGKILL');
    await expect(run('no-such-program', [])).rejects.toThrow(/no-such-program/);
  });

  it('ends all that a failed program has started', async () => {
    const script = 'sleep 1000 & echo $! > pid; exit 1';
    await expect(shell(script)).rejects.toThrow('bash ended with exit code 1');
    expect(lives(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false);
  });

  it('ends all of it when it is told to, with the reason it was given', async () => {
    const stop = new AbortController();
    const script = 'sleep 1000 & echo $! > pid; wait';
    const running = shell(script, { signal: stop.signal });
    running.catch(() => undefined);
    await appears(join(folder, 'pid'));
    stop.abort(new Error('it was stopped'));
    await expect(running).rejects.toThrow('it was stopped');
    expect(lives(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false);
    expect(() => start('true', [], { signal: stop.signal })).toThrow('it was stopped');
  });
});
