/** Monitoring of the monitoring: failed scrapes, rule evaluations and notifications. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import { jobsOf, ownJobs } from './jobs.ts';
import type { Alert, RuleGroup } from './rule.ts';
import { number, range, rangeInWords, share } from './format.ts';

const WINDOW_SEC = 600;

export function monitoringRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const exporters = ownJobs(config).filter((job) => job !== 'watch');
  return {
    name: 'monitoring',
    alerts: [
      {
        name: 'Watchdog',
        subject: 'monitoring',
        severity: 'info',
        expr: 'vector(1)',
        forSec: 0,
        why: 'This alert always fires. If its notifications stop, no other alert reaches a receiver either.',
        summary: 'Alerting works',
        description:
          'This alert always fires, with the value {{ $value }}. If it does not arrive, no other alert does.',
      },
      {
        name: 'WatchDown',
        subject: 'monitoring',
        severity: 'critical',
        expr: 'max by (job) (up{job="watch"}) == 0',
        forSec: 60,
        why: 'Half of all alerts use metrics of the Plinth exporter (container watch). While it is down, they cannot fire.',
        summary: 'The Plinth exporter is down',
        description: 'Prometheus cannot scrape {{ $labels.job }}: up is {{ $value }}; expected: 1.',
        explains: ['CollectorFailing'],
      },
      {
        name: 'ExporterDown',
        subject: 'monitoring',
        severity: 'warning',
        expr: `min by (job) (up{job=~"${exporters.join('|')}"}) == 0`,
        forSec: 60,
        why: 'Four failed scrapes in a row at the default interval. Alerts on its metrics cannot fire until it is back.',
        summary: 'The exporter {{ $labels.job }} is down',
        description: 'Prometheus cannot scrape {{ $labels.job }}: up is {{ $value }}; expected: 1.',
      },
      {
        name: 'TargetMissing',
        subject: 'monitoring',
        severity: 'warning',
        expr: jobsOf(config)
          .map((job) => `absent(up{job="${job}"})`)
          .join('\nor '),
        forSec: 300,
        why: 'Every part of the environment has a scrape job. Without a target, no alert fires when that part is down.',
        summary: 'Prometheus has no target for {{ $labels.job }}',
        description:
          'The job {{ $labels.job }} has no target: absent() returns {{ $value }}; expected: no result.',
      },
      {
        name: 'CollectorFailing',
        subject: 'monitoring',
        severity: 'warning',
        expr: 'max by (job, collector) (plinth_watch_collector_success or pg_scrape_collector_success) == 0',
        forSec: 300,
        why: 'A failing collector exports no metrics, so alerts on them cannot fire. 5 min is longer than a restart of the queried server.',
        summary: 'The collector {{ $labels.collector }} of {{ $labels.job }} fails',
        description:
          'The success metric of the collector {{ $labels.collector }} of {{ $labels.job }} is {{ $value }}; expected: 1.',
      },
      ...prometheusAlerts(t, config),
      {
        name: 'NotificationsFailing',
        subject: 'monitoring',
        severity: 'critical',
        expr: `round(sum by (integration) (increase(alertmanager_notifications_failed_total[${range(t, WINDOW_SEC)}]))) > 0`,
        forSec: 0,
        why: 'Alertmanager retries notifications. A notification counted as failed was not delivered.',
        summary: 'Notifications through {{ $labels.integration }} fail',
        description: `Failed notifications through {{ $labels.integration }} within ${rangeInWords(t, WINDOW_SEC)}: {{ $value | humanize }}; expected: 0.`,
      },
    ],
  };
}

function prometheusAlerts(t: Thresholds, { monitoring }: EnvironmentConfig): Alert[] {
  const window = range(t, WINDOW_SEC);
  const words = rangeInWords(t, WINDOW_SEC);
  return [
    {
      name: 'RulesFailing',
      subject: 'monitoring',
      severity: 'critical',
      expr: `round(sum(increase(prometheus_rule_evaluation_failures_total[${window}]))) > 0`,
      forSec: 0,
      why: 'An alert whose rule cannot be evaluated cannot fire.',
      summary: 'Prometheus cannot evaluate its rules',
      description: `Failed rule evaluations within ${words}: {{ $value | humanize }}; expected: 0.`,
    },
    {
      name: 'NotificationsDropped',
      subject: 'monitoring',
      severity: 'critical',
      expr: `round(sum(increase(prometheus_notifications_dropped_total[${window}]))) > 0`,
      forSec: 0,
      why: 'Alerts that Prometheus could not send to Alertmanager reached no receiver.',
      summary: 'Alerts do not reach Alertmanager',
      description: `Alerts that Prometheus dropped within ${words}: {{ $value | humanize }}; expected: 0.`,
    },
    {
      name: 'ConfigReloadFailed',
      subject: 'monitoring',
      severity: 'warning',
      expr: 'min by (job) (prometheus_config_last_reload_successful or alertmanager_config_last_reload_successful) == 0',
      forSec: 60,
      why: 'After a failed reload the process keeps its previous configuration, which differs from the declared one.',
      summary: '{{ $labels.job }} runs with an old configuration',
      description:
        'The last configuration reload of {{ $labels.job }} failed: the success metric is {{ $value }}; expected: 1.',
    },
    {
      name: 'MeasurementsNearlyFull',
      subject: 'monitoring',
      severity: 'warning',
      expr:
        '(max(prometheus_tsdb_storage_blocks_bytes) + max(prometheus_tsdb_wal_storage_size_bytes))\n' +
        `/ (max(prometheus_tsdb_retention_limit_bytes) > 0) > ${share(t.diskPercent)}`,
      forSec: 300,
      why: `monitoring.thresholds.disk: ${number(t.diskPercent)} % of monitoring.retentionSize. At 100 % Prometheus deletes the oldest blocks before ${number(monitoring.retentionDays)} days have passed.`,
      summary: 'Prometheus storage is nearly full',
      description: `The Prometheus storage uses {{ $value | humanizePercentage }} of its size limit; the alert fires above ${number(t.diskPercent)} %.`,
    },
  ];
}
