// Stores the result of the last verification of each backup, so that `list` does not read all files again. A result is
// valid until a file of the backup changes. It also expires, because disks can fail without an error.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { filesUnder, listBackups, replaceDurably } from './folder.ts';
import type { BackupId } from './id.ts';
import type { Manifest } from './manifest.ts';
import type { Paths } from './paths.ts';
import { quickCheck, verifyBackup, type Verdict } from './verify.ts';

/** A backup and its verification state. */
export interface KnownBackup extends BackupId {
  readonly state: 'good' | 'damaged' | 'unverified';
  /** The reason if it is damaged. */
  readonly reason: string | null;
  /** Time of the last verification; ISO 8601, UTC. */
  readonly verifiedAt: string | null;
  /** Null if it cannot be read. */
  readonly manifest: Manifest | null;
}

interface Finding {
  readonly at: string;
  readonly print: string;
  /** The reason if it is damaged; null if it is good. */
  readonly reason: string | null;
}

type Findings = Readonly<Record<string, Finding>>;

/** Number of days after which the files are read again. */
const HOLDS_DAYS = 7;
const DAY_MS = 86_400_000;

/** All backups, oldest first. Their files are not read. */
export async function knownBackups(places: Paths): Promise<KnownBackup[]> {
  const findings = await readFindings(places);
  const ids = await listBackups(places.logical);
  return Promise.all(ids.map((id) => known(places, id, findings[id.id])));
}

async function known(
  { logical }: Paths,
  id: BackupId,
  finding: Finding | undefined,
): Promise<KnownBackup> {
  const verdict = await quickCheck(logical, id.id);
  if (verdict.state === 'damaged') return judged(id, verdict, finding?.at ?? null);
  const { manifest } = verdict;
  const holds = finding !== undefined && finding.print === (await printOf(logical, id.id));
  if (!holds) return { ...id, state: 'unverified', reason: null, verifiedAt: null, manifest };
  const { reason, at } = finding;
  return reason === null
    ? { ...id, state: 'good', reason, verifiedAt: at, manifest }
    : { ...id, state: 'damaged', reason, verifiedAt: at, manifest: null };
}

function judged(id: BackupId, verdict: Verdict, at: string | null): KnownBackup {
  return verdict.state === 'good'
    ? { ...id, state: 'good', reason: null, verifiedAt: at, manifest: verdict.manifest }
    : { ...id, state: 'damaged', reason: verdict.reason, verifiedAt: at, manifest: null };
}

/**
 * Verifies backups by reading all their files, and stores the results. Damaged backups are read again every time.
 *
 * @param all also verify backups whose last result is still valid
 */
export async function verifyBackups(
  places: Paths,
  ids: readonly string[],
  now: Date,
  all: boolean,
  signal?: AbortSignal,
): Promise<KnownBackup[]> {
  const before = await knownBackups(places);
  const found: KnownBackup[] = [];
  for (const backup of before.filter(({ id }) => ids.includes(id))) {
    const age = now.getTime() - Date.parse(backup.verifiedAt ?? '');
    const fresh = backup.state === 'good' && age >= 0 && age < HOLDS_DAYS * DAY_MS;
    if (fresh && !all) found.push(backup);
    else {
      const verdict = await verifyBackup(places.logical, backup.id, signal);
      found.push(judged(backup, verdict, now.toISOString()));
    }
  }
  await remember(places, found);
  return found;
}

async function remember(places: Paths, found: readonly KnownBackup[]): Promise<void> {
  const there = new Set((await listBackups(places.logical)).map(({ id }) => id));
  const findings: Record<string, Finding> = {};
  for (const [id, finding] of Object.entries(await readFindings(places))) {
    if (there.has(id)) findings[id] = finding;
  }
  for (const { id, reason, verifiedAt } of found) {
    if (verifiedAt !== null && there.has(id)) {
      findings[id] = { at: verifiedAt, print: await printOf(places.logical, id), reason };
    }
  }
  try {
    await replaceDurably(places.verified, `${JSON.stringify(findings, undefined, 2)}\n`);
  } catch (error) {
    // The volume may be mounted read-only. Then the result cannot be stored.
    if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error;
  }
}

async function readFindings({ verified }: Paths): Promise<Findings> {
  try {
    return JSON.parse(await readFile(verified, 'utf8')) as Findings;
  } catch {
    return {};
  }
}

/** Fingerprint of the file metadata. It changes if a file is written, renamed or replaced. */
async function printOf(logical: string, id: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await filesUnder(join(logical, id))) {
    const { ino, size, mtimeNs, ctimeNs } = await stat(join(logical, id, path), { bigint: true });
    hash.update(`${path} ${String(ino)} ${String(size)} ${String(mtimeNs)} ${String(ctimeNs)}\n`);
  }
  return hash.digest('hex');
}
