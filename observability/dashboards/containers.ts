import { THROTTLED_SEC } from '../alerts/containers.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { graph, table } from './panels.ts';
import { above, below, line, type Row, row } from './builders.ts';

const part = (expr: string) => `max by (part) (${expr})`;
const used =
  'plinth_container_memory_working_set_bytes / (plinth_container_memory_limit_bytes > 0)';
const cpu =
  'sum by (part) (rate(plinth_container_cpu_seconds_total[$__rate_interval])) / max by (part) (plinth_container_cpu_limit > 0)';

/** The part of the host's board about containers and volumes. */
export function containersRow(t: Thresholds): Row {
  const memoryLimit = above(t.memoryPercent / 100);
  const diskLimit = above(t.diskPercent / 100);
  return row(
    'The containers',
    line(
      10,
      table('How are the containers?', {
        shows: 'What each uses of what it may have, and how it fared.',
        normal: `memory below ${String(t.memoryPercent)} %, nothing ended for lack of it.`,
        ifNot: 'give it more in the stack file, or find out why it needs more.',
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
      graph('How much memory do they use?', {
        shows: 'Memory that cannot be given back, of what each may have.',
        normal: `below ${String(t.memoryPercent)} %.`,
        ifNot: 'at 100 % it is ended and begins anew.',
        alert: 'ContainerMemoryHigh',
        unit: 'ratio',
        lines: { '{{part}}': part(used) },
        limit: memoryLimit,
      }),
      graph('How much processor do they use?', {
        shows: 'Processor time, of what each may have.',
        normal: 'below 100 %, where it is slowed down.',
        ifNot: 'see what Postgres works at in Queries.',
        alert: 'ContainerThrottled',
        unit: 'ratio',
        lines: { '{{part}}': cpu },
        more: 'queries',
      }),
      table('How full are the volumes?', {
        shows: 'Free space, and free file names.',
        normal: `more than ${String(100 - t.diskPercent)} % of both.`,
        ifNot: 'without names no file can be made, however much space there is.',
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
