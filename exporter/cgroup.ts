// What the kernel counts of a container, from the files of its control group: version 1, where each
// controller has a tree of its own, and version 2, where there is one. The kernel answers at once, from memory: to wait for each of
// some two hundred small files would cost more than to read them.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What could be read of it; what there is no limit for has none. */
export interface Usage {
  /** Tells one start of the container from the next. */
  readonly group: string;
  /** When the kernel first showed the group, in seconds since 1970. */
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

/** Where Docker puts a container: with the driver `cgroupfs`, and with `systemd`. */
const placesOf = (id: string): string[] => [`docker/${id}`, `system.slice/docker-${id}.scope`];

/** Larger than any machine's memory: what version 1 says where there is no limit. */
const NO_LIMIT = 2 ** 60;

/**
 * Undefined when there is no such group: the container does not run.
 *
 * @param root where the machine's hierarchy is mounted
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
  // Beside version 1 there may be a tree of version 2 that counts nothing.
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

/** Memory that cannot be had back without being written, or used, first. */
function workingSet(used: number, inactive = 0): number {
  return Math.max(0, used - inactive);
}

function scaled(value: number | undefined, unit: number | undefined): number | undefined {
  return value === undefined || unit === undefined || unit === 0 ? undefined : value / unit;
}

/** `200000 100000` is two processors; `max 100000` is no limit. */
function cpuMax(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(' ').map(Number);
  return quota === undefined || Number.isNaN(quota) ? undefined : scaled(quota, period);
}

/**
 * A group that is made anew has a number of its own. Its time is when somebody first looked at it, and after the kernel has
 * forgotten that, when somebody looked again: so whoever wants to know since when keeps the first answer for a number.
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

/** Undefined for `max`, too, and for a file that is not there. */
function numberIn(file: string): number | undefined {
  const text = textOf(file)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** Lines of a name and a number. */
function tableIn(file: string): ReadonlyMap<string, number> {
  const lines = (textOf(file) ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [name = '', value = ''] = line.split(' ');
      return /^\d+$/.test(value) ? [[name, Number(value)] as const] : [];
    }),
  );
}

/** Without what could not be read. */
function known(usage: { [K in keyof Usage]: Usage[K] | undefined }): Usage {
  return Object.fromEntries(
    Object.entries(usage).filter(([, value]) => value !== undefined),
  ) as unknown as Usage;
}
