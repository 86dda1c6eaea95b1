/**
 * Ours against the usual line of a backup, `pg_dump | gzip | gpg`, and its way back, in one run over the same rows.
 * `npm run bench -- backup`; about 40 minutes and 60 GB of disk for the 10 GiB of the default.
 */
import { parseArgs } from 'node:util';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { targetFrom } from '../cli/deployed-rls.ts';
import { resourcesFrom } from '../cli/stack-state.ts';
import { imageBuilds } from '../bootstrap/image-list.ts';
import { docker, eventually, TestStack } from '../test/support/stack.ts';
import { costOf, type Cost } from './support/container-cost.ts';
import { Lines } from './support/measured-lines.ts';
import { fillTo } from './support/written-data.ts';

const { values } = parseArgs({
  options: { gib: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } },
});
const bytes = Number(values.gib) * 1024 ** 3;
const NAME = 'bench-backup';
/** One per cent of the rows, spread over all pages as an application would. */
const CHANGES = `UPDATE analytics_events SET event_value = event_value + 1 WHERE extract(epoch FROM "timestamp")::bigint % 100 = 0`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = mkdtempSync(path.join(tmpdir(), 'plinth-bench-'));
const image = imageBuilds(path.resolve(import.meta.dirname, '..')).backup.reference;
const work = `plinth-${NAME}-seed`;
const label = ['--label', `plinth.stack=${NAME}`];

const settings = (pointInTime: boolean, drill: boolean) => ({
  'plinth:postgres': { memory: '3GiB', cpus: 2, slowQuery: '1h', volume: { onDestroy: 'delete' } },
  'plinth:exporters': { enabled: false },
  'plinth:redis': { cache: { enabled: false }, queue: { enabled: false } },
  'plinth:application': { seed: false },
  'plinth:backup': {
    // Only what is asked for runs, never the schedule.
    schedule: '0 0 1 1 *',
    drill: { enabled: drill, schedule: '0 0 1 1 *', memory: '2GiB', cpus: 2 },
    recipients: [recipient],
    memory: '512MiB',
    cpus: 2,
    pointInTime: { enabled: pointInTime, memory: '512MiB', cpus: 2, full: '0 0 1 1 *' },
  },
});

