/**
 * What a cold start costs on a machine that reaches package registries alone: processor time of every part, today's recipe
 * against that of this checkout. Nothing of the user's is used or removed: caches and images have names of their own. Go
 * modules come from the user's module cache: a download is no processor time. `npm run bench -- setup`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../cli/table.ts';
import { baseTag, type ImageBuild } from '../bootstrap/image-list.ts';
import { places } from '../lib/paths.ts';
import { run } from '../lib/process.ts';
import { processorTime, type ProcessorTime } from './support/processor-time.ts';

const { values } = parseArgs({
  options: {
    // What is compared with; the last commit before images were built once.
    commit: { type: 'string', default: 'f6a5ad5' },
    only: { type: 'string', default: 'go,base,images' },
    // For each part of each side; a slow machine needs more than an hour for the Go builds.
    minutes: { type: 'string', default: '60' },
  },
});

const GOAL = 1 / 3;
const { root } = places();
const only = values.only.split(',');
const atMostSec = Number(values.minutes) * 60;
const own = `plinth-bench-${String(process.pid)}`;
const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-setup-'));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

type Side = 'before' | 'now';
interface Row {
  readonly part: string;
  readonly before: number;
  readonly now: number;
}
const rows: Row[] = [];
let failed = false;

/** Seconds that count: those of the processes, or of the whole machine where the Docker daemons do the work. */
function counted(name: string, time: ProcessorTime, of: 'own' | 'machine'): number {
  const seconds = of === 'own' ? time.ownSec : time.machineSec;
  if (time.code !== 0) {
    failed = true;
    say(`${name}: ended with ${String(time.code)} after ${time.wallSec.toFixed(0)} s`);
    return Number.NaN;
  }
  const load = (loadavg()[0] ?? 0).toFixed(1);
  say(
    `${name}: ${seconds.toFixed(1)} s of processor, ${time.wallSec.toFixed(0)} s on the clock, load ${load}`,
  );
  return seconds;
}

function oldCheckout(): string {
  const old = join(folder, 'old');
  mkdirSync(old);
  const archive = execFileSync('git', ['archive', values.commit], {
    cwd: root,
    maxBuffer: 2 ** 28,
  });
  execFileSync('tar', ['-x', '-C', old], { input: archive });
  symlinkSync(join(root, 'node_modules'), join(old, 'node_modules'));
  return old;
}

const recipe = (checkout: string, ...args: string[]): string[] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  join(root, 'bench', 'support', 'recipe.ts'),
  checkout,
  ...args,
];

async function goBuilds(side: Side, checkout: string): Promise<number> {
  const home = join(folder, `go-${side}`);
  mkdirSync(home);
  const modules = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim();
  const time = await processorTime(recipe(checkout, 'go', home), {
    cwd: checkout,
    env: { PLINTH_TOOLCHAIN: 'build', GOCACHE: join(home, 'go-cache'), GOMODCACHE: modules },
    atMostSec,
  });
  rmSync(home, { recursive: true, force: true });
  return counted(`Go builds, ${side}`, time, 'own');
}

async function baseImage(side: Side, checkout: string): Promise<number> {
  const time = await processorTime(['bash', 'images/base/build.sh', `${own}-${side}`], {
    cwd: checkout,
    atMostSec,
  });
  return counted(`base image, ${side}`, time, 'machine');
}

async function buildAll(side: Side, checkout: string, buildkit: '0' | '1'): Promise<number> {
  const { stdout } = await run(process.execPath, recipe(checkout, 'images').slice(1), {
    cwd: checkout,
  });
  const builds = JSON.parse(stdout) as [string, ImageBuild][];
  // The base of the benchmark where it has just made one, else the one that set-up has made.
  const base = only.includes('base')
    ? `plinth/base:${own}-${side}`
    : `plinth/base:${baseTag(root)}`;
  const names = new Map(
    builds.map(([name, { reference }]) => [reference, `${own}/${name}:${side}`]),
  );
  let sum = 0;
  for (const [name, { reference, context, buildArgs }] of builds) {
    const args = { ...buildArgs, BASE: names.get(buildArgs['BASE'] ?? '') ?? base };
    const settings = Object.entries(args).flatMap(([key, value]) => [
      '--build-arg',
      `${key}=${value}`,
    ]);
    const time = await processorTime(
      ['docker', 'build', '--no-cache', ...settings, '--tag', names.get(reference) ?? own, context],
      { cwd: checkout, env: { DOCKER_BUILDKIT: buildkit }, atMostSec },
    );
    sum += counted(
      `image ${name}, ${side}${buildkit === '1' ? ', by BuildKit' : ''}`,
      time,
      'machine',
    );
  }
  return sum;
}

/** Names that this run has given; images that others use too stay. */
async function removeOwn(): Promise<void> {
  const { stdout } = await run('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}']);
  const mine = stdout.split('\n').filter((name) => name.includes(own));
  if (mine.length > 0) await run('docker', ['image', 'rm', ...mine]);
}

try {
  const old = oldCheckout();
  if (only.includes('go')) {
    rows.push({
      part: 'Go builds: engine and plugins',
      before: await goBuilds('before', old),
      now: await goBuilds('now', root),
    });
  }
  if (only.includes('base')) {
    rows.push({
      part: 'base image',
      before: await baseImage('before', old),
      now: await baseImage('now', root),
    });
  }
  if (only.includes('images')) {
    rows.push({
      part: 'images, by set-up',
      before: await buildAll('before', old, '0'),
      now: await buildAll('now', root, '0'),
    });
    // The plugin has a BuildKit client of its own; the docker client has one only with buildx. A classic build is the nearest.
    const { code } = await run('docker', ['buildx', 'version']);
    if (code !== 0)
      say('the docker client has no buildx: the builds of `up` are measured as classic ones');
    rows.push({
      part: 'images, by up',
      before: await buildAll('before', old, code === 0 ? '1' : '0'),
      now: counted(
        'images that set-up has built, taken by up',
        await processorTime(recipe(root, 'take'), { cwd: root, atMostSec }),
        'machine',
      ),
    });
  }
  report();
} finally {
  await removeOwn();
  rmSync(folder, { recursive: true, force: true });
}

function report(): void {
  const total = {
    part: 'all',
    before: rows.reduce((sum, { before }) => sum + before, 0),
    now: rows.reduce((sum, { now }) => sum + now, 0),
  };
  const seconds = (value: number) => (Number.isNaN(value) ? 'not finished' : value.toFixed(1));
  const share = (value: number) => (Number.isNaN(value) ? '-' : value.toFixed(3));
  console.log(
    table([
      ['part', `${values.commit} s`, 'now s', 'ratio'],
      ...[...rows, total].map(({ part, before, now }) => [
        part,
        seconds(before),
        seconds(now),
        share(now / before),
      ]),
    ]),
  );
  console.log(
    'Processor seconds. Go: user and system time of the builds. Images: busy time of the whole machine, since the Docker ' +
      'daemons do the work; whatever else runs meanwhile is in it.',
  );
  const ratio = total.now / total.before;
  const pass = !failed && ratio <= GOAL;
  console.log(`ratio ${share(ratio)} goal ${GOAL.toFixed(2)}: ${pass ? 'pass' : 'fail'}`);
  process.exitCode = pass ? 0 : 1;
}
