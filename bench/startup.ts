/**
 * What it costs to start: help against an empty Node, and a preview without changes against that of an empty Pulumi
 * program, in turns. `npm run bench -- startup`.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../cli/table.ts';
import { places } from '../lib/paths.ts';
import { TestStack } from '../test/support/stack.ts';
import { alternately, quantile } from './support/compare.ts';
import { emptyProgram } from './support/empty-program.ts';
import { timed, type Took } from './support/timed.ts';

/** How many times as long as its baseline each may take. */
const GOALS = [
  { side: 'plinth --help', baseline: 'node -e 0', goal: 3 },
  { side: 'npx plinth --help', baseline: 'node -e 0', goal: 9 },
  { side: 'preview', baseline: 'empty preview', goal: 2.5 },
] as const;

type Side = (typeof GOALS)[number]['side' | 'baseline'];

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '21' },
    previews: { type: 'string', default: '11' },
    json: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const { root } = places();
const processor = new Map<Side, number[]>();

/** One side of a comparison; its processor time is kept beside what is compared. */
function measured(side: Side, run: () => Took) {
  return (): Promise<number> => {
    const { wallMs, processorMs } = run();
    processor.set(side, [...(processor.get(side) ?? []), processorMs]);
    return Promise.resolve(wallMs);
  };
}

// The machine's own Node, as people start it; npm and Jest put the checkout's in front.
const path = (process.env['PATH'] ?? '')
  .split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':');
const shell = { cwd: root, env: { ...process.env, PATH: path, NODE_OPTIONS: undefined } };
const empty = emptyProgram();
const stack = await TestStack.create('bench-startup', {
  'plinth:monitoring': { enabled: true },
});
try {
  say('an environment of its own, with everything that watches it: pulumi up');
  await stack.up();
  const preview = [
    ...[join(root, 'bootstrap/shim/pulumi'), 'preview', '--stack', stack.name],
    ...['--config-file', stack.configFile, '--expect-no-changes', '--non-interactive'],
  ];
  say('help in turns');
  const starts = await alternately(Number(values.starts), {
    'node -e 0': measured('node -e 0', () => timed(['node', '-e', '0'], shell)),
    'plinth --help': measured('plinth --help', () =>
      timed(['node', 'cli/plinth.mjs', '--help'], shell),
    ),
    'npx plinth --help': measured('npx plinth --help', () =>
      timed(['npx', 'plinth', '--help'], shell),
    ),
  });
  say('previews in turns');
  const previews = await alternately(Number(values.previews), {
    'empty preview': measured('empty preview', () => timed(empty.preview, empty)),
    preview: measured('preview', () => timed(preview, { cwd: root, env: stack.environment })),
  });
  report({ ...starts, ...previews });
} finally {
  empty.remove();
  await stack.remove();
}

/** Medians of all sides, then what they come to against the goals. */
function report(wall: Readonly<Record<Side, readonly number[]>>): void {
  const median = (times: readonly number[] = []) => quantile(times, 0.5);
  const sides = Object.keys(wall) as Side[];
  const ratios = GOALS.map(({ side, baseline, goal }) => {
    const ratio = median(wall[side]) / median(wall[baseline]);
    const work = median(processor.get(side)) / median(processor.get(baseline));
    return { side, baseline, goal, ratio, processorRatio: work, pass: ratio <= goal };
  });
  if (values.json) {
    const medians = sides.map((side) => ({
      side,
      wallMs: median(wall[side]),
      processorMs: median(processor.get(side)),
    }));
    console.log(JSON.stringify({ medians, ratios }, undefined, 2));
  } else {
    const rows = sides.map((side) => [
      side,
      `${median(wall[side]).toFixed(0)} ms`,
      `${median(processor.get(side)).toFixed(0)} ms`,
    ]);
    console.log(table([['what', 'median', 'processor time'], ...rows]));
    for (const { side, baseline, goal, ratio, processorRatio, pass } of ratios) {
      console.log(
        `ratio ${ratio.toFixed(2)} (${side} / ${baseline}; of processor time ${processorRatio.toFixed(2)}) goal ${goal}: ${pass ? 'pass' : 'fail'}`,
      );
    }
  }
  process.exitCode = ratios.every(({ pass }) => pass) ? 0 : 1;
}
