// Which images no registry gave, and when it was asked: a pull that failed takes half a minute to fail again, so `up` does
// not repeat it every time.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** After that long `up` asks again by itself; `plinth setup` always does. */
const askAgainAfterMs = 24 * 60 * 60 * 1000;

function fileOf(cache: string, reference: string): string {
  return join(cache, 'failed-pulls', encodeURIComponent(reference));
}

/** When a registry was last asked for an image and did not give it; undefined when none was, or it came. */
export function failedPull(cache: string, reference: string): Date | undefined {
  const file = fileOf(cache, reference);
  const at = new Date(existsSync(file) ? readFileSync(file, 'utf8').trim() : Number.NaN);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

export function rememberFailedPull(cache: string, reference: string, now: Date): void {
  const file = fileOf(cache, reference);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${now.toISOString()}\n`);
}

export function forgetFailedPull(cache: string, reference: string): void {
  rmSync(fileOf(cache, reference), { force: true });
}

/** Whether asking again is worth the wait. A time in the future is a clock that was wrong. */
export function worthAsking(failed: Date | undefined, now: Date): boolean {
  if (failed === undefined) return true;
  const ageMs = now.getTime() - failed.getTime();
  return ageMs < 0 || ageMs >= askAgainAfterMs;
}