const key = await docker('run', '--rm', '--network', 'none', image, 'keygen');
const recipient = /age1[0-9a-z]+/.exec(key)?.[0] ?? '';
const stack = await TestStack.create(NAME, settings(false, false));
const lines = new Lines();
try {
  say('an environment of its own: pulumi up');
  await stack.up();
  await fill();
  const seed = await seedBackup();
  const ours = await ourBackup();
  await seedRestore();
  await ourRestore();
  await wholeServer(seed);
  await drill();
  lines.goal('logical backup, time', ours.seconds / seed.seconds, 0.4);
  lines.goal('logical backup, size', (await sizeOf('ours')) / (await sizeOf('seed')), 0.8);
  lines.goal('incremental backup, time', lines.seconds('ours: incremental') / seed.seconds, 1 / 6);
  lines.goal(
    'restore of a logical backup, time',
    lines.seconds('ours: restore') / lines.seconds('seed: restore'),
    0.3,
  );
  lines.goal(
    'restore of the whole server, time',
    lines.seconds('ours: restore of the whole server') / lines.seconds('seed: restore'),
    0.3,
  );
  console.log(values.json ? lines.json() : lines.text());
} finally {
  await docker('rm', '-f', work).catch(() => undefined);
  await stack.remove();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = lines.passed() ? 0 : 1;

async function superuser() {
  const exported = await stack.expect('stack', 'export', '--show-secrets');
  const target = targetFrom(resourcesFrom(JSON.parse(exported)));
  if (target === undefined) throw new Error('the environment has no tables');
  return { ...target.direct, ...target.superuser, database: target.database };
}

async function query(...statements: string[]): Promise<pg.QueryResult | undefined> {
  const client = new pg.Client(await superuser());
  await client.connect();
  try {
    let last: pg.QueryResult | undefined;
    for (const statement of statements) last = await client.query(statement);
    return last;
  } finally {
    await client.end();
  }
}

async function fill(): Promise<void> {
  const begun = Date.now();
  await query(...fillTo(bytes));
  const size = await query(
    `SELECT round(pg_database_size(current_database()) / 1024.0 ^ 3, 2) AS gib`,
  );
  const { gib } = size?.rows[0] as { gib: string };
  say(`${gib} GiB of classrooms in ${Math.round((Date.now() - begun) / 1000)} s`);
  lines.fact(`database: ${gib} GiB with its indexes`);
}

/** A container beside the stack, in which the seed's line runs with tools of the same versions. */
async function seedBackup(): Promise<Cost> {
  const { user, password, database } = await superuser();
  writeFileSync(path.join(folder, 'pgpass'), `*:*:*:${user}:${password}\n`, { mode: 0o644 });
  await docker(
    ...['run', '-d', '--name', work, ...label, '--user', '10005', '--network', `plinth-${NAME}`],
    ...['--memory', '512m', '--cpus', '2', '--entrypoint', 'sleep', image, 'infinity'],
  );
  await docker('cp', path.join(folder, 'pgpass'), `${work}:/var/lib/backup/pgpass.ro`);
  await inWork('cp /var/lib/backup/pgpass.ro /tmp/pgpass && chmod 600 /tmp/pgpass');
  await inWork(
    'mkdir -m 700 /tmp/gpg && gpg --homedir /tmp/gpg --batch --passphrase "" --quick-generate-key bench@example.org default default never',
  );
  const dump = `pg_dump -h postgres -U ${user} -d ${database} --clean --no-owner --no-privileges`;
  const seal =
    'gzip | gpg --homedir /tmp/gpg --batch --trust-model always --encrypt --recipient bench@example.org';
  return lines.add('seed: backup', () =>
    costOf([work, stack.container('postgres')], () =>
      inWork(`${dump} | ${seal} > /var/lib/backup/seed.sql.gz.gpg`),
    ),
  );
}

async function ourBackup(): Promise<Cost> {
  const container = stack.container('backup');
  return lines.add('ours: backup', () =>
    costOf([container, stack.container('postgres')], () =>
      docker('exec', container, 'plinth-backup', 'now', '--label', 'bench'),
    ),
  );
}

async function sizeOf(side: 'seed' | 'ours'): Promise<number> {
  if (side === 'seed') return Number(await inWork('stat -c %s /var/lib/backup/seed.sql.gz.gpg'));
  const said = await docker('exec', stack.container('backup'), 'plinth-backup', 'list', '--json');
  const all = JSON.parse(said) as { label: string | null; bytes: number }[];
  return all.find((one) => one.label === 'bench')?.bytes ?? Number.NaN;
}

/** Into an empty database of the running server, stopping at the first error, as a careful person would. */
async function seedRestore(): Promise<void> {
  await query('CREATE DATABASE restored_seed');
  const { user } = await superuser();
  const psql = `psql -q -h postgres -U ${user} -d restored_seed -o /dev/null`;
  const open = 'gpg --homedir /tmp/gpg --batch -d /var/lib/backup/seed.sql.gz.gpg | gunzip';
  // The dump drops what is not there yet, grants nothing, and knows no tenant functions: it is
  // restored as far as it goes.
  await lines.add('seed: restore', () =>
    costOf([work, stack.container('postgres')], () => inWork(`${open} | ${psql} 2> /tmp/errors`)),
  );
  lines.fact(
    `seed: restore ended with ${await inWork('grep -c ERROR: /tmp/errors || true')} errors`,
  );
  await query('DROP DATABASE restored_seed', 'CHECKPOINT');
}

/** Into a new volume, by a server of its own, as the user who may read the backups. */
async function ourRestore(): Promise<void> {
  const [name, volume] = [`plinth-${NAME}-restore`, `plinth-${NAME}-restored`];
  await container(name, '10005', volume, [
    ...['--volume', `plinth-${NAME}-backup-backups:/var/lib/backup:ro`, '--shm-size', '1g'],
  ]);
  const identity = /AGE-SECRET-KEY-1[0-9A-Z]+/.exec(key)?.[0] ?? '';
  const restore = `plinth-backup restore latest --environment ${NAME} --to /restored`;
  await lines.add('ours: restore', () =>
    costOf([name], () => docker('exec', name, 'sh', '-c', `echo ${identity} | ${restore}`)),
  );
  await gone(name, volume);
}

/** A container that waits for work, with a new volume at /restored. */
async function container(
  name: string,
  user: string,
  volume: string,
  more: readonly string[],
): Promise<void> {
  await docker('volume', 'create', ...label, volume);
  await docker(
    ...['run', '-d', '--name', name, ...label, '--user', user, '--network', 'none'],
    ...['--tmpfs', '/tmp:size=256m,mode=1777', '--volume', `${volume}:/restored`, ...more],
    ...['--entrypoint', 'sleep', image, 'infinity'],
  );
  await docker('exec', '--user', '0', name, 'chown', `${user}:${user}`, '/restored');
}

async function gone(name: string, volume: string): Promise<void> {
  await docker('rm', '-f', name);
  await docker('volume', 'rm', volume);
}

/** pgBackRest: a full backup, one after a change of one per cent, and the way back. */
async function wholeServer(seed: Cost): Promise<void> {
  stack.configure(settings(true, true));
  await stack.up();
  const pgbackrest = stack.container('pgbackrest');
  const now = (type: string) => () =>
    costOf([pgbackrest, stack.container('postgres')], () =>
      docker('exec', pgbackrest, 'plinth-backup', 'pitr', 'now', '--type', type),
    );
  // A new repository gets a backup by itself, which is not the one that is measured.
  await eventually(lastFull, (seconds) => seconds > 0, 600);
  await lines.add('ours: full backup of the server', now('full'));
  await query(CHANGES, 'CHECKPOINT');
  await lines.add('ours: incremental', now('incr'));
  lines.fact(`seed: backup took ${seed.seconds.toFixed(0)} s each time, whatever had changed`);
  const [name, volume] = [`plinth-${NAME}-rewind`, `plinth-${NAME}-rewound`];
  await container(name, '10001', volume, ['--volumes-from', `${pgbackrest}:ro`]);
  await lines.add('ours: restore of the whole server', () =>
    costOf([name], () =>
      docker(
        ...['exec', name, 'plinth-backup', 'pitr', 'restore', '--latest'],
        ...['--environment', NAME, '--to', '/restored'],
      ),
    ),
  );
  await gone(name, volume);
}

async function lastFull(): Promise<number> {
  const status = ['plinth-backup', 'pitr', 'status', '--json'];
  const said = await docker('exec', stack.container('pgbackrest'), ...status);
  const { metrics } = JSON.parse(said) as { metrics: Record<string, number> };
  return metrics['plinth_pitr_last_full_timestamp_seconds'] ?? 0;
}

async function drill(): Promise<void> {
  const container = stack.container('drill');
  await lines.add('ours: drill', () =>
    costOf([container], () => docker('exec', container, 'plinth-backup', 'drill', 'now')),
  );
}

function inWork(line: string): Promise<string> {
  return docker(
    'exec',
    work,
    'bash',
    '-o',
    'pipefail',
    '-c',
    `export PGPASSFILE=/tmp/pgpass; ${line}`,
  );
}
