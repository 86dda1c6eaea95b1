/**
 * The price of isolation: the application's queries under row security, against the same queries with a WHERE written by
 * hand and no row security in their way, through PgBouncer, both in one run. `npm run bench -- isolation`.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { withPassword } from '../test/support/clients.ts';
import { TestStack } from '../test/support/stack.ts';
import { targetFrom } from '../cli/deployed-rls.ts';
import { resourcesFrom } from '../cli/stack-state.ts';
import { table } from '../cli/table.ts';
import { alternately, summary, type Summary } from './support/compare.ts';
import { questions, type Question } from './support/queries.ts';
import { fill, id, progressRows, type Size } from './support/tenants.ts';

/** Ratio that the price must not exceed, in the median and in the 99th percentile of all questions together. */
const GOAL = 1.1;

const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '600' },
    plans: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const size: Size = {
  tenants: Number(values.tenants),
  classroomsPerTenant: 10,
  studentsPerClassroom: 20,
  lessonsPerStudent: 5,
};
const rounds = Number(values.rounds);

/** A role that no policy narrows: what keeps tenants apart is the WHERE that somebody remembered to write. */
const UNBOUND = `
  CREATE ROLE unbound LOGIN PASSWORD 'only-for-this-benchmark';
  GRANT CONNECT ON DATABASE classrooms TO unbound;
  GRANT USAGE ON SCHEMA public TO unbound;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO unbound;
  DO $$ DECLARE t text; BEGIN
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
      EXECUTE format('CREATE POLICY unbound ON %I TO unbound USING (true)', t);
    END LOOP;
  END $$`;

type Side = 'secured' | 'written';

interface Measured {
  readonly question: Question;
  readonly mode: 'prepared' | 'unprepared';
  /** Milliseconds of the query, between a BEGIN that names the tenant and a COMMIT on both sides. */
  readonly secured: readonly number[];
  readonly written: readonly number[];
}

/** What the application says first in every transaction. */
const SAY = `SELECT set_config('app.facilitator_id', ${id.facilitator('$1::int')}::text, true)`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const stack = await TestStack.create('bench-isolation', {
  'plinth:postgres': { memory: '2GiB', cpus: 2, slowQuery: '1h' },
  'plinth:pgbouncer': { cpus: 1 },
  'plinth:application': { seed: false },
});
let clients: pg.Client[] = [];
try {
  say('an environment of its own: pulumi up');
  await stack.up();
  const { secured, written, superuser } = await logins();
  clients = [secured, written, superuser];
  const begun = Date.now();
  for (const statement of fill(size)) await superuser.query(statement);
  say(
    `${progressRows(size)} rows of ${size.tenants} tenants in ${Math.round((Date.now() - begun) / 1000)} s`,
  );
  await superuser.query(UNBOUND);
  await superuser.query('ANALYZE');
  const measured = await measure(secured, written);
  report(measured);
  if (values.plans) await plans(secured, written);
} finally {
  await Promise.allSettled(clients.map((client) => client.end()));
  await stack.remove();
}

async function logins() {
  const exported = await stack.expect('stack', 'export', '--show-secrets');
  const target = targetFrom(resourcesFrom(JSON.parse(exported)));
  const url = (await stack.urls())['app']?.['psql'];
  if (target === undefined || url === undefined) throw new Error('the environment has no tables');
  const unbound = new URL(withPassword(url, 'only-for-this-benchmark'));
  unbound.username = 'unbound';
  const superuser = new pg.Client({
    ...target.direct,
    ...target.superuser,
    database: target.database,
  });
  await superuser.connect();
  await superuser.query("SELECT set_config('synchronous_commit', 'off', false)");
  const client = (connectionString: string) => new pg.Client({ connectionString });
  return { secured: client(url), written: client(unbound.toString()), superuser };
}

