import type { EnvironmentConfig } from '../../config/environment.ts';
import { HOUR_BURN, SIX_HOURS_BURN } from '../alerts/slo.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { budgetDays, budgetSpent, callsPerSecond, failedShare, latency99 } from './expressions.ts';
import { graph, number } from './panels.ts';
import { above, below, board, type Board, line, row } from './builders.ts';
import { endpointRows } from './endpoints.ts';

/** Do we keep what we promised? */
export function sloBoard(t: Thresholds, config: EnvironmentConfig): Board {
  const { availabilityPercent, latencyMs } = t;
  const days = budgetDays(config);
  const window = `${String(days)}d`;
  const objective = `${String(availabilityPercent)} %`;
  return board(
    'slo',
    'Do we keep what we promised?',
    [
      row(
        'Calls to the database',
        line(
          4,
          number('How many calls succeed?', {
            shows: `Calls through the pooler that succeeded in the last ${String(days)} days, or as long as it is measured.`,
            normal: `at least ${objective}, which is the objective.`,
            ifNot:
              'the promise is broken. Restarts and deployments cost most: make fewer at a time.',
            unit: 'ratio',
            decimals: 3,
            expr: `1 - ${failedShare(window)}`,
            limit: below(availabilityPercent / 100),
          }),
          number('How much budget is left?', {
            shows: `What may still fail in these ${String(days)} days, of all that may.`,
            normal: 'above 0 %.',
            ifNot: 'below 0 %: take no risk that can wait.',
            unit: 'ratio',
            decimals: 1,
            expr: `1 - ${budgetSpent(t, window)}`,
            limit: below(0),
          }),
          number('How fast does it go, this hour?', {
            shows: 'How many times as fast as it lasts. 1 uses it up exactly.',
            normal: 'below 1.',
            ifNot: `above ${String(HOUR_BURN)} it is gone in two days: act now.`,
            alert: 'AvailabilityBudgetBurnHour',
            unit: 'count',
            decimals: 1,
            expr: budgetSpent(t, '1h'),
            limit: above(HOUR_BURN),
          }),
          number('How fast does it go, these six hours?', {
            shows: 'How many times as fast as it lasts.',
            normal: 'below 1.',
            ifNot: `above ${String(SIX_HOURS_BURN)} it is gone in five days: act today.`,
            alert: 'AvailabilityBudgetBurnSixHours',
            unit: 'count',
            decimals: 1,
            expr: budgetSpent(t, '6h'),
            limit: above(SIX_HOURS_BURN),
          }),
          number('How fast are answers?', {
            shows: '99 of 100 calls are answered in that time.',
            normal: `below ${String(latencyMs)} ms.`,
            ifNot: 'look for locks, then for a full pool, then for a busy machine.',
            alert: 'LatencyBudgetBurnHour',
            unit: 'seconds',
            expr: latency99,
            limit: above(latencyMs / 1000),
            more: 'locks',
          }),
        ),
        line(
          8,
          graph('How many calls fail?', {
            shows: 'Calls of the probe by what came of them.',
            normal: 'a flat line of ok.',
            ifNot: 'compare with the marks of restarts.',
            unit: 'perSecond',
            lines: { '{{result}}': callsPerSecond },
            stacked: true,
          }),
          graph('How fast does the budget go?', {
            shows: 'How many times as fast as it lasts, over an hour and over six.',
            normal: 'below 1.',
            ifNot: 'a short peak costs little; a line that stays above 1 does not end well.',
            alert: 'AvailabilityBudgetBurnHour',
            unit: 'count',
            lines: { 'one hour': budgetSpent(t, '1h'), 'six hours': budgetSpent(t, '6h') },
            limit: above(HOUR_BURN),
          }),
          graph('How long do calls take?', {
            shows: 'The time in which half, 95 and 99 of 100 calls are answered.',
            normal: `99 of 100 below ${String(latencyMs)} ms.`,
            ifNot: 'all rise: a busy machine. Only the last: locks or waits for the pool.',
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
