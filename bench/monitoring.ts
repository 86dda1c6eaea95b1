/**
 * What it costs to be watched: memory and processor time of everything that watches, at rest, and the latency of the
 * application's transactions with it and without. `npm run bench:monitoring`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { services } from '../cli/containers.ts';
import { table } from '../cli/table.ts';
import { docker, TestStack } from '../test/support/stack.ts';
import { fillClassrooms, timed, type Classrooms } from './support/classrooms.ts';
import { quantile } from './support/compare.ts';
import { costOf, type Cost } from './support/container-cost.ts';
import {
  compared,
  STATISTICS,
  type Compared,
  type Statistic,
  type TimedTurn,
} from './support/latency.ts';
import { script, turns } from './support/levels.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '8' },
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
/** Of the median: a machine that stands still for a second decides every mean. */
const LATENCY_GOAL = 1.01;
const STATISTIC_NAMES = Object.keys(STATISTICS) as Statistic[];
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
  const classrooms = await fillClassrooms(stack, { load: script('setting') });
  const parts = (await services(stack.name)).map(({ part }) => part).filter(watches);
  const containers = parts.map((part) => stack.container(part));
  say(`at rest for ${values.rest} s: ${parts.join(', ')}`);
  await wait(30_000);
  const atRest = await Promise.all(
    containers.map((container) => costOf([container], () => wait(Number(values.rest) * 1000))),
  );
  const done: TimedTurn<Side>[] = [];
  for (const side of turns(SIDES, Number(values.pairs))) {
    const others = await inState(containers, side);
    if (others.length > 0) await docker(side === 'alone' ? 'pause' : 'unpause', ...others);
    // What was paused has much to catch up with.
    if (others.length > 0) await wait(SETTLE_MS);
    const times = await load(classrooms);
    const { median, p95, mean } = STATISTICS;
    const words = [median, p95, mean].map((of) => of(times).toFixed(3));
    say(`${side} median ${words[0]}, p95 ${words[1]}, mean ${words[2]} ms`);
    done.push({ side, times });
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

function load(classrooms: Classrooms): Promise<number[]> {
  const { clients, seconds, rate } = values;
  const who = classrooms.tenant;
  return timed(classrooms, { script: 'load', mode: 'extended', who, clients, seconds, rate });
}

function report(
  parts: readonly string[],
  atRest: readonly Cost[],
  done: readonly TimedTurn<Side>[],
): void {
  const memory = atRest.reduce((sum, { peakBytes }) => sum + peakBytes, 0) / MIB;
  const cpu = atRest.reduce((sum, { cpuSeconds, seconds }) => sum + cpuSeconds / seconds, 0);
  const latency = Object.fromEntries(
    STATISTIC_NAMES.map((name) => [name, compared(done, SIDES, name)] as const),
  ) as Record<Statistic, Compared>;
  if (values.json) {
    console.log(JSON.stringify({ values, parts, atRest, memory, cpu, latency }, undefined, 2));
  } else {
    const rows = parts.map((part, index) => {
      const { peakBytes = 0, cpuSeconds = 0, seconds = 1 } = atRest[index] ?? {};
      return [part, (peakBytes / MIB).toFixed(0), `${((100 * cpuSeconds) / seconds).toFixed(2)} %`];
    });
    const sum = ['all', memory.toFixed(0), `${(100 * cpu).toFixed(2)} %`];
    console.log(table([['PART', 'MiB', 'OF ONE CORE'], ...rows, sum]));
    console.log(
      table([
        ['LATENCY', 'ALONE', 'WATCHED', 'RATIO', 'IN PAIRS', 'ALONE TO ALONE'],
        ...STATISTIC_NAMES.map((name) => [name, ...latencyRow(latency[name])]),
      ]),
    );
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
      'median latency watched / alone',
      quantile(latency.median.ratios, 0.5),
      LATENCY_GOAL,
      `${range(latency.median.ratios)} in pairs`,
    ],
  ] as const;
  for (const [name, value, most, words] of goals) {
    console.log(
      `ratio ${value.toFixed(3)} goal ${most.toFixed(2)}: ${value <= most ? 'pass' : 'fail'} (${name}: ${words})`,
    );
  }
  process.exitCode = goals.every(([, value, most]) => value <= most) ? 0 : 1;
}

function latencyRow({ first, second, ratios, noise }: Compared): string[] {
  const ms = [first, second].map((one) => `${one.toFixed(3)} ms`);
  return [...ms, quantile(ratios, 0.5).toFixed(3), range(ratios), range(noise)];
}

function range(of: readonly number[]): string {
  return `${quantile(of, 0).toFixed(2)} to ${quantile(of, 1).toFixed(2)}`;
}
