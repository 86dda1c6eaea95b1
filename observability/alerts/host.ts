/** The host. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, share, time } from './format.ts';

/** One process waits for a CPU for each that runs. */
const LOAD_PER_CPU = 2;

export function hostRules(t: Thresholds): RuleGroup {
  return {
    name: 'host',
    recordings: [
      {
        record: 'host:memory_used:ratio',
        expr: '1 - max(node_memory_MemAvailable_bytes) / max(node_memory_MemTotal_bytes)',
      },
      {
        record: 'host:load_per_cpu:ratio',
        expr: 'max(node_load5) / count(count by (cpu) (node_cpu_seconds_total))',
      },
    ],
    alerts: [
      {
        name: 'HostMemoryLow',
        subject: 'host',
        severity: 'warning',
        expr: `host:memory_used:ratio > ${share(t.memoryPercent)}`,
        forSec: 600,
        why: `monitoring.thresholds.memory: ${number(t.memoryPercent)} % of the host's memory. Reclaimable memory counts as available.`,
        summary: 'The host has little memory left',
        description: `{{ $value | humanizePercentage }} of the host's memory is in use; the alert fires above ${number(t.memoryPercent)} %.`,
      },
      {
        name: 'HostLoadHigh',
        subject: 'host',
        severity: 'warning',
        expr: `host:load_per_cpu:ratio > ${number(LOAD_PER_CPU)}`,
        forSec: 900,
        why: `A 5-minute load average of ${number(LOAD_PER_CPU)} per CPU means that one process waits for each that runs. A backup does not cause that for ${time(900)}.`,
        summary: 'The host is overloaded',
        description: `The 5-minute load average is {{ $value | humanize }} per CPU; the alert fires above ${number(LOAD_PER_CPU)}.`,
      },
    ],
  };
}
