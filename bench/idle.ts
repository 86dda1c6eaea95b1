/**
 * What an idle environment costs, of this checkout and of a base commit: process creations and processor
 * time. Each is measured alone. The machine should have nothing else to do. `npm run bench -- idle`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { containerIds } from '../cli/containers.ts';
import { table } from '../cli/table.ts';
import { run } from '../lib/process.ts';
import type * as support from '../test/support/stack.ts';
import { baseCheckout, setUp, sharePackages } from './support/base-checkout.ts';
import { allCpuSeconds } from './support/container-cost.ts';
import {
  above,
  daemonSec,
  goals,
  machineCounters,
  percent,
  rates,
  type Counters,
  type Rates,
} from './support/idle.ts';

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'f6a5ad5' },
    // How long each is measured.
    seconds: { type: 'string', default: '120' },
    // Time to come to rest after the first backup has been restored.
    rest: { type: 'string', default: '60' },
    // Only this checkout: no ratio of processor time.
    'head-only': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const HERE = path.resolve(import.meta.dirname, '..');
const FIRST_DRILL_SEC = 900;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

say(`the machine without an environment, for ${values.seconds} s`);
const rest = await measured([]);
const head = await environment(HERE, 'bench-idle-head');
const base = values['head-only'] ? undefined : await baseEnvironment();
report();

async function baseEnvironment(): Promise<Rates> {
  const checkout = await baseCheckout(values.base);
  try {
    sharePackages(checkout.folder);
    await setUp(checkout.folder);
    return await environment(checkout.folder, 'bench-idle-base');
  } finally {
    await checkout.remove();
  }
}

/** Brings up an environment like dev, with monitoring, from a checkout, measures it at rest, and removes it. */
async function environment(checkout: string, name: string): Promise<Rates> {
  const file = path.join(checkout, 'test/support/stack.ts');
  // The stack's own code is that of its checkout.
  const { TestStack } = (await import(pathToFileURL(file).href)) as typeof support;
  const stack = await TestStack.create(name, { 'plinth:monitoring': { enabled: true } });
  try {
    say(`${name}: pulumi up`);
    await stack.up();
    say(`${name}: waiting for the first backup and its drill`);
    await drilled(stack.container('drill'));
    await wait(Number(values.rest) * 1000);
    const ids = await containerIds(`plinth.stack=${name}`, 'plinth.kind=service');
    say(`${name}: ${String(ids.length)} containers at rest, for ${values.seconds} s`);
    return await measured(ids);
  } finally {
    await stack.remove();
  }
}

async function drilled(container: string): Promise<void> {
  const deadline = Date.now() + FIRST_DRILL_SEC * 1000;
  while (Date.now() < deadline) {
    const { stdout } = await run('docker', [
      'exec',
      container,
      'cat',
      '/var/lib/drill/status.json',
    ]);
    if (stdout.includes('last_success')) return;
    await wait(5000);
  }
  throw new Error(
    `no drill has come to its end within ${String(FIRST_DRILL_SEC)} s: see docker logs ${container}`,
  );
}

async function measured(ids: readonly string[]): Promise<Rates> {
  const before = counters(ids);
  await wait(Number(values.seconds) * 1000);
  return rates(before, counters(ids));
}

function counters(ids: readonly string[]): Counters {
  return {
    atMs: performance.now(),
    ...machineCounters(readFileSync('/proc/stat', 'utf8')),
    containersSec: allCpuSeconds(ids),
    daemonsSec: readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .reduce((sum, pid) => sum + daemonSec(statOf(pid)), 0),
  };
}

/** Empty for a process that has ended meanwhile. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

function report(): void {
  const sides: [string, Rates][] = [
    ['this checkout', above(rest, head)],
    ...(base === undefined ? [] : ([[values.base, above(rest, base)]] as [string, Rates][])),
  ];
  const verdicts =
    base === undefined ? goals(rest, head, head).slice(0, 1) : goals(rest, base, head);
  if (values.json) {
    console.log(JSON.stringify({ values, rest, head, base, verdicts }, undefined, 2));
  } else {
    const row = (name: string, one: Rates) => [
      name,
      one.forksPerMin.toFixed(0),
      percent(one.containers),
      percent(one.daemons),
      percent(one.machine),
    ];
    console.log(
      table([
        ['AT REST', 'PROCESSES A MINUTE', 'CONTAINERS', 'DAEMONS', 'WHOLE MACHINE'],
        row('no environment', rest),
        ...sides.map(([name, one]) => row(name, one)),
      ]),
    );
    console.log(
      'Processor time is of one core; environments are shown without what the machine does by itself.',
    );
  }
  for (const { line } of verdicts) console.log(line);
  process.exitCode = verdicts.every(({ met }) => met) ? 0 : 1;
}
