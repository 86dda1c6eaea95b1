import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessPlan } from '../../../access/plan.ts';
import { files, type Manifest } from '../manifest.ts';
import { reasonOf } from '../../log.ts';
import { startPrivateServer, type PrivateServer } from '../private-server.ts';
import { restoreInto } from '../restore/restore.ts';
import { openBackup, type OpenedBackup } from '../restore/source.ts';
import { checkKey, KeyProblem, memoryFolder, unseal } from '../restore/unseal.ts';
import { checkCatalog, checkMigrations, checkRows, checkStructure } from './checks.ts';
import { checkIsolation } from './isolation.ts';
import { reportOf, RESTORING, type Check, type DrillReport, type Phase } from './report.ts';

export interface DrillArgs {
  readonly stack: string;
  /** Folder with the backups; only read. */
  readonly backups: string;
  /** Which one. @default latest */
  readonly which?: string;
  /** Folder for the cluster that is thrown away; emptied before and after. */
  readonly work: string;
  /** File with an age identity. */
  readonly identity: string;
  /** File with the access plan; where there is none, isolation is not tried. */
  readonly access: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/** Restores a backup into a server that is thrown away, and looks at everything. Whatever fails is in the report. */
export async function drill(args: DrillArgs): Promise<DrillReport> {
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

/** How long each step takes; one begins where the one before ends. */
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
  return { name, verdict: 'failed', says: reasonOf(error), details: [] };
}

async function checksums(
  { backups, which = 'latest', signal }: DrillArgs,
  clock: Clock,
  checks: Check[],
): Promise<OpenedBackup | undefined> {
  const name = 'manifest and checksums';
  clock.begin(name);
  try {
    const opened = await openBackup(backups, which, signal);
    const { files: count, bytes } = opened.manifest.totals;
    const says = `${String(count)} files, ${String(bytes)} bytes, none of them changed`;
    checks.push({ name, verdict: 'passed', says, details: [] });
    return opened;
  } catch (error) {
    signal.throwIfAborted();
    checks.push(failed(name, error));
    return undefined;
  }
}

/** Whether the key opens it. */
async function key(
  { identity, signal }: DrillArgs,
  clock: Clock,
  checks: Check[],
  { folder, manifest }: OpenedBackup,
): Promise<boolean> {
  const name = 'key';
  clock.begin(name);
  try {
    if (!existsSync(identity)) throw new KeyProblem(`${identity} is not there`);
    await checkKey(
      join(folder, files.globals),
      { identity, signal },
      manifest.encryption.recipients,
    );
    checks.push({ name, verdict: 'passed', says: 'the key opens the backup', details: [] });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const says = `key lost or wrong: ${reasonOf(error)}`;
    checks.push({ name, verdict: 'failed', says, details: [] });
    return false;
  }
}

async function restoredAndChecked(
  args: DrillArgs,
  clock: Clock,
  checks: Check[],
  { folder, manifest }: OpenedBackup,
): Promise<void> {
  const { signal, identity, jobs, work } = args;
  const memory = memoryFolder('drill');
  let server: PrivateServer | undefined;
  try {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true, mode: 0o700 });
    clock.begin(`${RESTORING}a new cluster`);
    const started = await startPrivateServer({ data: join(work, 'data'), jobs, signal });
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
    const says = 'every table, index, constraint and policy could be made again';
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

/** One check that fails, or cannot be made, does not keep the others from being made. */
async function look(
  args: DrillArgs,
  clock: Clock,
  checks: Check[],
  server: PrivateServer,
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
    checkCatalog(restored, await unseal(join(folder, files.catalog), { identity, signal })),
  );
  await one('migrations', () => checkMigrations(restored));
  // What comes next changes the copy.
  await one('isolation of tenants', () => isolation(args, server, manifest));
  await one('pages and indexes', () => checkStructure(restored));
}

async function isolation(
  { access }: DrillArgs,
  server: PrivateServer,
  manifest: Manifest,
): Promise<Check> {
  if (!existsSync(access)) {
    const says = 'nothing is declared about who may see what, so there is nothing to prove';
    return { name: 'isolation of tenants', verdict: 'skipped', says, details: [] };
  }
  const plan = JSON.parse(readFileSync(access, 'utf8')) as AccessPlan;
  return checkIsolation(
    server,
    plan,
    manifest.databases.map(({ name }) => name),
  );
}
