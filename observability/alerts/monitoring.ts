/** Who watches the watchers: what cannot be measured, judged or told. */
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
        why: 'Always there: whoever stops hearing it knows that nobody would hear of anything else either.',
        summary: 'Alerts are told',
        description:
          'This one always fires, with {{ $value }}. When it does not arrive, no other one would.',
      },
      {
        name: 'WatchDown',
        subject: 'monitoring',
        severity: 'critical',
        expr: 'max by (job) (up{job="watch"}) == 0',
        forSec: 60,
        why: 'Half of all alerts are about what the watcher measures; without it they are silent.',
        summary: 'The watcher does not answer',
        description:
          'The metrics of {{ $labels.job }} cannot be read: up is {{ $value }}, where 1 is up.',
        explains: ['CollectorFailing'],
      },
      {
        name: 'ExporterDown',
        subject: 'monitoring',
        severity: 'warning',
        expr: `min by (job) (up{job=~"${exporters.join('|')}"}) == 0`,
        forSec: 60,
        why: 'Four measurements in a row at the default interval; what it measures has no alerts until it is back.',
        summary: 'The metrics of {{ $labels.job }} cannot be read',
        description:
          'The metrics of {{ $labels.job }} cannot be read: up is {{ $value }}, where 1 is up.',
      },
      {
        name: 'TargetMissing',
        subject: 'monitoring',
        severity: 'warning',
        expr: jobsOf(config)
          .map((job) => `absent(up{job="${job}"})`)
          .join('\nor '),
        forSec: 300,
        why: 'Every part of the environment has a job; one that nobody asks for raises no alarm when it is down.',
        summary: 'Nobody measures {{ $labels.job }}',
        description:
          'There is no target of the job {{ $labels.job }}: absent is {{ $value }}, where it should not be.',
      },
      {
        name: 'CollectorFailing',
        subject: 'monitoring',
        severity: 'warning',
        expr: 'max by (job, collector) (plinth_watch_collector_success or pg_scrape_collector_success) == 0',
        forSec: 300,
        why: 'A collector that fails leaves its figures out, and their alerts are silent; longer than a restart of what it asks.',
        summary: 'The collector {{ $labels.collector }} of {{ $labels.job }} fails',
        description:
          'The collector {{ $labels.collector }} of {{ $labels.job }} has success {{ $value }}, where 1 is good.',
      },
      ...prometheusAlerts(t, config),
      {
        name: 'NotificationsFailing',
        subject: 'monitoring',
        severity: 'critical',
        expr: `round(sum by (integration) (increase(alertmanager_notifications_failed_total[${range(t, WINDOW_SEC)}]))) > 0`,
        forSec: 0,
        why: 'Alertmanager tries again by itself; what counts as failed did not arrive.',
        summary: 'Messages by {{ $labels.integration }} do not arrive',
        description: `Messages by {{ $labels.integration }} that failed within ${rangeInWords(t, WINDOW_SEC)}: {{ $value | humanize }}; there should be 0.`,
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
      why: 'A rule that cannot be evaluated is an alert that cannot fire.',
      summary: 'Prometheus cannot evaluate its rules',
      description: `Evaluations of rules that failed within ${words}: {{ $value | humanize }}; there should be 0.`,
    },
    {
      name: 'NotificationsDropped',
      subject: 'monitoring',
      severity: 'critical',
      expr: `round(sum(increase(prometheus_notifications_dropped_total[${window}]))) > 0`,
      forSec: 0,
      why: 'Alerts that Prometheus could not hand to Alertmanager were told to nobody.',
      summary: 'Alerts do not reach Alertmanager',
      description: `Alerts that were dropped within ${words}: {{ $value | humanize }}; there should be 0.`,
    },
    {
      name: 'ConfigReloadFailed',
      subject: 'monitoring',
      severity: 'warning',
      expr: 'min by (job) (prometheus_config_last_reload_successful or alertmanager_config_last_reload_successful) == 0',
      forSec: 60,
      why: 'It goes on with the configuration from before, which is not the declared one.',
      summary: '{{ $labels.job }} runs with an old configuration',
      description:
        'The last load of the configuration of {{ $labels.job }} has success {{ $value }}, where 1 is good.',
    },
    {
      name: 'MeasurementsNearlyFull',
      subject: 'monitoring',
      severity: 'warning',
      expr:
        '(max(prometheus_tsdb_storage_blocks_bytes) + max(prometheus_tsdb_wal_storage_size_bytes))\n' +
        `/ (max(prometheus_tsdb_retention_limit_bytes) > 0) > ${share(t.diskPercent)}`,
      forSec: 300,
      why: `monitoring.thresholds.disk: ${number(t.diskPercent)} % of monitoring.retentionSize; at 100 % the oldest go, earlier than after ${number(monitoring.retentionDays)} days.`,
      summary: 'Prometheus has little room left',
      description: `Measurements take {{ $value | humanizePercentage }} of what they may; the alert begins at ${number(t.diskPercent)} %.`,
    },
  ];
}
