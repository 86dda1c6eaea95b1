// What the last thorough look at each backup found, so that a list need not read all of them again.
// A finding holds as long as no file of the backup was touched; and not for ever, as disks fail quietly.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { filesUnder, listBackups, replaceDurably } from './folder.ts';
import type { BackupId } from './id.ts';
import type { Manifest } from './manifest.ts';
import type { Places } from './places.ts';
import { glanceAtBackup, verifyBackup, type Verdict } from './verify.ts';

/** A backup and what is known of it. */
export interface KnownBackup extends BackupId {
  readonly state: 'good' | 'damaged' | 'unverified';
  /** Why it is damaged. */
  readonly reason: string | null;
  /** When its files were last read; ISO 8601, UTC. */
  readonly verifiedAt: string | null;
  /** Null where it cannot be read. */
  readonly manifest: Manifest | null;
}

interface Finding {
  readonly at: string;
  readonly print: string;
  /** Why it is damaged; null when it is good. */
  readonly reason: string | null;
}

type Findings = Readonly<Record<string, Finding>>;

/** After so many days, files are read again. */
const HOLDS_DAYS = 7;
const DAY_MS = 86_400_000;

/** Everything there is, the oldest first, without reading the files. */
export async function knownBackups(places: Places): Promise<KnownBackup[]> {
  const findings = await readFindings(places);
  const ids = await listBackups(places.logical);
  return Promise.all(ids.map((id) => known(places, id, findings[id.id])));
}

async function known(
  { logical }: Places,
  id: BackupId,
  finding: Finding | undefined,
): Promise<KnownBackup> {
  const verdict = await glanceAtBackup(logical, id.id);
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
 * Reads all files of some backups and remembers what was found. Damaged ones are read again each time.
 *
 * @param all also those whose last look still holds
 */
export async function verifyBackups(
  places: Places,
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

async function remember(places: Places, found: readonly KnownBackup[]): Promise<void> {
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
    // Where the volume is mounted to be read only, there is nobody to remember it for.
    if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error;
  }
}

async function readFindings({ verified }: Places): Promise<Findings> {
  try {
    return JSON.parse(await readFile(verified, 'utf8')) as Findings;
  } catch {
    return {};
  }
}

/** Changes whenever somebody writes to a file, renames one, or puts a copy in its place. */
async function printOf(logical: string, id: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await filesUnder(join(logical, id))) {
    const { ino, size, mtimeNs, ctimeNs } = await stat(join(logical, id, path), { bigint: true });
    hash.update(`${path} ${String(ino)} ${String(size)} ${String(mtimeNs)} ${String(ctimeNs)}\n`);
  }
  return hash.digest('hex');
}
