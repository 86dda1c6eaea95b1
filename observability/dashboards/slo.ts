import type { EnvironmentConfig } from '../../config/environment.ts';
import { HOUR_BURN, SIX_HOURS_BURN } from '../alerts/slo.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { budgetDays, budgetSpent, callsPerSecond, failedShare, latency99 } from './expressions.ts';
import { graph, number } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';
import { endpointRows } from './endpoints.ts';

/** Service level objectives. */
export function sloBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const { availabilityPercent, latencyMs } = t;
  const days = budgetDays(config);
  const window = `${String(days)}d`;
  const objective = `${String(availabilityPercent)} %`;
  return board(
    'slo',
    'Are the service level objectives met?',
    [
      row(
        'Queries through PgBouncer',
        line(
          4,
          number('Availability', {
            shows: `Successful queries through PgBouncer in the last ${String(days)} days, or since the first measurement.`,
            normal: `at least ${objective}, the objective.`,
            ifNot:
              'the objective is missed. Restarts and deployments cost most: reduce their number.',
            unit: 'ratio',
            decimals: 3,
            expr: `1 - ${failedShare(window)}`,
            limit: below(availabilityPercent / 100),
          }),
          number('Remaining error budget', {
            shows: `Remaining error budget of these ${String(days)} days.`,
            normal: 'above 0 %.',
            ifNot: 'below 0 %, postpone risky changes.',
            unit: 'ratio',
            decimals: 1,
            expr: `1 - ${budgetSpent(t, window)}`,
            limit: below(0),
          }),
          number('Burn rate, 1 hour', {
            shows:
              'Burn rate of the error budget in the last hour. 1 consumes it exactly within its period.',
            normal: 'below 1.',
            ifNot: `above ${String(HOUR_BURN)} the budget is exhausted in two days: act now.`,
            alert: 'AvailabilityBudgetBurnHour',
            unit: 'count',
            decimals: 1,
            expr: budgetSpent(t, '1h'),
            limit: above(HOUR_BURN),
          }),
          number('Burn rate, 6 hours', {
            shows: 'Burn rate of the error budget in the last six hours.',
            normal: 'below 1.',
            ifNot: `above ${String(SIX_HOURS_BURN)} the budget is exhausted in five days: act today.`,
            alert: 'AvailabilityBudgetBurnSixHours',
            unit: 'count',
            decimals: 1,
            expr: budgetSpent(t, '6h'),
            limit: above(SIX_HOURS_BURN),
          }),
          number('Latency, 99th percentile', {
            shows: '99th percentile of the duration of queries through PgBouncer.',
            normal: `below ${String(latencyMs)} ms.`,
            ifNot: 'check for lock waits, then for a full pool, then for a busy host.',
            alert: 'LatencyBudgetBurnHour',
            unit: 'seconds',
            expr: latency99,
            limit: above(latencyMs / 1000),
            more: 'locks',
          }),
        ),
        line(
          8,
          graph('Probe queries by result', {
            shows: 'Probe queries per second by result.',
            normal: 'a flat line of ok.',
            ifNot: 'compare with the restart annotations.',
            unit: 'perSecond',
            lines: { '{{result}}': callsPerSecond },
            stacked: true,
          }),
          graph('Burn rate over time', {
            shows: 'Burn rate of the error budget over one hour and over six hours.',
            normal: 'below 1.',
            ifNot: 'a short peak costs little; a line that stays above 1 exhausts the budget.',
            alert: 'AvailabilityBudgetBurnHour',
            unit: 'count',
            lines: { 'one hour': budgetSpent(t, '1h'), 'six hours': budgetSpent(t, '6h') },
            limit: above(HOUR_BURN),
          }),
          graph('Latency percentiles', {
            shows: 'Median, 95th and 99th percentile of the duration of queries through PgBouncer.',
            normal: `99th percentile below ${String(latencyMs)} ms.`,
            ifNot:
              'if all rise, the host is busy. If only the 99th percentile rises, check lock waits and the pool.',
            alert: 'LatencyBudgetBurnHour',
            unit: 'seconds',
            lines: {
              half: latency99.replace('0.99', '0.5'),
              '95 of 100': latency99.replace('0.99', '0.95'),
              '99 of 100': latency99,
            },
            limit: above(latencyMs / 1000),
          }),
        ),
      ),
      ...endpointRows(t, config.monitoring),
    ],
    'now-24h',
  );
}