async function measure(secured: pg.Client, written: pg.Client): Promise<Measured[]> {
  await Promise.all([secured.connect(), written.connect()]);
  const measured: Measured[] = [];
  for (const mode of ['prepared', 'unprepared'] as const) {
    for (const question of questions) {
      say(`${question.name} (${mode})`);
      const picks = Array.from({ length: rounds }, pick);
      const times = await alternately(rounds, {
        secured: (round) => ask(secured, question, 'secured', mode, picks[round] ?? []),
        written: (round) => ask(written, question, 'written', mode, picks[round] ?? []),
      });
      measured.push({ question, mode, ...times });
    }
  }
  return measured;
}

/** A tenant, one of its classrooms, and one of its students, by number. */
function pick(): number[] {
  const upTo = (most: number): number => 1 + Math.floor(Math.random() * most);
  return [size.tenants, size.classroomsPerTenant, size.studentsPerClassroom].map(upTo);
}

/** One transaction as the application makes it; milliseconds of its query. */
async function ask(
  client: pg.Client,
  question: Question,
  side: Side,
  mode: Measured['mode'],
  numbers: readonly number[],
): Promise<number> {
  await client.query('BEGIN');
  await client.query({ name: 'say', text: SAY, values: numbers.slice(0, 1) });
  const begin = performance.now();
  const { rowCount } = await client.query({
    ...(mode === 'prepared' ? { name: `${side} ${question.name}` } : {}),
    text: question[side],
    values: numbers.slice(0, question.parameters),
  });
  const ms = performance.now() - begin;
  await client.query('COMMIT');
  // A side that finds nothing would be fast for the wrong reason.
  if (rowCount === 0) throw new Error(`${question.name} (${side}) found no row`);
  return ms;
}

function ratioOf(part: readonly Measured[]): { median: number; p99: number } {
  const a = summary(part.flatMap(({ secured }) => secured));
  const b = summary(part.flatMap(({ written }) => written));
  return { median: a.medianMs / b.medianMs, p99: a.p99Ms / b.p99Ms };
}

function report(measured: readonly Measured[]): void {
  const lines = measured.map((one) => ({
    question: one.question.name,
    belongs: one.question.through ? 'through a parent' : 'by its column',
    mode: one.mode,
    secured: summary(one.secured),
    written: summary(one.written),
    ratio: ratioOf([one]),
  }));
  const all = ratioOf(measured);
  if (values.json) {
    console.log(JSON.stringify({ size, rounds, goal: GOAL, lines, all }, null, 2));
  } else {
    const ms = ({ medianMs, p99Ms }: Summary) => [medianMs.toFixed(2), p99Ms.toFixed(2)];
    const ratio = ({ median, p99 }: { median: number; p99: number }) => [
      median.toFixed(2),
      p99.toFixed(2),
    ];
    console.log(
      table([
        ['QUESTION', 'BELONGS', 'MODE', 'RLS p50', 'p99', 'WHERE p50', 'p99', 'RATIO p50', 'p99'],
        ...lines.map((line) => [
          line.question,
          line.belongs,
          line.mode,
          ...ms(line.secured),
          ...ms(line.written),
          ...ratio(line.ratio),
        ]),
        ['all', '', '', '', '', '', '', ...ratio(all)],
      ]),
    );
  }
  const held = all.median <= GOAL && all.p99 <= GOAL;
  console.log(
    `ratio ${all.median.toFixed(2)} (median) ${all.p99.toFixed(2)} (p99), goal ${GOAL.toFixed(2)}: ${held ? 'pass' : 'fail'}`,
  );
  process.exitCode = held ? 0 : 1;
}

/** How the server finds the rows, on both sides. */
async function plans(secured: pg.Client, written: pg.Client): Promise<void> {
  const numbers = [7, 3, 11];
  for (const question of questions) {
    for (const [side, client] of [
      ['secured', secured],
      ['written', written],
    ] as const) {
      await client.query('BEGIN');
      await client.query(SAY, numbers.slice(0, 1));
      const { rows } = await client.query<Record<string, string>>(
        `EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) ${question[side]}`,
        numbers.slice(0, question.parameters),
      );
      await client.query('COMMIT');
      const plan = rows.map((row) => `  ${row['QUERY PLAN'] ?? ''}`).join('\n');
      console.log(`\n${question.name} (${side})\n${plan}`);
    }
  }
}
