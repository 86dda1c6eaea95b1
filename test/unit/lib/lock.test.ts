import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isStale, tryLock, unlock, withLock } from '../../../lib/lock.mjs';

const nobody = 2 ** 22 + 1;
let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plinth-lock-'));
  lock = join(folder, 'deep', 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('isStale', () => {
  const holder = { pid: 5, host: 'here', start: '100' };
  it.each([
    ['a living process', holder, { host: 'here', alive: true, start: '100' }, false],
    ['a process that has ended', holder, { host: 'here', alive: false }, true],
    ['another process of that number', holder, { host: 'here', alive: true, start: '200' }, true],
    ['an unknown start', { ...holder, start: undefined }, { host: 'here', alive: true }, false],
    ['another machine', holder, { host: 'there', alive: false }, false],
    ['an unreadable lock', undefined, { host: 'here', alive: false }, true],
  ])('%s', (_, who, here, expected) => {
    expect(isStale(who, here)).toBe(expected);
  });
});

describe('tryLock', () => {
  it('takes a free lock, names its holder to others, and gives it back', () => {
    expect(tryLock(lock)).toBeUndefined();
    expect(tryLock(lock)).toMatchObject({ pid: process.pid, host: hostname() });
    unlock(lock);
    expect(existsSync(lock)).toBe(false);
  });

  it('takes over the lock of a process that is gone, and leaves no other file', () => {
    expect(tryLock(lock)).toBeUndefined();
    writeFileSync(lock, JSON.stringify({ pid: nobody, host: hostname() }));
    expect(tryLock(lock)).toBeUndefined();
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['lock']);
  });

  it('takes over a lock that was cut short', () => {
    expect(tryLock(lock)).toBeUndefined();
    writeFileSync(lock, '{"pi');
    expect(tryLock(lock)).toBeUndefined();
  });

  it("does not remove somebody else's lock", () => {
    expect(tryLock(lock)).toBeUndefined();
    writeFileSync(lock, JSON.stringify({ pid: 1, host: hostname() }));
    unlock(lock);
    expect(existsSync(lock)).toBe(true);
  });
});

describe('withLock', () => {
  it('lets one after the other in, and frees the lock after a failure', async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withLock(lock, async () => {
        order.push(`${name} in`);
        await Promise.resolve();
        order.push(`${name} out`);
      });
    await Promise.all([work('a'), work('b')]);
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });
});
