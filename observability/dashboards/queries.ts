import type { Thresholds } from '../alerts/thresholds.ts';
import { graph, number, table } from './panels.ts';
import { above, board, type Board, line, row } from './builders.ts';

const increase = (metric: string) =>
  `sum by (queryid, user) (increase(plinth_postgres_statement_${metric}_total[$__range]))`;
const perCall = (offset: string) =>
  `(sum by (queryid) (increase(plinth_postgres_statement_seconds_total[1h]${offset}))` +
  ` / (sum by (queryid) (increase(plinth_postgres_statement_calls_total[1h]${offset})) > 0))`;
/** Adds the text of the statement; only one, if the same statement has two texts. */
const withText = (expr: string) =>
  `(${expr}) * on (queryid) group_left (query) topk by (queryid) (1, max by (queryid, query) (plinth_postgres_statement_info))`;

/** Statements by cost, and slow statements. */
export function queriesBoard(t: Thresholds): Board {
  const slow = t.slowQueryMs / 1000;
  return board('queries', 'Which statements use the most time, and which became slower?', [
    row(
      'Most expensive statements',
      line(
        10,
        table('Top statements by total time', {
          shows:
            'The ten statements with the highest total execution time in the selected time range. Constants are replaced by $1.',
          normal: 'the same statements every day.',
          ifNot:
            'a new statement at the top was just deployed, or lost its index: run it with `explain (analyze, buffers)`.',
          labels: { query: 'Statement', user: 'Login', queryid: 'Id' },
          columns: [
            { name: 'Time', unit: 'seconds', expr: withText(increase('seconds')) },
            { name: 'Calls', unit: 'count', expr: withText(increase('calls')) },
            { name: 'Rows', unit: 'count', expr: withText(increase('rows')) },
            {
              name: 'Mean',
              unit: 'seconds',
              expr: withText('max by (queryid, user) (plinth_postgres_statement_mean_seconds)'),
              limit: above(slow),
            },
            {
              name: '95 of 100',
              unit: 'seconds',
              expr: withText('max by (queryid, user) (plinth_postgres_statement_p95_seconds)'),
              limit: above(slow),
            },
          ],
        }),
      ),
      line(
        8,
        graph('Execution time over time', {
          shows: 'Execution time of each statement, in seconds per second.',
          normal: 'follows the daily load of the application. 1 keeps one CPU busy.',
          ifNot: 'the cause is the statement that rises while others do not.',
          unit: 'seconds',
          lines: {
            '{{query}}': withText(
              'sum by (queryid) (rate(plinth_postgres_statement_seconds_total[$__rate_interval]))',
            ),
          },
          stacked: true,
        }),
      ),
    ),
    row(
      'Slow statements',
      line(
        8,
        graph('Slowest statements, 95th percentile', {
          shows:
            '95th percentile of the execution time of a statement, estimated from mean and standard deviation.',
          normal: `below ${String(t.slowQueryMs)} ms, from which the server logs a statement.`,
          ifNot: 'find the statement in the table, and check its plan.',
          unit: 'seconds',
          lines: {
            '{{query}}': withText(
              'topk(5, max by (queryid) (plinth_postgres_statement_p95_seconds))',
            ),
          },
          limit: above(slow),
        }),
        table('Slower than yesterday', {
          shows: 'Mean time per call in the last hour, relative to the same hour yesterday.',
          normal: 'about 1. On the first day there is no data to compare with.',
          ifNot:
            'above 2, the plan changed or the data grew: `analyze` the tables of the statement.',
          labels: { query: 'Statement' },
          columns: [
            {
              name: 'Times as slow',
              unit: 'count',
              expr: `max by (query) (topk(10, ${withText(`${perCall('')} / ${perCall(' offset 1d')}`)})) or on () label_replace(vector(1), "query", "nothing to compare with yet", "", "")`,
              limit: above(2),
            },
          ],
        }),
      ),
      line(
        6,
        graph('Slow statements in the log', {
          shows: `Logged statements per minute that took more than ${String(t.slowQueryMs)} ms.`,
          normal: 'near 0.',
          ifNot: 'read the log: `npx plinth logs postgres`.',
          alert: 'SlowQueries',
          unit: 'count',
          lines: { slow: '60 * sum(rate(plinth_log_slow_queries_total[$__rate_interval]))' },
        }),
        graph('Temporary files in the log', {
          shows: 'Bytes per second written to temporary files, from the log.',
          normal: 'near 0.',
          ifNot: 'the log shows the statement; an index may avoid the sort.',
          unit: 'bytesPerSecond',
          lines: { written: 'sum(rate(plinth_log_temp_file_bytes_total[$__rate_interval]))' },
        }),
        number('Longest running statement', {
          shows: 'Age of the oldest running statement.',
          normal: 'seconds.',
          ifNot: 'see Locks & transactions for lock waits.',
          alert: 'LongTransaction',
          unit: 'seconds',
          expr: 'max(plinth_postgres_longest_query_seconds)',
          limit: above(t.transactionSec),
          more: 'locks',
        }),
      ),
    ),
  ]);
}
