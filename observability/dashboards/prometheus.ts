import type { MonitoringConfig } from '../../config/monitoring/config.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { FIRING } from './expressions.ts';
import { graph, number } from './panels.ts';
import { above, line, type Row, row } from './builders.ts';

const hourly = (metric: string) => `3600 * sum(rate(${metric}[$__rate_interval]))`;

/** The row of the monitoring board about Prometheus and Alertmanager. */
export function prometheusRow(t: Thresholds, { retentionDays }: MonitoringConfig): Row {
  return row(
    'Prometheus and Alertmanager',
    line(
      4,
      number('Storage usage', {
        shows: `Prometheus storage, relative to its size limit. Retention is ${String(retentionDays)} days or the size limit.`,
        normal: `below ${String(t.diskPercent)} %. At 100 % Prometheus deletes the oldest blocks early.`,
        ifNot: 'reduce the retention, or raise the size limit.',
        alert: 'MeasurementsNearlyFull',
        unit: 'ratio',
        expr: 'max(prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes) / max(prometheus_tsdb_retention_limit_bytes)',
        limit: above(t.diskPercent / 100),
      }),
      number('Time series', {
        shows: 'Number of time series in the head block.',
        normal: 'a few thousand, and flat.',
        ifNot: 'an application puts names or ids into labels.',
        unit: 'count',
        expr: 'max(prometheus_tsdb_head_series)',
      }),
      number('Rule evaluation duration', {
        shows: 'Evaluation duration of the slowest rule group.',
        normal: `far below ${String(t.scrapeIntervalSec)} s, the evaluation interval.`,
        ifNot: 'a rule queries too much data.',
        unit: 'seconds',
        expr: 'max(prometheus_rule_group_last_duration_seconds)',
        limit: above(t.scrapeIntervalSec),
      }),
      number('Firing alerts', {
        shows: 'Number of firing alerts of all severities, without the Watchdog.',
        normal: '0.',
        ifNot: 'Overview lists them.',
        unit: 'count',
        expr: `count(${FIRING}) or vector(0)`,
        more: 'overview',
      }),
      number('Active silences', {
        shows: 'Number of active silences.',
        normal: '0.',
        ifNot: 'check whether the silence is still needed.',
        unit: 'count',
        expr: 'max(alertmanager_silences{state="active"}) or vector(0)',
        limit: above(1),
      }),
    ),
    line(
      8,
      graph('Scraped samples', {
        shows: 'Scraped samples per second by job.',
        normal: 'flat.',
        ifNot: 'a target disappeared, or exports many more samples than before.',
        unit: 'perSecond',
        lines: {
          '{{job}}': `sum by (job) (scrape_samples_scraped) / ${String(t.scrapeIntervalSec)}`,
        },
        stacked: true,
      }),
      graph('Notifications sent', {
        shows: 'Notifications to receivers per hour, and failed notifications.',
        normal: 'few, and none failed.',
        ifNot: 'too many notifications: raise a threshold, or fix the cause.',
        unit: 'count',
        lines: {
          // Without a receiver, Alertmanager counts nothing.
          sent: `${hourly('alertmanager_notifications_total')} or vector(0)`,
          failed: `${hourly('alertmanager_notifications_failed_total')} or vector(0)`,
        },
      }),
      graph('Memory of the monitoring', {
        shows: 'Memory of the monitoring processes.',
        normal: 'flat, with a sawtooth of two hours.',
        ifNot: 'more time series, or a query over a long time range.',
        unit: 'bytes',
        lines: {
          '{{job}}': 'sum by (job) (process_resident_memory_bytes{subject!="application"})',
        },
        stacked: true,
        more: 'host',
      }),
    ),
  );
}
