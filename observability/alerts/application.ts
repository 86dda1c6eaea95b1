/** Programs that show metrics of their own. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number, oneOf, range, rangeInWords, share } from './format.ts';

const ERROR_WINDOW_SEC = 300;
/** What libraries call the status of an answer. */
export const STATUS_LABELS = ['status', 'status_code', 'code'];

export function applicationRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const jobs = `job=~"${oneOf(config.monitoring.applications.map(({ name }) => name))}"`;
  const window = range(t, ERROR_WINDOW_SEC);
  const all = `sum by (job) (rate(http_requests_total{${jobs}}[${window}]))`;
  // A series with two of the labels counts once: what is there already, `or` leaves out.
  const failed = STATUS_LABELS.map(
    (label) => `rate(http_requests_total{${jobs}, ${label}=~"5.."}[${window}])`,
  ).join(' or ');
  return {
    name: 'application',
    recordings: [
      { record: 'application:http_requests:rate', expr: all },
      {
        record: 'application:http_errors:ratio',
        // No answer of that kind yet is none, not unknown.
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
        why: 'Longer than a deploy that starts the new program before it stops the old one.',
        summary: '{{ $labels.job }} does not answer',
        description:
          'The metrics of {{ $labels.job }} cannot be read: up is {{ $value }}, where 1 is up.',
        explains: ['ApplicationErrorRateHigh', 'ApplicationMemoryHigh'],
      },
      {
        name: 'ApplicationErrorRateHigh',
        subject: 'application',
        severity: 'critical',
        expr: `application:http_errors:ratio > ${share(t.errorPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.errors: ${number(t.errorPercent)} % of the answers are 5xx.`,
        summary: '{{ $labels.job }} answers with errors',
        description: `{{ $value | humanizePercentage }} of the answers of {{ $labels.job }} within ${rangeInWords(t, ERROR_WINDOW_SEC)} were 5xx; the alert begins at ${number(t.errorPercent)} %.`,
      },
      {
        name: 'ApplicationMemoryHigh',
        subject: 'application',
        severity: 'warning',
        expr: `application:memory:ratio > ${share(t.memoryPercent)}`,
        forSec: 300,
        why: `monitoring.thresholds.memory: ${number(t.memoryPercent)} % of the host's memory. Node tells no limit of its own, and a heap that is nearly as large as it was made is no fault.`,
        summary: '{{ $labels.job }} takes nearly all memory',
        description: `{{ $labels.job }} takes {{ $value | humanizePercentage }} of the host's memory; the alert begins at ${number(t.memoryPercent)} %.`,
        explains: ['HostMemoryLow'],
      },
    ],
  };
}
