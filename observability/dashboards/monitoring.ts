import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { table, tile } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';
import { prometheusRow } from './prometheus.ts';

/** Can what the other boards show be believed? */
export function monitoringBoard(t: Thresholds, config: EnvironmentConfig): Board {
  return board('monitoring', 'Can what the other boards show be believed?', [
    row(
      'Is everything measured, and told?',
      line(
        4,
        tile('Targets', {
          shows: 'Whether everything that is to be measured answers Prometheus.',
          normal: 'All answer.',
          ifNot: 'the table below says which one does not.',
          alert: 'TargetMissing',
          expr: 'count(up == 0) or vector(0)',
          fine: 'All answer',
          wrong: 'SOME SILENT',
        }),
        tile('Watcher', {
          shows: 'Whether everything that the watcher looks at could be looked at.',
          normal: 'Sees all.',
          ifNot: 'what it does not see stays as it was, or is missing: see which one below.',
          alert: 'CollectorFailing',
          expr: 'count(plinth_watch_collector_success == 0) or vector(0)',
          fine: 'Sees all',
          wrong: 'BLIND SPOT',
        }),
        tile('Exporters', {
          shows: 'Whether the exporters of Postgres and Redis could ask all they ask.',
          normal: 'All asked.',
          ifNot: 'a right of the role monitor is missing, or the server is another version.',
          alert: 'CollectorFailing',
          expr: '(count(pg_scrape_collector_success == 0) or vector(0)) + (count(redis_exporter_last_scrape_error == 1) or vector(0))',
          fine: 'All asked',
          wrong: 'ERRORS',
        }),
        tile('Rules', {
          shows: 'Whether every rule could be worked out in the last quarter of an hour.',
          normal: 'All work.',
          ifNot: 'an alert that cannot be worked out never fires. See the log of prometheus.',
          alert: 'RulesFailing',
          // Half of one, because a rate is worked out beyond its edges.
          expr: 'sum(increase(prometheus_rule_evaluation_failures_total[15m])) > bool 0.5',
          fine: 'All work',
          wrong: 'SOME FAIL',
        }),
        tile('Configuration', {
          shows: 'Whether Prometheus and Alertmanager run with their newest files.',
          normal: 'In force.',
          ifNot: 'the new file has a mistake; the old one is in force.',
          alert: 'ConfigReloadFailed',
          expr: '2 - max(prometheus_config_last_reload_successful) - max(alertmanager_config_last_reload_successful)',
          fine: 'In force',
          wrong: 'REFUSED',
        }),
        tile('Messages', {
          shows: 'Whether all alerts of the last hour could be told.',
          normal: 'All told.',
          ifNot: 'the receiver refuses: its address or key. See the log of alertmanager.',
          alert: 'NotificationsFailing',
          // Where nobody is to be told, nothing is counted.
          expr: '(sum(increase(alertmanager_notifications_failed_total[1h])) or vector(0)) + sum(increase(prometheus_notifications_dropped_total[1h])) > bool 0.5',
          fine: 'All told',
          wrong: 'NOT TOLD',
        }),
      ),
    ),
    row(
      'What is measured?',
      line(
        10,
        table('How are the targets?', {
          shows: 'Each target, whether it answered, how long that took, and how much it said.',
          normal: 'Answers is 1 everywhere.',
          ifNot: 'is its container running? Does its own server answer?',
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
        table('What does the watcher look at?', {
          shows: 'Each of its looks, whether it succeeded, and how long it took.',
          normal: 'Succeeds is 1 everywhere.',
          ifNot: 'its log says why.',
          alert: 'CollectorFailing',
          labels: { collector: 'Look' },
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
