/**
 * What it costs to be watched: memory and processor time of everything that watches, at rest, and what it adds to the
 * application's transactions. `npm run bench -- monitoring`.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { partsOf } from '../cli/containers.ts';
import { table } from '../cli/table.ts';
import { TestStack } from '../test/support/stack.ts';
import { fillClassrooms, timed, type Classrooms } from './support/classrooms.ts';
import { costOf, stretchesOf, type Cost } from './support/container-cost.ts';
import {
  interference,
  type Interference,
  type Stretch,
  type Transaction,
} from './support/interference.ts';
import { script } from './support/levels.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    clients: { type: 'string', default: '4' },
    // Transactions a second: some way below what two cores can do, so that waiting is not what is measured.
    rate: { type: 'string', default: '400' },
    rest: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});

const MIB = 1024 ** 2;
/** Everything that watches, exporters included. */
const MEMORY_GOAL_MIB = 400;
/** Of one core, at rest. */
const CPU_GOAL = 0.03;
const LATENCY_GOAL = 1.01;
/** How often it is looked who works: some transactions each time. */
const STRETCH_MS = 50;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const stack = await TestStack.create('bench-monitoring', {
  'plinth:postgres': { slowQuery: '1h' },
  'plinth:monitoring': { enabled: true },
  'plinth:application': { seed: false },
  // A backup or a drill in between would be measured too.
  'plinth:backup': { enabled: false },
});
try {
  say('an environment of its own: pulumi up');
  await stack.up();
  const classrooms = await fillClassrooms(stack, { load: script('setting') });
  const parts = (await partsOf(stack.name)).filter(watches);
  const containers = parts.map((part) => stack.container(part));
  say(`at rest for ${values.rest} s: ${parts.join(', ')}`);
  await wait(30_000);
  const atRest = await Promise.all(
    containers.map((container) => costOf([container], () => wait(Number(values.rest) * 1000))),
  );
  say(`the application for ${values.seconds} s`);
  let transactions: readonly Transaction[] = [];
  const stretches = await stretchesOf(containers, STRETCH_MS, async () => {
    transactions = await load(classrooms);
  });
  report(parts, atRest, transactions, stretches);
} finally {
  await stack.remove();
}

function watches(part: string): boolean {
  return /-exporter$|^(prometheus|alertmanager|watch|grafana|pgwatch)$/.test(part);
}

function load(classrooms: Classrooms): Promise<Transaction[]> {
  const { clients, seconds, rate } = values;
  const who = classrooms.tenant;
  return timed(classrooms, { script: 'load', mode: 'extended', who, clients, seconds, rate });
}

function report(
  parts: readonly string[],
  atRest: readonly Cost[],
  transactions: readonly Transaction[],
  stretches: readonly Stretch[],
): void {
  const memory = atRest.reduce((sum, { peakBytes }) => sum + peakBytes, 0) / MIB;
  const cpu = atRest.reduce((sum, { cpuSeconds, seconds }) => sum + cpuSeconds / seconds, 0);
  const added = interference(transactions, stretches);
  if (values.json) {
    console.log(JSON.stringify({ values, parts, atRest, memory, cpu, added }, undefined, 2));
  } else {
    const rows = parts.map((part, index) => {
      const { peakBytes = 0, cpuSeconds = 0, seconds = 1 } = atRest[index] ?? {};
      return [part, (peakBytes / MIB).toFixed(0), `${((100 * cpuSeconds) / seconds).toFixed(2)} %`];
    });
    const sum = ['all', memory.toFixed(0), `${(100 * cpu).toFixed(2)} %`];
    console.log(table([['PART', 'MiB', 'OF ONE CORE'], ...rows, sum]));
    console.log(
      table([
        ['LATENCY', 'ADDED', 'AT OTHER MOMENTS', 'MOMENTS', 'MET BY', 'WHO TAKE'],
        ['of a transaction', ...interferenceRow(added)],
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
      'latency watched / not',
      added.ratio,
      LATENCY_GOAL,
      `${percent(added.ratio - 1)} added; at other moments ${percent(added.control.mean - 1)}`,
    ],
  ] as const;
  for (const [name, value, most, words] of goals) {
    console.log(
      `ratio ${value.toFixed(3)} goal ${most.toFixed(2)}: ${value <= most ? 'pass' : 'fail'} (${name}: ${words})`,
    );
  }
  process.exitCode = goals.every(([, value, most]) => value <= most) ? 0 : 1;
}

function interferenceRow({ ratio, control, moments, met, factor }: Interference): string[] {
  const others = `${percent(control.mean - 1)} ± ${percent(control.deviation)}`;
  return [percent(ratio - 1), others, String(moments), percent(met), `× ${factor.toFixed(3)}`];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
