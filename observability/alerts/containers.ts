/** What containers are allowed, and how near they are to it. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share, time } from './format.ts';

const OOM_WINDOW_SEC = 600;
const RESTART_WINDOW_SEC = 1800;
/** One is an `up`, a second one a change of mind. */
const RESTARTS = 2;
const THROTTLE_WINDOW_SEC = 300;
export const THROTTLED_SEC = 0.25;
/** Work at night that may take as long as it takes: the limit is there so that nobody else feels it. */
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
        why: `monitoring.thresholds.memory: ${number(t.memoryPercent)} % of the container's limit; at 100 % the kernel ends a process in it.`,
        summary: 'The container {{ $labels.part }} has little memory left',
        description: `{{ $labels.part }} uses {{ $value | humanizePercentage }} of its memory; the alert begins at ${number(t.memoryPercent)} %.`,
      },
      {
        name: 'ContainerOomKilled',
        subject: 'host',
        severity: 'critical',
        expr: `round(sum by (part) (increase(plinth_container_oom_kills_total[${range(t, OOM_WINDOW_SEC)}]))) > 0`,
        forSec: 0,
        why: 'The kernel ends the process that is in the way, not the one at fault: one is too many.',
        summary: 'The kernel ended a process of {{ $labels.part }}',
        description: `Processes of {{ $labels.part }} that the kernel ended for want of memory within ${rangeInWords(t, OOM_WINDOW_SEC)}: {{ $value | humanize }}; there should be 0.`,
        explains: ['ContainerMemoryHigh', 'ContainerRestarting'],
      },
      {
        name: 'ContainerRestarting',
        subject: 'host',
        severity: 'warning',
        expr: `sum by (part) (changes(plinth_container_start_timestamp_seconds[${range(t, RESTART_WINDOW_SEC)}])) > ${number(RESTARTS)}`,
        forSec: 0,
        why: `An \`up\` restarts a container once; more than ${number(RESTARTS)} times in ${rangeInWords(t, RESTART_WINDOW_SEC)} it does so by itself.`,
        summary: 'The container {{ $labels.part }} starts again and again',
        description: `{{ $labels.part }} was started {{ $value | humanize }} times within ${rangeInWords(t, RESTART_WINDOW_SEC)}; the alert begins above ${number(RESTARTS)}.`,
      },
      {
        name: 'ContainerThrottled',
        subject: 'host',
        severity: 'warning',
        expr: `sum by (part) (rate(plinth_container_cpu_throttled_seconds_total{part!~"${UNHURRIED}"}[${range(t, THROTTLE_WINDOW_SEC)}])) > ${number(THROTTLED_SEC)}`,
        forSec: 900,
        why: `For a quarter of each second somebody stands still though there is work, for ${time(900)}: no peak any more. Backups and drills may.`,
        summary: 'The container {{ $labels.part }} has too little processor',
        description: `{{ $labels.part }} stood still for {{ $value | humanizeDuration }} of each second for want of processor time; the alert begins at ${number(THROTTLED_SEC)} s.`,
        explains: ['LatencyBudgetBurnDay', 'LatencyBudgetBurnThreeDays'],
      },
    ],
  };
}
