import { setTimeout as wait } from 'node:timers/promises';
import { usageOf, type Usage } from '../cgroup.ts';
import type { Collector, ExporterSample } from '../collector.ts';
import type { MetricName } from '../metrics.ts';
import type { DiscoveredContainer } from '../container-discovery.ts';

/** Mount point of the host's cgroups. */
export const HOST_GROUPS = '/host/cgroup';

/** A name lookup may reach a DNS server that does not respond; after this time the known names are used. */
const PATIENCE_MS = 1_000;

const METRICS: Readonly<Partial<Record<keyof Usage, MetricName>>> = {
  workingSetBytes: 'plinth_container_memory_working_set_bytes',
  memoryLimitBytes: 'plinth_container_memory_limit_bytes',
  oomKills: 'plinth_container_oom_kills_total',
  cpuSeconds: 'plinth_container_cpu_seconds_total',
  cpuLimit: 'plinth_container_cpu_limit',
  throttledSeconds: 'plinth_container_cpu_throttled_seconds_total',
  processes: 'plinth_container_processes',
  processesLimit: 'plinth_container_processes_limit',
};

/**
 * Resource usage of the containers of the stack. A stopped container has no samples.
 *
 * @param find finds the containers, including this program's own
 * @param root mount point of the host's cgroups
 */
export function containers(
  find: () => Promise<readonly DiscoveredContainer[]>,
  root: string,
  patienceMs: number = PATIENCE_MS,
): Collector {
  const starts = new Map<string, { readonly group: string; readonly at: number }>();
  const found = lastKnown(find, patienceMs);
  return {
    name: 'containers',
    collect: async () => {
      const running = await found();
      if (running.length === 0) {
        throw new Error(
          `no container of the stack is found below ${root}: mount the machine's /sys/fs/cgroup there`,
        );
      }
      return running.flatMap(({ part, id }) => {
        const usage = usageOf(root, id);
        if (usage === undefined) return [];
        const known = starts.get(part);
        const start =
          known?.group === usage.group ? known : { group: usage.group, at: usage.seenSince };
        starts.set(part, start);
        return samplesOf(part, usage, start.at);
      });
    },
  };
}

/** The current result, or the previous one if the lookup takes too long. Only one lookup runs at a time. */
function lastKnown<T>(
  ask: () => Promise<readonly T[]>,
  patienceMs: number,
): () => Promise<readonly T[]> {
  let known: readonly T[] = [];
  let asking: Promise<void> | undefined;
  return async () => {
    asking ??= ask()
      .then((answer) => void (known = answer))
      .finally(() => (asking = undefined));
    const late = new AbortController();
    const patience = wait(patienceMs, undefined, { signal: late.signal });
    await Promise.race([asking, patience.catch(() => undefined)]);
    late.abort();
    return known;
  };
}

function samplesOf(part: string, usage: Usage, start: number): ExporterSample[] {
  const labels = { part };
  return [
    ...Object.entries(METRICS).flatMap(([key, name]): ExporterSample[] => {
      const value = usage[key as keyof Usage];
      return typeof value === 'number' ? [{ name, value, labels }] : [];
    }),
    { name: 'plinth_container_start_timestamp_seconds', value: start, labels },
  ];
}
