/** Applications that expose metrics. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, oneOf, range, rangeInWords, share } from './format.ts';

const ERROR_WINDOW_SEC = 300;
/** Labels that client libraries use for the HTTP status code. */
export const STATUS_LABELS = ['status', 'status_code', 'code'];

export function applicationRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const jobs = `job=~"${oneOf(config.monitoring.applications.map(({ name }) => name))}"`;
  const window = range(t, ERROR_WINDOW_SEC);
  const all = `sum by (job) (rate(http_requests_total{${jobs}}[${window}]))`;
  // A series with two of the labels counts once: `or` drops series that the left side already has.
  const failed = STATUS_LABELS.map(
    (label) => `rate(http_requests_total{${jobs}, ${label}=~"5.."}[${window}])`,
  ).join(' or ');
  return {
    name: 'application',
    recordings: [
      { record: 'application:http_requests:rate', expr: all },
      {
        record: 'application:http_errors:ratio',
        // Without any 5xx response yet the ratio is 0, not absent.
        expr: `(sum by (job) (${failed}) or 0 * ${all}) / ${all}`,
      },
      {
        record: 'application:memory:ratio',
        expr: `max by (job) (process_resident_memory_bytes{${jobs}}) / on () group_left () max(node_memory_MemTotal_bytes)`,
      },
    ],
    alerts: [
      {
        name: 'ApplicationDown',
        subject: 'application',
        severity: 'critical',
        expr: `max by (job) (up{${jobs}}) == 0`,
        forSec: 60,
        why: '1 min is longer than a deployment that starts the new process before it stops the old one.',
        summary: '{{ $labels.job }} is down',
        description: 'Prometheus cannot scrape {{ $labels.job }}: up is {{ $value }}; expected: 1.',
        explains: ['ApplicationErrorRateHigh', 'ApplicationMemoryHigh'],
      },
      {
        name: 'ApplicationErrorRateHigh',
        subject: 'application',
        severity: 'critical',
        expr: `application:http_errors:ratio > ${share(t.errorPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.errors: ${number(t.errorPercent)} % of the responses have a 5xx status.`,
        summary: '{{ $labels.job }} returns errors',
        description: `{{ $value | humanizePercentage }} of the responses of {{ $labels.job }} within ${rangeInWords(t, ERROR_WINDOW_SEC)} were 5xx; the alert fires above ${number(t.errorPercent)} %.`,
      },
      {
        name: 'ApplicationMemoryHigh',
        subject: 'application',
        severity: 'warning',
        expr: `application:memory:ratio > ${share(t.memoryPercent)}`,
        forSec: 300,
        why: `monitoring.thresholds.memory: ${number(t.memoryPercent)} % of the host's memory. Node.js exports no heap limit of its own, and a heap close to its limit is normal.`,
        summary: '{{ $labels.job }} uses nearly all memory',
        description: `{{ $labels.job }} uses {{ $value | humanizePercentage }} of the host's memory; the alert fires above ${number(t.memoryPercent)} %.`,
        explains: ['HostMemoryLow'],
      },
    ],
  };
}
