import { THROTTLED_SEC } from '../alerts/containers.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { graph, table } from './panels.ts';
import { above, below, line, type Row, row } from './builders.ts';

const part = (expr: string) => `max by (part) (${expr})`;
const used =
  'plinth_container_memory_working_set_bytes / (plinth_container_memory_limit_bytes > 0)';
const cpu =
  'sum by (part) (rate(plinth_container_cpu_seconds_total[$__rate_interval])) / max by (part) (plinth_container_cpu_limit > 0)';

/** The row of the host board about containers and volumes. */
export function containersRow(t: Thresholds): Row {
  const memoryLimit = above(t.memoryPercent / 100);
  const diskLimit = above(t.diskPercent / 100);
  return row(
    'Containers',
    line(
      10,
      table('Resource usage by container', {
        shows: 'Usage of each container relative to its limits, OOM kills, and start time.',
        normal: `memory below ${String(t.memoryPercent)} %, no OOM-killed process.`,
        ifNot: 'raise the limit in the stack file, or find out why the container needs more.',
        alert: 'ContainerMemoryHigh',
        labels: { part: 'Part' },
        columns: [
          { name: 'Memory', unit: 'ratio', expr: part(used), limit: memoryLimit },
          { name: 'Processor', unit: 'ratio', expr: cpu, limit: above(0.9) },
          {
            name: 'Slowed down',
            unit: 'ratio',
            expr: 'sum by (part) (rate(plinth_container_cpu_throttled_seconds_total[$__rate_interval]))',
            limit: above(THROTTLED_SEC),
          },
          {
            name: 'Out of memory',
            unit: 'count',
            expr: 'sum by (part) (plinth_container_oom_kills_total)',
            limit: above(1),
          },
          {
            name: 'Processes',
            unit: 'ratio',
            expr: part('plinth_container_processes / (plinth_container_processes_limit > 0)'),
            limit: above(0.9),
          },
          {
            name: 'Runs since',
            unit: 'ago',
            expr: part('1000 * plinth_container_start_timestamp_seconds'),
          },
        ],
      }),
    ),
    line(
      8,
      graph('Memory usage', {
        shows: 'Working set of each container, relative to its memory limit.',
        normal: `below ${String(t.memoryPercent)} %.`,
        ifNot: 'at 100 % the container is OOM-killed and restarts.',
        alert: 'ContainerMemoryHigh',
        unit: 'ratio',
        lines: { '{{part}}': part(used) },
        limit: memoryLimit,
      }),
      graph('CPU usage', {
        shows: 'CPU time of each container, relative to its CPU limit.',
        normal: 'below 100 %. At 100 % the container is CPU-throttled.',
        ifNot: 'see Queries for the statements that Postgres runs.',
        alert: 'ContainerThrottled',
        unit: 'ratio',
        lines: { '{{part}}': cpu },
        more: 'queries',
      }),
      table('Volumes', {
        shows: 'Free space and free inodes of each volume.',
        normal: `more than ${String(100 - t.diskPercent)} % of both.`,
        ifNot: 'without free inodes no file can be created, even if there is free space.',
        alert: 'InodesNearlyExhausted',
        labels: { volume: 'Volume' },
        columns: [
          {
            name: 'Used',
            unit: 'ratio',
            expr: 'max by (volume) (1 - plinth_volume_available_bytes / plinth_volume_size_bytes)',
            limit: diskLimit,
          },
          {
            name: 'Free',
            unit: 'bytes',
            expr: 'max by (volume) (plinth_volume_available_bytes)',
          },
          {
            name: 'Free names',
            unit: 'ratio',
            expr: 'max by (volume) (plinth_volume_files_available_ratio)',
            limit: below(1 - t.diskPercent / 100),
          },
        ],
      }),
    ),
  );
}
