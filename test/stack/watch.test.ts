/** The watcher in its own container, beside a real server with a standby, a real pooler, and people who do things. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { audit } from '../../rls/audit/audit.ts';
import { queryOf } from '../../provider/transaction.ts';
import { FAMILIES } from '../../exporter/metrics.ts';
import type { RlsSettings, ExporterSettings } from '../../exporter/settings.ts';
import { Lab, POSTGRES } from '../support/backup/containers.ts';
import { printedOfTheExample } from '../support/exporter/printed.ts';
import { docker, dockerLog, eventually, freePorts } from '../support/stack.ts';
import {
  classroomsMigrations,
  classroomsPlan,
  DATABASE,
  HEALTH,
  makeClassrooms,
  MONITOR,
  serverStatements,
  WATCH_PASSWORD,
} from '../support/exporter/classrooms-server.ts';

const STACK = 't-watch';
const name = (part: string): string => `plinth-${STACK}-${part}`;
const plan = classroomsPlan();

let lab: Lab;
let access: RlsSettings;
/** Of the page on this machine. */
let port: number;

/** What the log knows: none of it may be on the page. */
const SECRET = 'ana.marsh@example.org';

beforeAll(async () => {
  lab = await Lab.create(name('').slice(0, -1), ['backup', 'pgbouncer', 'watch']);
  access = { ...plan, printed: printedOfTheExample() };
  await startServer();
  await startStandby();
  await startPooler();
  await live();
  await startWatch();
});
afterAll(() => lab.remove());

