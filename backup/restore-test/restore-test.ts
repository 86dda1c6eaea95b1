import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessPlan } from '../../rls/model/plan.ts';
import { files, type Manifest } from '../store/manifest.ts';
import { errorMessage } from '../../lib/json-log.ts';
import { startTemporaryPostgres, type TemporaryPostgres } from '../temporary-postgres.ts';
import { restoreInto } from '../restore/restore.ts';
import { openBackup, type OpenedBackup } from '../restore/source.ts';
import { checkKey, KeyProblem, memoryFolder, decrypt } from '../restore/decrypt.ts';
import { checkCatalog, checkMigrations, checkRows, checkStructure } from './checks.ts';
import { checkIsolation } from './isolation.ts';
import { reportOf, RESTORING, type Check, type RestoreTestReport, type Phase } from './report.ts';

export interface RestoreTestArgs {
  readonly stack: string;
  /** Directory of the backups; read-only. */
  readonly backups: string;
  /** Id or label of the backup. @default latest */
  readonly which?: string;
  /** Directory of the temporary cluster. It is deleted before and after the test. */
  readonly work: string;
  /** File with an age identity. */
  readonly identity: string;
  /** File with the access plan. Without it, tenant isolation is not tested. */
  readonly access: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/** Runs a restore test: restores a backup into a temporary Postgres and checks it. Failures are in the report. */
export async function runRestoreTest(args: RestoreTestArgs): Promise<RestoreTestReport> {
  const startedAt = new Date();
  const clock = phases(args.onStep);
  const checks: Check[] = [];
  let backup: OpenedBackup | undefined;
  try {
    backup = await checksums(args, clock, checks);
    if (backup !== undefined && (await key(args, clock, checks, backup))) {
      await restoredAndChecked(args, clock, checks, backup);
    }
  } finally {
    rmSync(args.work, { recursive: true, force: true });
  }
  return reportOf({
    stack: args.stack,
    backup: backup === undefined ? null : factsOf(backup.manifest),
    phases: clock.done(),
    checks,
    startedAt,
    finishedAt: new Date(),
  });
}

function factsOf({ id, startedAt, totals: { bytes, rows } }: Manifest) {
  return { id, startedAt, bytes, rows };
}

interface Clock {
  begin(step: string): void;
  done(): Phase[];
}

/** Measures the duration of each step. A step ends when the next one begins. */
function phases(onStep: (step: string) => void): Clock {
  const list: Phase[] = [];
  let running: { readonly name: string; readonly at: number } | undefined;
  const end = (): void => {
    if (running === undefined) return;
    list.push({ name: running.name, seconds: (performance.now() - running.at) / 1000 });
    running = undefined;
  };
  return {
    begin: (name) => {
      end();
      onStep(name);
      running = { name, at: performance.now() };
    },
    done: () => {
      end();
      return list;
    },
  };
}

function failed(name: string, error: unknown): Check {
  return { name, verdict: 'failed', says: errorMessage(error), details: [] };
}

async function checksums(
  { backups, which = 'latest', signal }: RestoreTestArgs,
  clock: Clock,
  checks: Check[],
): Promise<OpenedBackup | undefined> {
  const name = 'manifest and checksums';
  clock.begin(name);
  try {
    const opened = await openBackup(backups, which, signal);
    const { files: count, bytes } = opened.manifest.totals;
    const says = `${String(count)} files, ${String(bytes)} bytes, all checksums match`;
    checks.push({ name, verdict: 'passed', says, details: [] });
    return opened;
  } catch (error) {
    signal.throwIfAborted();
    checks.push(failed(name, error));
    return undefined;
  }
}

/** Whether the key decrypts the backup. */
async function key(
  { identity, signal }: RestoreTestArgs,
  clock: Clock,
  checks: Check[],
  { folder, manifest }: OpenedBackup,
): Promise<boolean> {
  const name = 'key';
  clock.begin(name);
  try {
    if (!existsSync(identity)) throw new KeyProblem(`${identity} does not exist`);
    await checkKey(
      join(folder, files.globals),
      { identity, signal },
      manifest.encryption.recipients,
    );
    checks.push({ name, verdict: 'passed', says: 'the key decrypts the backup', details: [] });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const says = `the key is missing or wrong: ${errorMessage(error)}`;
    checks.push({ name, verdict: 'failed', says, details: [] });
    return false;
  }
}

async function restoredAndChecked(
  args: RestoreTestArgs,
  clock: Clock,
  checks: Check[],
  { folder, manifest }: OpenedBackup,
): Promise<void> {
  const { signal, identity, jobs, work } = args;
  const memory = memoryFolder('drill');
  let server: TemporaryPostgres | undefined;
  try {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true, mode: 0o700 });
    clock.begin(`${RESTORING}a new cluster`);
    const started = await startTemporaryPostgres({ data: join(work, 'data'), jobs, signal });
    server = started;
    await restoreInto({
      identity,
      signal,
      server,
      folder,
      manifest,
      memory: memory.path,
      jobs,
      onStep: (step) => {
        clock.begin(`${RESTORING}${step}`);
      },
    });
    const says = 'every table, index, constraint and policy was recreated';
    checks.push({ name: 'restore', verdict: 'passed', says, details: [] });
    await look(args, clock, checks, started, folder, manifest);
  } catch (error) {
    signal.throwIfAborted();
    checks.push(failed('restore', error));
  } finally {
    await server?.stop('discard');
    memory.remove();
  }
}

/** Runs all checks. If a check fails or throws, the others still run. */
async function look(
  args: RestoreTestArgs,
  clock: Clock,
  checks: Check[],
  server: TemporaryPostgres,
  folder: string,
  manifest: Manifest,
): Promise<void> {
  const { signal, identity } = args;
  const restored = { server, manifest, signal };
  const one = async (name: string, work: () => Promise<Check>): Promise<void> => {
    clock.begin(`check: ${name}`);
    try {
      checks.push(await work());
    } catch (error) {
      signal.throwIfAborted();
      checks.push(failed(name, error));
    }
  };
  await one('rows', () => checkRows(restored));
  await one('catalog', async () =>
    checkCatalog(restored, await decrypt(join(folder, files.catalog), { identity, signal })),
  );
  await one('migrations', () => checkMigrations(restored));
  // The isolation test changes the copy, so it runs after the checks of the content.
  await one('isolation of tenants', () => isolation(args, server, manifest));
  await one('pages and indexes', () => checkStructure(restored));
}

async function isolation(
  { access }: RestoreTestArgs,
  server: TemporaryPostgres,
  manifest: Manifest,
): Promise<Check> {
  if (!existsSync(access)) {
    const says = 'no access rules are declared, so there is nothing to test';
    return { name: 'isolation of tenants', verdict: 'skipped', says, details: [] };
  }
  const plan = JSON.parse(readFileSync(access, 'utf8')) as AccessPlan;
  return checkIsolation(
    server,
    plan,
    manifest.databases.map(({ name }) => name),
  );
}
