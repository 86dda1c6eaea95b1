/** Resource usage of the containers, relative to their limits. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const OOM_WINDOW_SEC = 600;
const RESTART_WINDOW_SEC = 1800;
/** One restart is an `up`; a second one may be a second `up`. */
const RESTARTS = 2;
const THROTTLE_WINDOW_SEC = 300;
export const THROTTLED_SEC = 0.25;
/** Batch work that has no deadline: its CPU limit protects the other containers, so throttling is expected. */
const UNHURRIED = 'backup|drill|pgbackrest';

export function containerRules(t: Thresholds): RuleGroup {
  return {
    name: 'containers',
    recordings: [
      {
        record: 'container:memory:ratio',
        expr: 'max by (part) (plinth_container_memory_working_set_bytes) / (max by (part) (plinth_container_memory_limit_bytes) > 0)',
      },
      {
        record: 'container:cpu:ratio',
        expr: `sum by (part) (rate(plinth_container_cpu_seconds_total[${range(t, 120)}])) / (max by (part) (plinth_container_cpu_limit) > 0)`,
      },
    ],
    alerts: [
      {
        name: 'ContainerMemoryHigh',
        subject: 'host',
        severity: 'warning',
        expr: `container:memory:ratio > ${share(t.memoryPercent)}`,
        forSec: 300,
        why: `monitoring.thresholds.memory: ${number(t.memoryPercent)} % of the container's memory limit; at 100 % the kernel OOM-kills a process in it.`,
        summary: 'The container {{ $labels.part }} is close to its memory limit',
        description: `{{ $labels.part }} uses {{ $value | humanizePercentage }} of its memory limit; the alert fires above ${number(t.memoryPercent)} %.`,
      },
      {
        name: 'ContainerOomKilled',
        subject: 'host',
        severity: 'critical',
        expr: `round(sum by (part) (increase(plinth_container_oom_kills_total[${range(t, OOM_WINDOW_SEC)}]))) > 0`,
        forSec: 0,
        why: 'The kernel may OOM-kill a process other than the one that used the memory. A single kill is critical.',
        summary: 'A process of {{ $labels.part }} was OOM-killed',
        description: `Processes of {{ $labels.part }} that were OOM-killed within ${rangeInWords(t, OOM_WINDOW_SEC)}: {{ $value | humanize }}; expected: 0.`,
        explains: ['ContainerMemoryHigh', 'ContainerRestarting'],
      },
      {
        name: 'ContainerRestarting',
        subject: 'host',
        severity: 'warning',
        expr: `sum by (part) (changes(plinth_container_start_timestamp_seconds[${range(t, RESTART_WINDOW_SEC)}])) > ${number(RESTARTS)}`,
        forSec: 0,
        why: `An \`up\` restarts a container once. More than ${number(RESTARTS)} restarts in ${rangeInWords(t, RESTART_WINDOW_SEC)} mean that the container fails and restarts on its own.`,
        summary: 'The container {{ $labels.part }} restarts repeatedly',
        description: `{{ $labels.part }} restarted {{ $value | humanize }} times within ${rangeInWords(t, RESTART_WINDOW_SEC)}; the alert fires above ${number(RESTARTS)}.`,
      },
      {
        name: 'ContainerThrottled',
        subject: 'host',
        severity: 'warning',
        expr: `sum by (part) (rate(plinth_container_cpu_throttled_seconds_total{part!~"${UNHURRIED}"}[${range(t, THROTTLE_WINDOW_SEC)}])) > ${number(THROTTLED_SEC)}`,
        forSec: 900,
        why: `CPU throttling for a quarter of each second over ${time(900)} is not a short peak. Backups and restore tests are excluded.`,
        summary: 'The container {{ $labels.part }} is CPU-throttled',
        description: `{{ $labels.part }} was CPU-throttled for {{ $value | humanizeDuration }} of each second; the alert fires above ${number(THROTTLED_SEC)} s.`,
        explains: ['LatencyBudgetBurnDay', 'LatencyBudgetBurnThreeDays'],
      },
    ],
  };
}