async function startServer(): Promise<void> {
  const logs = path.join(lab.folder, 'logs');
  mkdirSync(logs);
  chmodSync(logs, 0o777);
  const settings = {
    shared_preload_libraries: 'pg_stat_statements',
    'pg_stat_statements.track_utility': 'off',
    logging_collector: 'on',
    log_destination: 'jsonlog',
    log_directory: '/logs',
    log_file_mode: '0644',
    log_min_duration_statement: '200',
    log_temp_files: '0',
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const limits = ['--memory', '512m', '--cpus', '1.5', '--pids-limit', '200'];
  const server = await lab.source('postgres', options, ['--volume', `${logs}:/logs`, ...limits]);
  await lab.sql(server, 'postgres', ...serverStatements(plan));
  await lab.connected(server, DATABASE, (client) => makeClassrooms(client, plan));
  await lab.sql(
    server,
    DATABASE,
    'create extension pgstattuple',
    'grant usage on schema plinth to pg_monitor',
    'grant select on plinth.migrations to pg_monitor',
    'grant execute on function plinth.sequence_value(oid) to pg_monitor',
  );
}

async function startStandby(): Promise<void> {
  const hba = '/var/lib/postgresql/data/pg_hba.conf';
  const line = 'host replication all all trust';
  await docker('exec', name('postgres'), 'bash', '-c', `echo '${line}' >> ${hba}`);
  await lab.sql(name('postgres'), 'postgres', 'select pg_reload_conf()');
  const from = `host=${name('postgres')} user=postgres application_name=standby`;
  await docker(
    ...lab.beside('standby'),
    ...['--user', String(POSTGRES), '--entrypoint', 'bash', lab.image('backup'), '-c'],
    `pg_basebackup -D /tmp/data -R -X stream -c fast -d '${from}' && exec postgres -D /tmp/data ` +
      `-c unix_socket_directories=/tmp -c fsync=off -c logging_collector=off -c log_destination=stderr`,
  );
}

async function startPooler(): Promise<void> {
  const ini = lab.file(
    'pgbouncer.ini',
    `[databases]\n${DATABASE} = host=${name('postgres')} dbname=${DATABASE}\n[pgbouncer]\n` +
      'listen_addr = *\nlisten_port = 6432\nauth_type = plain\nauth_file = /etc/plinth/userlist.txt\n' +
      'pool_mode = transaction\nserver_login_retry = 1\n',
  );
  const users = lab.file('userlist.txt', `"${HEALTH}" "${WATCH_PASSWORD}"\n`);
  const hba = lab.file('pgbouncer_hba.conf', '');
  await docker(
    ...lab.beside('pgbouncer'),
    ...['--volume', `${ini}:/etc/plinth/pgbouncer.ini:ro`],
    ...['--volume', `${hba}:/etc/plinth/pgbouncer_hba.conf:ro`],
    ...['--volume', `${users}:/etc/plinth/userlist.txt:ro`, lab.image('pgbouncer')],
  );
}

async function startWatch(): Promise<void> {
  const settings: ExporterSettings = {
    stack: STACK,
    scrapeIntervalSec: 15,
    probeIntervalSec: 1,
    server: { host: name('postgres'), port: 5432, database: DATABASE },
    monitorUser: MONITOR,
    pooler: { host: name('pgbouncer'), port: 6432 },
    healthUser: HEALTH,
    slowQueryMs: 200,
    latencyObjectiveMs: 75,
    volumes: [{ volume: 'repository', path: '/volumes/repository' }],
    logs: { folder: '/logs' },
    migrations: [...classroomsMigrations(), { name: '9999_next.sql', checksum: 'x' }],
  };
  const files = {
    '/etc/plinth/watch.json': lab.file('watch.json', JSON.stringify(settings)),
    '/etc/plinth/access.json': lab.file('access.json', JSON.stringify(access)),
    '/run/secrets/monitor': lab.file('monitor', `${WATCH_PASSWORD}\n`),
    '/run/secrets/health': lab.file('health', WATCH_PASSWORD),
    '/logs': path.join(lab.folder, 'logs'),
    '/host/cgroup': '/sys/fs/cgroup',
    '/volumes/repository': await lab.volume('repository'),
  };
  [port = 0] = await freePorts(1);
  await docker(
    ...lab.beside('watch'),
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--memory', '96m', '--pids-limit', '32', '--publish', `127.0.0.1:${String(port)}:9189`],
    ...Object.entries(files).flatMap(([to, from]) => ['--volume', `${from}:${to}:ro`]),
    lab.image('watch'),
  );
  await eventually(
    () => page().catch(String),
    (text) => text.includes('plinth_postgres_up 1') && text.includes('plinth_access_drift'),
  );
}

/** What leaves its traces: rows that are gone, a vacuum, a sequence that is nearly full. */
async function live(): Promise<void> {
  await lab.sql(
    name('postgres'),
    DATABASE,
    'create schema stuff',
    'create table stuff.big (id bigint primary key, t text)',
    "insert into stuff.big select n, repeat('x', 100) from generate_series(1, 150000) n",
    'delete from stuff.big where id % 2 = 0',
    'vacuum stuff.big',
    'create table stuff.few (id serial, v int)',
    'insert into stuff.few select n, n from generate_series(1, 1000) n',
    "select setval('stuff.few_id_seq', 1073741823)",
    'grant select on sequence stuff.few_id_seq to monitor',
    // Nobody else may read this one.
    'create sequence stuff.hidden maxvalue 100',
    "select setval('stuff.hidden', 75)",
    'alter sequence stuff.hidden owner to migrator',
    'create index unused on stuff.few (v)',
  );
}

async function page(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/metrics`, {
    signal: AbortSignal.timeout(9_000),
  });
  return response.text();
}

/** Of the first sample whose name and labels begin so. */
function valueOf(text: string, sample: string): number {
  const line = text.split('\n').find((one) => one.startsWith(sample));
  if (line === undefined) throw new Error(`${sample} is not on the page`);
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}

const value = async (sample: string): Promise<number> => valueOf(await page(), sample);

describe('what it shows', () => {
  it('is every metric there is, and nothing was left out', async () => {
    const text = await eventually(page, (one) => one.includes('table_bloat_ratio{'));
    const shown = text.split('\n').flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
    expect(shown.sort()).toEqual(Object.keys(FAMILIES).sort());
    expect(text.split('\n').filter((line) => /collector_success.* 0$/.test(line))).toEqual([]);
  });

  it('is what was done to the tables', async () => {
    const text = await page();
    const sequence = (name: string) =>
      valueOf(text, `plinth_postgres_sequence_used_ratio{schema="stuff",sequence="${name}"}`);
    expect(sequence('few_id_seq')).toBeCloseTo(0.5, 5);
    expect(sequence('hidden')).toBeCloseTo(0.75, 5);
    const big = 'schema="stuff",table="big"';
    expect(valueOf(text, `plinth_postgres_table_bloat_ratio{${big}}`)).toBeGreaterThan(0.4);
    expect(valueOf(text, `plinth_postgres_table_bloat_ratio{${big}}`)).toBeLessThan(0.6);
    expect(
      valueOf(text, `plinth_postgres_table_last_vacuum_timestamp_seconds{${big}}`),
    ).toBeGreaterThan(Date.now() / 1000 - 3600);
    expect(valueOf(text, 'plinth_postgres_unused_index_bytes')).toBeGreaterThan(8192);
    // The standby follows: less than a segment behind, whatever is written just now.
    expect(
      valueOf(text, 'plinth_postgres_replication_lag_bytes{application_name="standby"}'),
    ).toBeLessThan(16 * 1024 ** 2);
    expect(valueOf(text, 'plinth_postgres_connection_limit{user="monitor_a"}')).toBe(4);
  });

  it('is that the program has one migration more than the database', async () => {
    const text = await page();
    expect(valueOf(text, 'plinth_migrations_applied')).toBe(classroomsMigrations().length);
    expect(valueOf(text, 'plinth_migrations_pending')).toBe(1);
    expect(valueOf(text, 'plinth_migrations_changed')).toBe(0);
  });

  it('is what the kernel counts of the containers, each by its part', async () => {
    const text = await page();
    const parts = [...text.matchAll(/^plinth_container_processes\{part="([^"]+)"/gm)].map(
      ([, p]) => p,
    );
    expect(parts.sort()).toEqual(['pgbouncer', 'postgres', 'standby', 'watch']);
    expect(valueOf(text, 'plinth_container_memory_limit_bytes{part="postgres"}')).toBe(
      512 * 2 ** 20,
    );
    expect(valueOf(text, 'plinth_container_cpu_limit{part="postgres"}')).toBe(1.5);
    expect(valueOf(text, 'plinth_container_processes_limit{part="postgres"}')).toBe(200);
    const started = Date.parse(
      await docker('inspect', '-f', '{{.State.StartedAt}}', name('postgres')),
    );
    const seen = valueOf(text, 'plinth_container_start_timestamp_seconds{part="postgres"}');
    expect(Math.abs(seen - started / 1000)).toBeLessThan(5);
  });

  it('costs one connection, and little of the server', async () => {
    await Promise.all([page(), page(), page()]);
    const [row] = await lab.sql<{ n: number; spent: number }>(
      name('postgres'),
      DATABASE,
      `select (select count(*)::int from pg_stat_activity where usename = '${MONITOR}') as n`,
    );
    expect(row!.n).toBe(1);
    await lab.sql(name('postgres'), DATABASE, 'select pg_stat_statements_reset()');
    for (let round = 0; round < 5; round += 1) await page();
    const [spent] = await lab.sql<{ ms: number }>(
      name('postgres'),
      DATABASE,
      `select sum(s.total_exec_time)::float8 as ms from pg_stat_statements s
        where pg_get_userbyid(s.userid) = '${MONITOR}' and s.calls >= 5`,
    );
    expect(spent!.ms / 5).toBeLessThan(25);
  });
});

describe('access', () => {
  it('is as declared, in the words of a server that only knows the migrations', async () => {
    expect(await value('plinth_access_drift')).toBe(0);
    await lab.connected(name('postgres'), DATABASE, async (client) => {
      expect(await audit(queryOf(client), plan, access.printed)).toEqual([]);
      expect(await audit(queryOf(client), plan)).toEqual([]);
    });
  });

  it('is told of when somebody changes it', async () => {
    const change = 'alter table students no force row level security';
    await lab.sql(
      name('postgres'),
      DATABASE,
      change,
      'alter policy students_app on students using (true)',
    );
    // It looks once a minute, and when it begins.
    await docker('restart', '--time', '5', name('watch'));
    const text = await eventually(
      () => page().catch(String),
      (one) => one.includes('plinth_access_drift 2'),
    );
    expect(
      valueOf(text, 'plinth_access_findings{severity="error",check="row-security-not-forced"}'),
    ).toBe(1);
    expect(await dockerLog(name('watch'))).toContain('"msg":"access is not as declared"');
  });
});

describe('the log', () => {
  it('is counted, and none of its words is shown', async () => {
    const before = await page();
    await lab.sql(
      name('postgres'),
      DATABASE,
      `select pg_sleep(0.25), '${SECRET}'`,
      "set work_mem = '64kB'",
      'select count(*) from (select id, t from stuff.big order by t, id) s',
    );
    await expect(lab.sql(name('postgres'), DATABASE, `select '${SECRET}'::int`)).rejects.toThrow();
    await docker('exec', name('postgres'), 'psql', '-h', 'localhost', '-U', SECRET).catch(() => '');
    await deadlock();
    const text = await eventually(page, (one) => valueOf(one, 'plinth_log_deadlocks_total') === 1);
    const more = (sample: string): number => valueOf(text, sample) - valueOf(before, sample);
    expect(more('plinth_log_slow_queries_total')).toBeGreaterThanOrEqual(1);
    expect(more('plinth_log_authentication_failures_total')).toBe(1);
    expect(more('plinth_log_temp_file_bytes_total')).toBeGreaterThan(5_000_000);
    expect(more('plinth_log_lines_total{part="postgres",severity="error"}')).toBe(2);
    expect(more('plinth_log_lines_total{part="postgres",severity="fatal"}')).toBe(1);
    expect(
      Date.now() / 1000 - valueOf(text, 'plinth_log_last_fatal_timestamp_seconds'),
    ).toBeLessThan(60);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(WATCH_PASSWORD);
  });

  it('may be put aside', async () => {
    const before = await value('plinth_log_lines_total{part="postgres",severity="error"}');
    await lab.sql(name('postgres'), DATABASE, 'select pg_rotate_logfile()');
    await expect(lab.sql(name('postgres'), DATABASE, 'select 1/0')).rejects.toThrow();
    await eventually(
      () => value('plinth_log_lines_total{part="postgres",severity="error"}'),
      (now) => now === before + 1,
    );
  });
});

/** Two who wait for each other; one of them is told to give up. */
async function deadlock(): Promise<void> {
  const update = (client: pg.Client, id: number): Promise<unknown> =>
    client.query('update stuff.few set v = v + 1 where id = $1', [id]);
  await lab.connected(name('postgres'), DATABASE, async (one) =>
    lab.connected(name('postgres'), DATABASE, async (other) => {
      await one.query('begin');
      await other.query('begin');
      await update(one, 1);
      await update(other, 2);
      const both = await Promise.allSettled([update(one, 2), update(other, 1)]);
      expect(both.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    }),
  );
}

describe('those who wait', () => {
  it('are seen', async () => {
    await lab.connected(name('postgres'), DATABASE, async (one) =>
      lab.connected(name('postgres'), DATABASE, async (other) => {
        await one.query('begin');
        await one.query('lock stuff.few');
        const waiting = other.query('select count(*) from stuff.few');
        const text = await eventually(
          page,
          (now) => valueOf(now, 'plinth_postgres_longest_lock_wait_seconds') > 1,
        );
        expect(valueOf(text, 'plinth_postgres_lock_waiters')).toBe(1);
        expect(valueOf(text, 'plinth_postgres_longest_query_seconds')).toBeGreaterThan(1);
        expect(
          valueOf(text, 'plinth_postgres_longest_idle_in_transaction_seconds'),
        ).toBeGreaterThan(1);
        expect(valueOf(text, 'plinth_postgres_locks{mode="AccessExclusiveLock"}')).toBe(1);
        // Its size cannot be asked now without standing in the same line; all others can.
        expect(text).not.toContain('plinth_postgres_table_size_bytes{schema="stuff",table="few"}');
        expect(text).toContain('plinth_postgres_table_size_bytes{schema="stuff",table="big"}');
        await one.query('rollback');
        await waiting;
      }),
    );
  });
});

describe('a server that is not there', () => {
  it('does not keep the page from being shown', async () => {
    await docker('pause', name('postgres'));
    try {
      const started = performance.now();
      const text = await page();
      expect(performance.now() - started).toBeLessThan(6_000);
      expect(valueOf(text, 'plinth_postgres_up')).toBe(0);
      expect(text).not.toContain('plinth_postgres_lock_waiters');
      expect(valueOf(text, 'plinth_container_processes{part="postgres"}')).toBeGreaterThan(0);
      await eventually(
        () => value('plinth_probe_requests_total{result="failed"'),
        (n) => n >= 5,
      );
      expect(await docker('exec', name('watch'), 'plinth-health')).toMatch(/^not measured: /);
    } finally {
      await docker('unpause', name('postgres'));
    }
    await eventually(
      () => value('plinth_postgres_up'),
      (up) => up === 1,
    );
    const failed = await value('plinth_probe_requests_total{result="failed"');
    await eventually(
      () => value('plinth_probe_requests_total{result="ok"'),
      (ok) => ok > 3,
    );
    expect(await value('plinth_probe_requests_total{result="failed"')).toBeLessThanOrEqual(
      failed + 5,
    );
  });

  it('is not told from one that was ended, and comes back on a new connection', async () => {
    await docker('restart', '--time', '10', name('postgres'));
    const text = await eventually(page, (one) => one.includes('plinth_postgres_up 1'));
    const started = valueOf(text, 'plinth_container_start_timestamp_seconds{part="postgres"}');
    expect(Date.now() / 1000 - started).toBeLessThan(60);
  });
});

it('ends at once when it is told to', async () => {
  const started = performance.now();
  await docker('stop', '--time', '30', name('watch'));
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(await docker('inspect', '-f', '{{.State.ExitCode}}', name('watch'))).toBe('0');
});
