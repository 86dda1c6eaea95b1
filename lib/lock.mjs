// A lock in the file system that survives its holder being killed: it says which process holds it,
// and a lock whose process is gone is taken over. Plain JavaScript, because the very first step of
// set-up needs it before a Node that reads TypeScript is there.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const pollMs = 500;

/** When a process started, in the kernel's own count; undefined where that cannot be known. */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in brackets and may hold anything; the 22nd field is the start.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether a process of this machine exists. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What a process writes about itself. */
export function holderOf(pid) {
  return { pid, host: hostname(), start: startOf(pid) };
}

/**
 * Whether a holder is certainly gone. A holder on another machine is never certainly gone; a process
 * of the same number that started at another time is another process.
 */
export function isStale(holder, here) {
  if (holder === undefined) return true;
  if (holder.host !== here.host) return false;
  if (!here.alive) return true;
  return holder.start !== undefined && here.start !== undefined && holder.start !== here.start;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One attempt: undefined when the lock is ours now, otherwise who holds it. */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, JSON.stringify(holderOf(process.pid)));
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        // A link appears whole or not at all, and never replaces what is there.
        linkSync(own, path);
        return undefined;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const text = read(path);
      if (text === undefined) continue;
      const holder = parse(text);
      const here = {
        host: hostname(),
        alive: holder !== undefined && isAlive(holder.pid),
        start: holder === undefined ? undefined : startOf(holder.pid),
      };
      if (!isStale(holder, here)) return holder;
      takeAway(path, text);
    }
    return parse(read(path) ?? '') ?? { pid: 0, host: 'unknown' };
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes a stale lock; should somebody else have taken it over meanwhile, theirs is put back. */
function takeAway(path, expected) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== expected) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process holds it by now.
    }
  }
  rmSync(aside, { force: true });
}

export function unlock(path) {
  const holder = parse(read(path) ?? '');
  if (holder?.pid === process.pid) rmSync(path, { force: true });
}

/** Runs `work` while holding the lock; `onWait` hears once whom it waits for. */
export async function withLock(path, work, onWait = () => {}) {
  let told = false;
  for (;;) {
    const holder = tryLock(path);
    if (holder === undefined) break;
    if (!told) onWait(holder);
    told = true;
    await wait(pollMs);
  }
  try {
    return await work();
  } finally {
    unlock(path);
  }
}
