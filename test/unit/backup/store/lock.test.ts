import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '../../../../backup/store/lock.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-lock-'));
  file = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Processes that have a file open. */
function holders(path: string): number[] {
  const has = (pid: string): boolean => {
    try {
      const folder = `/proc/${pid}/fd`;
      return readdirSync(folder).some((fd) => readlinkSync(join(folder, fd)) === path);
    } catch {
      // It has ended, or is somebody else's.
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && has(name))
    .map(Number);
}

describe('takeLock', () => {
  it('is had by one at a time', async () => {
    const first = await takeLock(file);
    expect(first).toBeDefined();
    expect(await takeLock(file)).toBeUndefined();
    await first?.release();
    const second = await takeLock(file);
    expect(second).toBeDefined();
    await second?.release();
  });

  it('ends with the process that has it, however that ends', async () => {
    const program = `
      import('${join(import.meta.dirname, '../../../../backup/store/lock.ts')}')
        .then(({ takeLock }) => takeLock(process.argv[1]))
        .then(() => { console.log('held'); setInterval(() => {}, 1000); });`;
    const holder = spawn(process.execPath, ['--experimental-strip-types', '-e', program, file]);
    await new Promise((held) => holder.stdout.once('data', held));
    expect(await takeLock(file)).toBeUndefined();
    const gone = new Promise((done) => holder.once('exit', done));
    holder.kill('SIGKILL');
    await gone;
    let lock = await takeLock(file);
    for (let tries = 0; lock === undefined && tries < 200; tries += 1) {
      await new Promise((next) => setTimeout(next, 20));
      lock = await takeLock(file);
    }
    expect(lock).toBeDefined();
    await lock?.release();
  });

  it('tells when its holder was killed', async () => {
    const lock = await takeLock(file);
    const lost = new Promise((done) => lock?.lost.addEventListener('abort', done));
    for (const pid of holders(file)) process.kill(pid, 'SIGKILL');
    await lost;
    expect(lock?.lost.reason).toMatchObject({ message: expect.stringContaining('was lost') });
  });

  it('says what it could not do', async () => {
    await expect(takeLock(join(folder, 'nowhere/lock'))).rejects.toThrow(/could not be locked/);
  });
});
