/** The machine below. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, share, time } from './format.ts';

/** As many again wait for a processor as have one. */
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
        why: `monitoring.thresholds.memory: ${number(t.memoryPercent)} % of what the machine has, without what it can give back at once.`,
        summary: 'The machine has little memory left',
        description: `{{ $value | humanizePercentage }} of the machine's memory are in use; the alert begins at ${number(t.memoryPercent)} %.`,
      },
      {
        name: 'HostLoadHigh',
        subject: 'host',
        severity: 'warning',
        expr: `host:load_per_cpu:ratio > ${number(LOAD_PER_CPU)}`,
        forSec: 900,
        why: `${number(LOAD_PER_CPU)} for each processor: as many again wait as are at work, over five minutes and for ${time(900)}, which a backup does not do.`,
        summary: 'The machine has more to do than it can',
        description: `The load of five minutes is {{ $value | humanize }} for each processor; the alert begins at ${number(LOAD_PER_CPU)}.`,
      },
    ],
  };
}
