/**
 * What it costs to be watched: memory and processor time of everything that watches, at rest, and the latency of the
 * application's transactions with it and without. `npm run bench:monitoring`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { services } from '../cli/containers.ts';
import { targetFrom } from '../cli/deployed-access.ts';
import { resourcesFrom } from '../cli/state.ts';
import { table } from '../cli/table.ts';
import { docker, TestStack } from '../test/support/stack.ts';
import { quantile } from './support/compare.ts';
import { costOf, type Cost } from './support/container-cost.ts';
import { latency, pairsOf, script, turns, type Latency } from './support/levels.ts';
import { fill } from './support/tenants.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '6' },
    // Two measurements, and every rule twice, in each turn.
    seconds: { type: 'string', default: '30' },
    clients: { type: 'string', default: '4' },
    // Transactions a second: some way below what two cores can do, so that waiting is not what is measured.
    rate: { type: 'string', default: '400' },
    rest: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});

const MIB = 1024 ** 2;
const SETTLE_MS = 20_000;
/** Everything that watches, exporters included. */
const MEMORY_GOAL_MIB = 400;
/** Of one core, at rest. */
const CPU_GOAL = 0.03;
const LATENCY_GOAL = 1.01;
const SIDES = ['alone', 'watched'] as const;
type Side = (typeof SIDES)[number];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const stack = await TestStack.create('bench-monitoring', {
  'plinth:postgres': { slowQuery: '1h' },
  'plinth:monitoring': { enabled: true },
  'plinth:example': { seed: false },
  // A backup or a drill in between would be measured too.
  'plinth:backup': { enabled: false },
});
try {
  say('an environment of its own: pulumi up');
  await stack.up();
  const classroom = await prepare();
  const parts = (await services(stack.name)).map(({ part }) => part).filter(watches);
  const containers = parts.map((part) => stack.container(part));
  say(`at rest for ${values.rest} s: ${parts.join(', ')}`);
  await wait(30_000);
  const atRest = await Promise.all(
    containers.map((container) => costOf([container], () => wait(Number(values.rest) * 1000))),
  );
  const done: { side: Side; ms: number }[] = [];
  for (const side of turns(SIDES, Number(values.pairs))) {
    const others = await inState(containers, side);
    if (others.length > 0) await docker(side === 'alone' ? 'pause' : 'unpause', ...others);
    // What was paused has much to catch up with.
    if (others.length > 0) await wait(SETTLE_MS);
    const { meanMs } = await load(classroom);
    say(`${side} ${meanMs.toFixed(3)} ms`);
    done.push({ side, ms: meanMs });
  }
  report(parts, atRest, done);
} finally {
  const paused = await docker(
    'ps',
    '-q',
    '--filter',
    `label=plinth.stack=${stack.name}`,
    '--filter',
    'status=paused',
  );
  if (paused !== '') await docker('unpause', ...paused.split('\n'));
  await stack.remove();
}

function watches(part: string): boolean {
  return /-exporter$|^(prometheus|alertmanager|watch|grafana|pgwatch)$/.test(part);
}

/** Those that are not yet as a side wants them: to pause twice is an error. */
async function inState(containers: readonly string[], side: Side): Promise<string[]> {
  const states = await Promise.all(
    containers.map((name) => docker('inspect', '--format', '{{.State.Paused}}', name)),
  );
  return containers.filter((_, index) => (states[index] === 'true') === (side === 'watched'));
}

/** Fills the tables, and puts the script where pgbench finds it. */
async function prepare(): Promise<{ user: string; who: string; classroom: string }> {
  const resources = resourcesFrom(
    JSON.parse(await stack.expect('stack', 'export', '--show-secrets')),
  );
  const target = targetFrom(resources);
  const login = target?.logins['app'];
  if (target === undefined || login === undefined) throw new Error('the environment has no tables');
  const superuser = new pg.Client({
    ...target.direct,
    ...target.superuser,
    database: target.database,
  });
  await superuser.connect();
  const size = {
    tenants: 100,
    classroomsPerTenant: 10,
    studentsPerClassroom: 20,
    lessonsPerStudent: 1,
  };
  for (const statement of fill(size)) await superuser.query(statement);
  const { rows } = await superuser.query<{ who: string; classroom: string }>(
    'SELECT facilitator_id AS who, id AS classroom FROM classrooms ORDER BY id LIMIT 1',
  );
  await superuser.end();
  await docker(
    'exec',
    stack.container('postgres'),
    'sh',
    '-c',
    'echo "$0" > /tmp/load.sql',
    script('setting'),
  );
  // The Docker client hands it on from here; an argument could be read by others, and is part of errors.
  process.env['PGPASSWORD'] = login.password;
  const [first = { who: '', classroom: '' }] = rows;
  return { user: login.user, ...first };
}

async function load(of: { user: string; who: string; classroom: string }): Promise<Latency> {
  const where = ['-h', 'pgbouncer', '-p', '6432', '-U', of.user];
  const much = [
    '-c',
    values.clients,
    '-j',
    values.clients,
    '-T',
    values.seconds,
    '-R',
    values.rate,
  ];
  const what = ['-D', `who=${of.who}`, '-D', `classroom=${of.classroom}`, '-f', '/tmp/load.sql'];
  const pgbench = ['exec', '-e', 'PGPASSWORD', stack.container('postgres'), 'pgbench'];
  return latency(
    await docker(...pgbench, ...where, '-n', '-M', 'extended', ...much, ...what, 'classrooms'),
  );
}

function report(
  parts: readonly string[],
  atRest: readonly Cost[],
  done: readonly { side: Side; ms: number }[],
): void {
  const memory = atRest.reduce((sum, { peakBytes }) => sum + peakBytes, 0) / MIB;
  const cpu = atRest.reduce((sum, { cpuSeconds, seconds }) => sum + cpuSeconds / seconds, 0);
  const ratios = pairsOf(done, SIDES);
  const ratio = quantile(ratios, 0.5);
  if (values.json) {
    console.log(JSON.stringify({ values, parts, atRest, done, memory, cpu, ratios }, undefined, 2));
  } else {
    const rows = parts.map((part, index) => {
      const { peakBytes = 0, cpuSeconds = 0, seconds = 1 } = atRest[index] ?? {};
      return [part, (peakBytes / MIB).toFixed(0), `${((100 * cpuSeconds) / seconds).toFixed(2)} %`];
    });
    const sum = ['all', memory.toFixed(0), `${(100 * cpu).toFixed(2)} %`];
    console.log(table([['PART', 'MiB', 'OF ONE CORE'], ...rows, sum]));
  }
  const goals = [
    [
      'memory of all',
      memory / MEMORY_GOAL_MIB,
      1,
      `${memory.toFixed(0)} of ${MEMORY_GOAL_MIB} MiB`,
    ],
    [
      'processor at rest',
      cpu / CPU_GOAL,
      1,
      `${(100 * cpu).toFixed(1)} of ${(100 * CPU_GOAL).toFixed(0)} % of a core`,
    ],
    [
      'latency watched / alone',
      ratio,
      LATENCY_GOAL,
      `from ${quantile(ratios, 0).toFixed(3)} to ${quantile(ratios, 1).toFixed(3)} in pairs`,
    ],
  ] as const;
  for (const [name, value, most, words] of goals) {
    console.log(
      `ratio ${value.toFixed(3)} goal ${most.toFixed(2)}: ${value <= most ? 'pass' : 'fail'} (${name}: ${words})`,
    );
  }
  process.exitCode = goals.every(([, value, most]) => value <= most) ? 0 : 1;
}
