// The result of the last attempt, stored across restarts.

import { readFile } from 'node:fs/promises';
import { replaceDurably } from './folder.ts';

/** status.json; times are ISO 8601, UTC. */
export interface Status {
  readonly version: 1;
  readonly lastAttempt: Attempt | null;
  readonly lastSuccess: Success | null;
  readonly failures: number;
}

export interface Attempt {
  readonly startedAt: string;
  readonly state: 'running' | 'succeeded' | 'failed';
  /** The reason if it failed. */
  readonly reason?: string;
}

export interface Success {
  readonly id: string;
  readonly finishedAt: string;
  readonly durationSec: number;
  readonly bytes: number;
  readonly rows: number;
}

export const noStatus: Status = { version: 1, lastAttempt: null, lastSuccess: null, failures: 0 };

/** Reads the status. A status that cannot be read is treated as empty. */
export async function readStatus(path: string): Promise<Status> {
  try {
    const status = JSON.parse(await readFile(path, 'utf8')) as Status;
    return (status as { version?: unknown }).version === 1 ? status : noStatus;
  } catch {
    return noStatus;
  }
}

export async function writeStatus(path: string, status: Status): Promise<void> {
  await replaceDurably(path, `${JSON.stringify(status, undefined, 2)}\n`);
}

export function begun(status: Status, at: Date): Status {
  return { ...status, lastAttempt: { startedAt: at.toISOString(), state: 'running' } };
}

export function failed(status: Status, reason: string): Status {
  const startedAt = status.lastAttempt?.startedAt ?? new Date(0).toISOString();
  return {
    ...status,
    lastAttempt: { startedAt, state: 'failed', reason },
    failures: status.failures + 1,
  };
}

export function succeeded(status: Status, lastSuccess: Success): Status {
  const startedAt = status.lastAttempt?.startedAt ?? lastSuccess.finishedAt;
  return { ...status, lastAttempt: { startedAt, state: 'succeeded' }, lastSuccess };
}
