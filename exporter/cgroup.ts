// Resource usage of a container from the files of its cgroup: version 1 with one hierarchy per controller, and version 2 with a
// single hierarchy. The reads are synchronous: the kernel answers from memory, and waiting asynchronously for about two hundred
// small files would cost more than reading them.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Values that could be read; unlimited resources have no limit value. */
export interface Usage {
  /** Identifies one start of the container. */
  readonly group: string;
  /** Time at which the cgroup was first seen, in seconds since 1970. */
  readonly seenSince: number;
  readonly workingSetBytes?: number;
  readonly memoryLimitBytes?: number;
  readonly oomKills?: number;
  readonly cpuSeconds?: number;
  readonly cpuLimit?: number;
  readonly throttledSeconds?: number;
  readonly processes?: number;
  readonly processesLimit?: number;
}

/** Paths of a container's cgroup, for Docker's cgroup drivers `cgroupfs` and `systemd`. */
const placesOf = (id: string): string[] => [`docker/${id}`, `system.slice/docker-${id}.scope`];

/** Larger than any host's memory: version 1 reports at least this value without a limit. */
const NO_LIMIT = 2 ** 60;

/**
 * Undefined if there is no such cgroup, because the container does not run.
 *
 * @param root mount point of the host's cgroup hierarchy
 */
export function usageOf(root: string, id: string): Usage | undefined {
  for (const place of placesOf(id)) {
    const usage =
      version2(join(root, place)) ??
      version2(join(root, 'unified', place)) ??
      version1(root, place);
    if (usage !== undefined) return usage;
  }
  return undefined;
}

function version2(folder: string): Usage | undefined {
  // On a host with version 1 there may be a version 2 hierarchy without controllers.
  const memory = numberIn(join(folder, 'memory.current'));
  const since = groupOf(folder);
  if (memory === undefined || since === undefined) return undefined;
  const cpu = tableIn(join(folder, 'cpu.stat'));
  return known({
    ...since,
    workingSetBytes: workingSet(memory, tableIn(join(folder, 'memory.stat')).get('inactive_file')),
    memoryLimitBytes: numberIn(join(folder, 'memory.max')),
    oomKills: tableIn(join(folder, 'memory.events')).get('oom_kill'),
    cpuSeconds: scaled(cpu.get('usage_usec'), 1e6),
    cpuLimit: cpuMax(textOf(join(folder, 'cpu.max'))),
    throttledSeconds: scaled(cpu.get('throttled_usec'), 1e6),
    processes: numberIn(join(folder, 'pids.current')),
    processesLimit: numberIn(join(folder, 'pids.max')),
  });
}

function version1(root: string, place: string): Usage | undefined {
  const memory = join(root, 'memory', place);
  const cpu = join(root, 'cpu', place);
  const pids = join(root, 'pids', place);
  const since = groupOf(memory);
  const used = numberIn(join(memory, 'memory.usage_in_bytes'));
  if (since === undefined || used === undefined) return undefined;
  const limit = numberIn(join(memory, 'memory.limit_in_bytes'));
  const quota = numberIn(join(cpu, 'cpu.cfs_quota_us'));
  const period = numberIn(join(cpu, 'cpu.cfs_period_us'));
  const inactive = tableIn(join(memory, 'memory.stat')).get('total_inactive_file');
  return known({
    ...since,
    workingSetBytes: workingSet(used, inactive),
    memoryLimitBytes: limit === undefined || limit >= NO_LIMIT ? undefined : limit,
    oomKills: tableIn(join(memory, 'memory.oom_control')).get('oom_kill'),
    cpuSeconds: scaled(numberIn(join(root, 'cpuacct', place, 'cpuacct.usage')), 1e9),
    cpuLimit: quota === undefined || quota <= 0 ? undefined : scaled(quota, period),
    throttledSeconds: scaled(tableIn(join(cpu, 'cpu.stat')).get('throttled_time'), 1e9),
    processes: numberIn(join(pids, 'pids.current')),
    processesLimit: numberIn(join(pids, 'pids.max')),
  });
}

/** Memory in use without the inactive page cache. */
function workingSet(used: number, inactive = 0): number {
  return Math.max(0, used - inactive);
}

function scaled(value: number | undefined, unit: number | undefined): number | undefined {
  return value === undefined || unit === undefined || unit === 0 ? undefined : value / unit;
}

/** `200000 100000` is two CPUs; `max 100000` is no limit. */
function cpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(' ').map(Number);
  return quota === undefined || Number.isNaN(quota) ? undefined : scaled(quota, period);
}

/**
 * A recreated cgroup has a new inode number. Its mtime is the time of the first access to it, and changes if the kernel evicts
 * the inode. A caller that needs the start time must therefore keep the first value for each inode number.
 */
function groupOf(folder: string): Pick<Usage, 'group' | 'seenSince'> | undefined {
  try {
    const { ino, mtimeMs } = statSync(folder, { bigint: true });
    return { group: String(ino), seenSince: Number(mtimeMs) / 1000 };
  } catch {
    return undefined;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Also undefined for `max`, and for a missing file. */
function numberIn(file: string): number | undefined {
  const text = textOf(file)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** Parses lines of a name and a number. */
function tableIn(file: string): ReadonlyMap<string, number> {
  const lines = (textOf(file) ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [name = '', value = ''] = line.split(' ');
      return /^\d+$/.test(value) ? [[name, Number(value)] as const] : [];
    }),
  );
}

/** Removes values that could not be read. */
function known(usage: { [K in keyof Usage]: Usage[K] | undefined }): Usage {
  return Object.fromEntries(
    Object.entries(usage).filter(([, value]) => value !== undefined),
  ) as unknown as Usage;
}
