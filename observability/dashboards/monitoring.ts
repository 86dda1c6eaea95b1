import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { table, tile } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';
import { prometheusRow } from './prometheus.ts';

/** Monitoring of the monitoring itself. */
export function monitoringBoard(t: Thresholds, config: EnvironmentConfig): Board {
  return board('monitoring', 'Are the other boards complete and reliable?', [
    row(
      'Do scrapes, rules and notifications work?',
      line(
        4,
        tile('Targets', {
          shows: 'Whether Prometheus can scrape all targets.',
          normal: 'All answer.',
          ifNot: 'see the table below for the failing target.',
          alert: 'TargetMissing',
          expr: 'count(up == 0) or vector(0)',
          fine: 'All answer',
          wrong: 'SOME SILENT',
        }),
        tile('Plinth exporter', {
          shows: 'Whether all collectors of the Plinth exporter (container watch) succeed.',
          normal: 'Sees all.',
          ifNot: 'the metrics of the failing collector are stale or missing: see the table below.',
          alert: 'CollectorFailing',
          expr: 'count(plinth_watch_collector_success == 0) or vector(0)',
          fine: 'Sees all',
          wrong: 'BLIND SPOT',
        }),
        tile('Exporters', {
          shows: 'Whether all collectors of the Postgres and Redis exporters succeed.',
          normal: 'All asked.',
          ifNot: 'the role monitor lacks a privilege, or the server version changed.',
          alert: 'CollectorFailing',
          expr: '(count(pg_scrape_collector_success == 0) or vector(0)) + (count(redis_exporter_last_scrape_error == 1) or vector(0))',
          fine: 'All asked',
          wrong: 'ERRORS',
        }),
        tile('Rules', {
          shows: 'Whether Prometheus evaluated all rules without errors in the last 15 minutes.',
          normal: 'All work.',
          ifNot: 'an alert whose rule cannot be evaluated never fires. Read the log of prometheus.',
          alert: 'RulesFailing',
          // 0.5, because increase() extrapolates.
          expr: 'sum(increase(prometheus_rule_evaluation_failures_total[15m])) > bool 0.5',
          fine: 'All work',
          wrong: 'SOME FAIL',
        }),
        tile('Configuration', {
          shows: 'Whether Prometheus and Alertmanager run with their current configuration.',
          normal: 'In force.',
          ifNot: 'the new file has an error; the old configuration stays in effect.',
          alert: 'ConfigReloadFailed',
          expr: '2 - max(prometheus_config_last_reload_successful) - max(alertmanager_config_last_reload_successful)',
          fine: 'In force',
          wrong: 'REFUSED',
        }),
        tile('Notifications', {
          shows: 'Whether all notifications of the last hour were sent.',
          normal: 'All sent.',
          ifNot:
            'the receiver rejects the notification: check its address and key. Read the log of alertmanager.',
          alert: 'NotificationsFailing',
          // Without a receiver, Alertmanager counts nothing.
          expr: '(sum(increase(alertmanager_notifications_failed_total[1h])) or vector(0)) + sum(increase(prometheus_notifications_dropped_total[1h])) > bool 0.5',
          fine: 'All sent',
          wrong: 'NOT SENT',
        }),
      ),
    ),
    row(
      'Targets and collectors',
      line(
        10,
        table('Scrape targets', {
          shows: 'Each target with its state, scrape duration, and number of samples.',
          normal: 'Answers is 1 everywhere.',
          ifNot: 'is its container running? Does the server behind the exporter respond?',
          alert: 'ExporterDown',
          labels: { job: 'Job', instance: 'Where' },
          columns: [
            {
              name: 'Answers',
              unit: 'count',
              expr: 'min by (job, instance) (up)',
              limit: below(1),
            },
            {
              name: 'Took',
              unit: 'seconds',
              expr: 'max by (job, instance) (scrape_duration_seconds)',
              limit: above(t.scrapeIntervalSec / 2),
            },
            {
              name: 'Figures',
              unit: 'count',
              expr: 'max by (job, instance) (scrape_samples_scraped)',
            },
          ],
          sortBy: 'Answers',
          descending: false,
        }),
        table('Collectors of the Plinth exporter', {
          shows: 'Each collector with its state and duration.',
          normal: 'Succeeds is 1 everywhere.',
          ifNot: 'the log of watch shows the error.',
          alert: 'CollectorFailing',
          labels: { collector: 'Collector' },
          columns: [
            {
              name: 'Succeeds',
              unit: 'count',
              expr: 'min by (collector) (plinth_watch_collector_success)',
              limit: below(1),
            },
            {
              name: 'Took',
              unit: 'seconds',
              expr: 'max by (collector) (plinth_watch_collector_duration_seconds)',
            },
          ],
          sortBy: 'Succeeds',
          descending: false,
        }),
      ),
    ),
    prometheusRow(t, config.monitoring),
  ]);
}
