import type { MonitoringConfig } from '../../config/monitoring/config.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { FIRING } from './expressions.ts';
import { graph, number } from './panels.ts';
import { above, line, type Row, row } from './builders.ts';

const hourly = (metric: string) => `3600 * sum(rate(${metric}[$__rate_interval]))`;

/** The part of monitoring's own board about what measures and tells. */
export function prometheusRow(t: Thresholds, { retentionDays }: MonitoringConfig): Row {
  return row(
    'How is Prometheus?',
    line(
      4,
      number('How much is kept?', {
        shows: `Measurements on disk, of ${String(retentionDays)} days or as much as fits.`,
        normal: `below ${String(t.diskPercent)} %; at 100 % the oldest go before their time.`,
        ifNot: 'keep fewer days, or give it more disk.',
        alert: 'MeasurementsNearlyFull',
        unit: 'ratio',
        expr: 'max(prometheus_tsdb_storage_blocks_bytes + prometheus_tsdb_wal_storage_size_bytes) / max(prometheus_tsdb_retention_limit_bytes)',
        limit: above(t.diskPercent / 100),
      }),
      number('How many series?', {
        shows: 'Different figures that are followed.',
        normal: 'a few thousand, and flat.',
        ifNot: 'a program puts names or ids into labels.',
        unit: 'count',
        expr: 'max(prometheus_tsdb_head_series)',
      }),
      number('How long do rules take?', {
        shows: 'The slowest group of rules.',
        normal: `far below ${String(t.scrapeIntervalSec)} s, when the next turn begins.`,
        ifNot: 'a rule asks for too much.',
        unit: 'seconds',
        expr: 'max(prometheus_rule_group_last_duration_seconds)',
        limit: above(t.scrapeIntervalSec),
      }),
      number('How many alerts fire?', {
        shows: 'Alerts that fire now, of any severity, but for the one that always does.',
        normal: '0.',
        ifNot: 'Overview lists them.',
        unit: 'count',
        expr: `count(${FIRING}) or vector(0)`,
        more: 'overview',
      }),
      number('How many are silenced?', {
        shows: 'Silences that are in force now.',
        normal: '0.',
        ifNot: 'somebody did not want to hear it: is that still right?',
        unit: 'count',
        expr: 'max(alertmanager_silences{state="active"}) or vector(0)',
        limit: above(1),
      }),
    ),
    line(
      8,
      graph('How much is measured?', {
        shows: 'Figures a second that were read, by job.',
        normal: 'flat.',
        ifNot: 'a target went away, or says much more than before.',
        unit: 'perSecond',
        lines: {
          '{{job}}': `sum by (job) (scrape_samples_scraped) / ${String(t.scrapeIntervalSec)}`,
        },
        stacked: true,
      }),
      graph('How much is told?', {
        shows: 'Messages an hour to receivers, and those that failed.',
        normal: 'few, and none failed.',
        ifNot: 'many messages nobody reads: raise a threshold, or mend what they tell.',
        unit: 'count',
        lines: {
          // Where nobody is to be told, nothing is counted.
          told: `${hourly('alertmanager_notifications_total')} or vector(0)`,
          failed: `${hourly('alertmanager_notifications_failed_total')} or vector(0)`,
        },
      }),
      graph('What does it cost?', {
        shows: 'Memory of what measures and tells.',
        normal: 'flat, with a saw blade of two hours.',
        ifNot: 'more series, or a query over too long a time.',
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
