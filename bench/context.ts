/**
 * The price of a signed tenant: transactions of the application with a token (level 2) against the same with a setting
 * (level 1), through PgBouncer, on one server that goes from one level to the other in turns. `npm run bench -- context`.
 */
import { parseArgs } from 'node:util';
import { mintToken } from '../rls/token/token.ts';
import type { ContextMode } from '../rls/model/tenant-context.ts';
import { table } from '../cli/table.ts';
import { tenantContext } from '../provider/resources/tenant-context.ts';
import type { ContextInputs } from '../provider/resources/tenant-context/inputs.ts';
import { docker, TestStack } from '../test/support/stack.ts';
import { fillClassrooms, pgbench, type Classrooms } from './support/classrooms.ts';
import { quantile } from './support/compare.ts';
import {
  pairs,
  PROCESSOR_TIME,
  processorTime,
  script,
  throughput,
  turns,
  type Throughput,
  type Turn,
} from './support/levels.ts';

/** Share of level 1's throughput that level 2 must keep, in the median of the pairs. */
const GOAL = 0.9;

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '8' },
    // Level 2 pays for what only level 1 needs, which shows the price of tenant.enter() alone.
    'same-pooler': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const KEY = { id: 'bench', secret: 'b5'.repeat(32) };
const LEVELS: readonly ContextMode[] = ['setting', 'signed'];
/** As pgbench calls them: every statement is planned, or none is after the first. */
const MODES = { unprepared: 'extended', prepared: 'prepared' } as const;
type Mode = keyof typeof MODES;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const stack = await TestStack.create('bench-context', {
  'plinth:postgres': { slowQuery: '1h' },
  'plinth:access': { context: 'setting' },
  'plinth:application': { seed: false },
});
const postgres = stack.container('postgres');
try {
  say('an environment of its own: pulumi up');
  await stack.up();
  const scene = await prepare();
  const measured: [Mode, Turn<ContextMode>[]][] = [];
  for (const mode of Object.keys(MODES) as Mode[]) {
    const done: Turn<ContextMode>[] = [];
    for (const level of turns(LEVELS, Number(values.pairs))) {
      await become(level, scene.context);
      const before = await processorUs();
      const { tps, transactions } = await load(mode, level, scene);
      const us = ((await processorUs()) - before) / transactions;
      say(`${mode} ${level} ${tps.toFixed(0)} transactions a second, ${us.toFixed(0)} µs each`);
      done.push({ side: level, tps, us });
    }
    measured.push([mode, done]);
  }
  report(measured);
} finally {
  await stack.remove();
}

/** What an update makes of a level: its functions, and a pooler that empties the setting where it is one. */
async function become(level: ContextMode, context: ContextInputs): Promise<void> {
  await tenantContext.update?.('classrooms', {} as never, { ...context, mode: level });
  const empties = level === 'setting' || values['same-pooler'];
  await stack.pooler(`SET server_reset_query_always = ${empties ? 1 : 0}`);
}

/** What a turn needs to know of the environment. */
interface Scene {
  readonly classrooms: Classrooms;
  readonly context: ContextInputs;
  /** What the application says at each level. */
  readonly who: Readonly<Record<ContextMode, string>>;
}

/** Fills the tables, and makes what each level says. */
async function prepare(): Promise<Scene> {
  const scripts = { setting: script('setting'), signed: script('signed') };
  const classrooms = await fillClassrooms(stack, scripts);
  const { resources, target, tenant } = classrooms;
  const made = resources.find(({ type }) => type === 'plinth:index:TenantContext');
  if (made === undefined) throw new Error('the environment has no tenants');
  const expiresAt = new Date(Date.now() + 3_600_000);
  return {
    classrooms,
    context: { ...(made.inputs as unknown as ContextInputs), keys: { [KEY.id]: KEY.secret } },
    who: {
      setting: tenant,
      signed: mintToken({ key: KEY, database: target.database, tenant, expiresAt }),
    },
  };
}

/** Processor time of Postgres, PgBouncer and pgbench, which runs beside Postgres: what else the machine does is not in it. */
async function processorUs(): Promise<number> {
  const used = await Promise.all(
    [postgres, stack.container('pgbouncer')].map(async (container) =>
      processorTime(await docker('exec', container, 'sh', '-c', PROCESSOR_TIME)),
    ),
  );
  return used.reduce((sum, us) => sum + us, 0);
}

/** As many clients as were asked for, from beside the pooler. */
async function load(mode: Mode, level: ContextMode, scene: Scene): Promise<Throughput> {
  const { clients, seconds } = values;
  const run = { script: level, mode: MODES[mode], who: scene.who[level], clients, seconds };
  return throughput(await pgbench(scene.classrooms, run));
}

function report(measured: readonly [Mode, readonly Turn<ContextMode>[]][]): void {
  const lines = measured.map(([mode, done]) => {
    const of = (level: ContextMode, number: 'tps' | 'us') =>
      quantile(
        done.filter(({ side }) => side === level).map((turn) => turn[number]),
        0.5,
      );
    const ratios = pairs(done, LEVELS, 'tps');
    return {
      mode,
      level1: { tps: of('setting', 'tps'), us: of('setting', 'us') },
      level2: { tps: of('signed', 'tps'), us: of('signed', 'us') },
      ratio: [0.5, 0, 1].map((share) => quantile(ratios, share)),
      processor: 1 / quantile(pairs(done, LEVELS, 'us'), 0.5),
      median: quantile(ratios, 0.5),
    };
  });
  if (values.json) console.log(JSON.stringify({ values, goal: GOAL, lines }, null, 2));
  else {
    console.log(
      table([
        ['STATEMENTS', 'LEVEL 1 tps', 'µs', 'LEVEL 2 tps', 'µs', 'RATIO', 'LOW', 'HIGH', 'OF µs'],
        ...lines.map(({ mode, level1, level2, ratio, processor }) => [
          mode,
          ...[level1.tps, level1.us, level2.tps, level2.us].map((one) => one.toFixed(0)),
          ...[...ratio, processor].map((one) => one.toFixed(2)),
        ]),
      ]),
    );
  }
  const held = lines.every(({ median }) => median >= GOAL);
  const said = lines.map(({ mode, median }) => `${median.toFixed(2)} (${mode})`).join(' ');
  console.log(`ratio ${said}, goal ${GOAL.toFixed(2)}: ${held ? 'pass' : 'fail'}`);
  process.exitCode = held ? 0 : 1;
}
