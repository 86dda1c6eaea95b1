import { counter, gauge, jump, type AlertCase } from './case.ts';

const PROMETHEUS = '{job="prometheus", instance="localhost"}';
const ALERTMANAGER = '{job="alertmanager", instance="alertmanager"}';

/** Every job but one, which is there until the first minute. */
function jobs(missing: string): Record<string, string> {
  const all = [
    ...[
      'alertmanager',
      'backup',
      'blackbox',
      'node',
      'pgbackrest',
      'pgbouncer',
      'postgres',
      'prometheus',
    ],
    ...['redis-cache', 'redis-queue', 'watch', 'shop'],
  ];
  return Object.fromEntries(
    all.map((job) => [
      `up{job="${job}", instance="${job}"}`,
      job === missing ? gauge([1, 60], [null, 660], [1, 60]) : gauge([1, 780]),
    ]),
  );
}

export const monitoringCases: readonly AlertCase[] = [
  {
    alert: 'Watchdog',
    series: {},
    holdsSec: 0,
    goneSec: 'never',
    summary: 'Alerting works',
    description:
      'This alert always fires, with the value 1. If it does not arrive, no other alert does.',
  },
  {
    alert: 'WatchDown',
    series: { 'up{job="watch", instance="watch"}': gauge([1, 60], [0, 90], [1, 60]) },
    holdsSec: 60,
    goneSec: 150,
    labels: { job: 'watch' },
    summary: 'The Plinth exporter is down',
    description: 'Prometheus cannot scrape watch: up is 0; expected: 1.',
  },
  {
    alert: 'ExporterDown',
    series: {
      'up{job="postgres", instance="postgres-exporter"}': gauge([1, 60], [0, 90], [1, 60]),
      'up{job="watch", instance="watch"}': gauge([0, 210]),
      'up{job="shop", instance="shop:3000"}': gauge([0, 210]),
    },
    holdsSec: 60,
    goneSec: 150,
    labels: { job: 'postgres' },
    summary: 'The exporter postgres is down',
    description: 'Prometheus cannot scrape postgres: up is 0; expected: 1.',
  },
  ...Object.keys(jobs('')).map((series): AlertCase => {
    const job = /job="([^"]+)"/.exec(series)![1]!;
    return {
      alert: 'TargetMissing',
      when: job,
      series: jobs(job),
      // Prometheus looks back for five minutes.
      holdsSec: 360,
      goneSec: 720,
      labels: { job },
      summary: `Prometheus has no target for ${job}`,
      description: `The job ${job} has no target: absent() returns 1; expected: no result.`,
    };
  }),
  {
    alert: 'CollectorFailing',
    when: 'of the watcher',
    series: {
      'plinth_watch_collector_success{job="watch", instance="watch", collector="access"}': gauge(
        [1, 60],
        [0, 360],
        [1, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { job: 'watch', collector: 'access' },
    summary: 'The collector access of watch fails',
    description: 'The success metric of the collector access of watch is 0; expected: 1.',
  },
  {
    alert: 'CollectorFailing',
    when: 'of an exporter',
    series: {
      'pg_scrape_collector_success{job="postgres", instance="postgres-exporter", collector="wal"}':
        gauge([1, 60], [0, 360], [1, 60]),
    },
    holdsSec: 60,
    goneSec: 420,
    labels: { job: 'postgres', collector: 'wal' },
    summary: 'The collector wal of postgres fails',
    description: 'The success metric of the collector wal of postgres is 0; expected: 1.',
  },
  {
    alert: 'RulesFailing',
    series: {
      'prometheus_rule_evaluation_failures_total{job="prometheus", instance="localhost", rule_group="/etc/plinth/rules.yml;slo"}':
        jump(60, 4, 1200),
    },
    holdsSec: 60,
    goneSec: 660,
    summary: 'Prometheus cannot evaluate its rules',
    description: 'Failed rule evaluations within 10 min: 4; expected: 0.',
  },
  {
    alert: 'NotificationsDropped',
    series: { [`prometheus_notifications_dropped_total${PROMETHEUS}`]: jump(60, 2, 1200) },
    holdsSec: 60,
    goneSec: 660,
    summary: 'Alerts do not reach Alertmanager',
    description: 'Alerts that Prometheus dropped within 10 min: 2; expected: 0.',
  },
  {
    alert: 'ConfigReloadFailed',
    series: {
      [`prometheus_config_last_reload_successful${PROMETHEUS}`]: gauge([1, 210]),
      [`alertmanager_config_last_reload_successful${ALERTMANAGER}`]: gauge(
        [1, 60],
        [0, 90],
        [1, 60],
      ),
    },
    holdsSec: 60,
    goneSec: 150,
    labels: { job: 'alertmanager' },
    summary: 'alertmanager runs with an old configuration',
    description:
      'The last configuration reload of alertmanager failed: the success metric is 0; expected: 1.',
  },
  {
    alert: 'MeasurementsNearlyFull',
    series: {
      [`prometheus_tsdb_storage_blocks_bytes${PROMETHEUS}`]: gauge([70, 60], [80, 360], [60, 60]),
      [`prometheus_tsdb_wal_storage_size_bytes${PROMETHEUS}`]: gauge([10, 480]),
      [`prometheus_tsdb_retention_limit_bytes${PROMETHEUS}`]: gauge([100, 480]),
    },
    holdsSec: 60,
    goneSec: 420,
    summary: 'Prometheus storage is nearly full',
    description: 'The Prometheus storage uses 90% of its size limit; the alert fires above 85 %.',
  },
  {
    alert: 'NotificationsFailing',
    series: {
      'alertmanager_notifications_failed_total{job="alertmanager", instance="alertmanager", integration="slack", reason="other"}':
        jump(60, 2, 1200),
      'alertmanager_notifications_failed_total{job="alertmanager", instance="alertmanager", integration="email", reason="other"}':
        gauge([7, 1200]),
    },
    holdsSec: 60,
    goneSec: 660,
    labels: { integration: 'slack' },
    summary: 'Notifications through slack fail',
    description: 'Failed notifications through slack within 10 min: 2; expected: 0.',
  },
];

const HOUR = 3600;
const requests = (result: string) =>
  `plinth_probe_requests_total{job="watch", instance="watch", result="${result}"}`;
const bucket = (le: string) =>
  `plinth_probe_duration_seconds_bucket{job="watch", instance="watch", le="${le}"}`;
const COUNT = 'plinth_probe_duration_seconds_count{job="watch", instance="watch"}';

/** An hour of good calls, then every second fails or is slow for so long, then all is well again. */
function failing(seconds: number, after: number): Record<string, string> {
  return {
    [requests('ok')]: counter([1, HOUR], [0.5, seconds], [1, after]),
    [requests('failed')]: counter([0, HOUR], [0.5, seconds], [0, after]),
  };
}

function slow(seconds: number, after: number): Record<string, string> {
  return {
    [COUNT]: counter([1, HOUR + seconds + after]),
    [bucket('0.1')]: counter([1, HOUR], [0.5, seconds], [1, after]),
    [bucket('+Inf')]: counter([1, HOUR + seconds + after]),
  };
}

export const sloCases: readonly AlertCase[] = [
  {
    alert: 'AvailabilityBudgetBurnHour',
    series: failing(300, 1500),
    holdsSec: 3705,
    goneSec: 4200,
    summary:
      'Queries through PgBouncer fail: the error budget burns, 2 % in an hour, 100 % in two days',
    description:
      '2.292% of the queries through PgBouncer failed within 1h; the alert fires above 1.44 %. Objective: 99.9 % succeed (monitoring.thresholds.availability).',
  },
  {
    alert: 'AvailabilityBudgetBurnSixHours',
    series: failing(900, 3600),
    holdsSec: 3735,
    goneSec: 6285,
    summary:
      'Queries through PgBouncer fail: the error budget burns, 5 % in six hours, 100 % in five days',
    description:
      '5.39% of the queries through PgBouncer failed within 6h; the alert fires above 0.6 %. Objective: 99.9 % succeed (monitoring.thresholds.availability).',
  },
  {
    alert: 'AvailabilityBudgetBurnDay',
    series: failing(1800, 4 * HOUR),
    holdsSec: 3870,
    goneSec: 12570,
    summary:
      'Queries through PgBouncer fail: the error budget burns, 10 % in a day, 100 % in ten days',
    description:
      '12.26% of the queries through PgBouncer failed within 1d; the alert fires above 0.3 %. Objective: 99.9 % succeed (monitoring.thresholds.availability).',
  },
  {
    alert: 'AvailabilityBudgetBurnThreeDays',
    series: failing(3600, 12 * HOUR),
    holdsSec: 3870,
    goneSec: 28770,
    summary:
      'Queries through PgBouncer fail: the error budget burns, 10 % in three days, 100 % in thirty days',
    description:
      '18.25% of the queries through PgBouncer failed within 3d; the alert fires above 0.1 %. Objective: 99.9 % succeed (monitoring.thresholds.availability).',
  },
  {
    alert: 'LatencyBudgetBurnHour',
    series: slow(1800, 1500),
    holdsSec: 4650,
    goneSec: 5625,
    summary:
      'Queries through PgBouncer are slow: the error budget burns, 2 % in an hour, 100 % in two days',
    description:
      '15.42% of the queries through PgBouncer were slow within 1h; the alert fires above 14.4 %. Objective: 99 % finish within 100 ms (monitoring.thresholds.latency).',
  },
  {
    alert: 'LatencyBudgetBurnSixHours',
    series: slow(3600, 3600),
    holdsSec: 4905,
    goneSec: 8790,
    summary:
      'Queries through PgBouncer are slow: the error budget burns, 5 % in six hours, 100 % in five days',
    description:
      '15.42% of the queries through PgBouncer were slow within 6h; the alert fires above 6 %. Objective: 99 % finish within 100 ms (monitoring.thresholds.latency).',
  },
  {
    alert: 'LatencyBudgetBurnDay',
    series: slow(3 * HOUR, 4 * HOUR),
    holdsSec: 6195,
    goneSec: 21180,
    summary:
      'Queries through PgBouncer are slow: the error budget burns, 10 % in a day, 100 % in ten days',
    description:
      '24.63% of the queries through PgBouncer were slow within 1d; the alert fires above 3 %. Objective: 99 % finish within 100 ms (monitoring.thresholds.latency).',
  },
  {
    alert: 'LatencyBudgetBurnThreeDays',
    series: slow(4 * HOUR, 12 * HOUR),
    holdsSec: 6195,
    goneSec: 39180,
    summary:
      'Queries through PgBouncer are slow: the error budget burns, 10 % in three days, 100 % in thirty days',
    description:
      '27.49% of the queries through PgBouncer were slow within 3d; the alert fires above 1 %. Objective: 99 % finish within 100 ms (monitoring.thresholds.latency).',
  },
];
