/** What a piece of work costs inside containers, by what the kernel counted for them. */
import { existsSync, readFileSync } from 'node:fs';
import { docker } from '../../test/support/stack.ts';
import type { Stretch } from './interference.ts';

export interface Cost {
  readonly seconds: number;
  /** Processor time of all the containers together. */
  readonly cpuSeconds: number;
  /** Most memory that programs held at one time in the first container, without the cache of files. */
  readonly peakBytes: number;
}

const SAMPLE_MS = 200;
const NANO = 1e9;
const MICRO = 1e6;

/**
 * Does the work and measures it.
 *
 * @param containers the first is the one whose memory counts
 */
export async function costOf(
  containers: readonly string[],
  work: () => Promise<unknown>,
): Promise<Cost> {
  const ids = await idsOf(containers);
  const cpu = () => allCpuSeconds(ids);
  let peakBytes = 0;
  const sample = () => {
    peakBytes = Math.max(peakBytes, programBytes(ids[0] ?? ''));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const before = cpu();
  const begun = performance.now();
  try {
    await work();
    sample();
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, cpuSeconds: cpu() - before, peakBytes };
  } finally {
    clearInterval(timer);
  }
}

/** Does the work, and tells when some containers worked meanwhile. */
export async function stretchesOf(
  containers: readonly string[],
  everyMs: number,
  work: () => Promise<unknown>,
): Promise<Stretch[]> {
  const ids = await idsOf(containers);
  const look = () => ({ atMs: Date.now(), cpuMs: allCpuSeconds(ids) * 1000 });
  const looks = [look()];
  const timer = setInterval(() => looks.push(look()), everyMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return looks.slice(1).map(({ atMs, cpuMs }, index) => {
    const before = looks[index] ?? { atMs, cpuMs };
    return { fromMs: before.atMs, toMs: atMs, cpuMs: cpuMs - before.cpuMs };
  });
}

function idsOf(containers: readonly string[]): Promise<string[]> {
  return Promise.all(containers.map((name) => docker('inspect', '--format', '{{.Id}}', name)));
}

/** Processor time of containers together, up to now; by their full ids. */
export function allCpuSeconds(ids: readonly string[]): number {
  return ids.reduce((sum, id) => sum + cpuSeconds(id), 0);
}

/** Where the kernel keeps count, in the second version of control groups or in the first. */
function cpuSeconds(id: string): number {
  const unified = unifiedFolder(id);
  if (unified !== undefined) {
    return numberAfter('usage_usec', readFileSync(`${unified}/cpu.stat`, 'utf8')) / MICRO;
  }
  return Number(readFileSync(`/sys/fs/cgroup/cpuacct/docker/${id}/cpuacct.usage`, 'utf8')) / NANO;
}

function programBytes(id: string): number {
  const unified = unifiedFolder(id);
  if (unified !== undefined) {
    return numberAfter('anon', readFileSync(`${unified}/memory.stat`, 'utf8'));
  }
  return numberAfter(
    'total_rss',
    readFileSync(`/sys/fs/cgroup/memory/docker/${id}/memory.stat`, 'utf8'),
  );
}

function unifiedFolder(id: string): string | undefined {
  return [`/sys/fs/cgroup/system.slice/docker-${id}.scope`, `/sys/fs/cgroup/docker/${id}`].find(
    (folder) => existsSync(`${folder}/cpu.stat`) && existsSync(`${folder}/memory.stat`),
  );
}

function numberAfter(name: string, text: string): number {
  const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`the kernel says nothing of ${name}`);
  return Number(found);
}
