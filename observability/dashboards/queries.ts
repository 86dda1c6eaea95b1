import type { Thresholds } from '../alerts/thresholds.ts';
import { graph, number, table } from './panels.ts';
import { above, board, type Board, line, row } from './builders.ts';

const increase = (metric: string) =>
  `sum by (queryid, user) (increase(plinth_postgres_statement_${metric}_total[$__range]))`;
const perCall = (offset: string) =>
  `(sum by (queryid) (increase(plinth_postgres_statement_seconds_total[1h]${offset}))` +
  ` / (sum by (queryid) (increase(plinth_postgres_statement_calls_total[1h]${offset})) > 0))`;
/** With the statement's text; one only, should the same statement be known by two. */
const withText = (expr: string) =>
  `(${expr}) * on (queryid) group_left (query) topk by (queryid) (1, max by (queryid, query) (plinth_postgres_statement_info))`;

/** Which statements cost most, and which became slower? */
export function queriesBoard(t: Thresholds): Board {
  const slow = t.slowQueryMs / 1000;
  return board('queries', 'Which statements cost most, and which became slower?', [
    row(
      'What costs most?',
      line(
        10,
        table('Where does the time go?', {
          shows:
            'The ten statements that took most time of the server in the time shown. Numbers in them are replaced by $1.',
          normal: 'the same ones every day.',
          ifNot:
            'a new one on top was just deployed, or lost its index: try it with `explain (analyze, buffers)`.',
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
        graph('Where does the time go, over time?', {
          shows: 'Seconds of work that each statement causes in a second.',
          normal: 'follows the day of the application. 1 keeps one processor busy.',
          ifNot: 'what rises where others do not is the cause.',
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
      'What is slow?',
      line(
        8,
        graph('How long do the slowest take?', {
          shows:
            'The time in which 95 of 100 calls of a statement are done: an estimate from mean and spread.',
          normal: `below ${String(t.slowQueryMs)} ms, from where on the server logs it.`,
          ifNot: 'find the same statement in the table, and its plan.',
          unit: 'seconds',
          lines: {
            '{{query}}': withText(
              'topk(5, max by (queryid) (plinth_postgres_statement_p95_seconds))',
            ),
          },
          limit: above(slow),
        }),
        table('What became slower than yesterday?', {
          shows: 'Time of one call in the last hour, as a multiple of the same hour yesterday.',
          normal: 'about 1. In the first day there is nothing to compare with.',
          ifNot: 'above 2, its plan changed or its data grew: `analyze` the tables it reads.',
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
        graph('How many slow statements are logged?', {
          shows: `Statements a minute that took more than ${String(t.slowQueryMs)} ms.`,
          normal: 'near 0.',
          ifNot: 'read them: `npx plinth logs postgres`.',
          alert: 'SlowQueries',
          unit: 'count',
          lines: { slow: '60 * sum(rate(plinth_log_slow_queries_total[$__rate_interval]))' },
        }),
        graph('Who sorts on disk?', {
          shows: 'What statements wrote to temporary files, as logged.',
          normal: 'near 0.',
          ifNot: 'the log names the statement; an index may save the sort.',
          unit: 'bytesPerSecond',
          lines: { written: 'sum(rate(plinth_log_temp_file_bytes_total[$__rate_interval]))' },
        }),
        number('How long is the longest one running?', {
          shows: 'The statement that runs longest at this moment.',
          normal: 'seconds.',
          ifNot: 'see in Locks & transactions whether it works or waits.',
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
