// The statements with the highest total execution time.

import {
  sqlCollector,
  type CollectorContext,
  type Collector,
  type SqlCollector,
  type ExporterSample,
} from '../collector.ts';

const SHOWN = 10;
const TEXT_LENGTH = 120;

/** A statement of a user may appear twice: called by a client, and from a function. */
export const STATEMENTS: SqlCollector = {
  name: 'statements',
  extension: 'pg_stat_statements',
  labels: ['queryid', 'user'],
  metrics: {
    seconds: 'plinth_postgres_statement_seconds_total',
    calls: 'plinth_postgres_statement_calls_total',
    rows: 'plinth_postgres_statement_rows_total',
    mean: 'plinth_postgres_statement_mean_seconds',
    p95: 'plinth_postgres_statement_p95_seconds',
  },
  // Without the query texts: reading them means reading the whole text file.
  sql: `select s.queryid::text as queryid, pg_get_userbyid(s.userid)::text as "user", s.ms / 1000 as seconds,
      s.calls, s.rows, s.mean / 1000 as mean,
      (s.mean + 1.645 * sqrt(greatest(0, s.squares / s.calls - s.mean * s.mean))) / 1000 as p95
    from (select p.queryid, p.userid, sum(p.total_exec_time) as ms, sum(p.calls)::float8 as calls,
        sum(p.rows)::float8 as rows, sum(p.total_exec_time) / sum(p.calls) as mean,
        sum(p.calls * (p.stddev_exec_time * p.stddev_exec_time + p.mean_exec_time * p.mean_exec_time)) as squares
      from {extension}.pg_stat_statements(false) p
      where p.queryid is not null and p.calls > 0
        and p.dbid = (select oid from pg_database where datname = current_database())
      group by 1, 2 order by ms desc limit ${String(SHOWN)}) s`,
};

const TEXTS = `select distinct on (queryid) queryid::text as queryid, query from {extension}.pg_stat_statements(true)
  where queryid::text = any ($1::text[])`;

/** The statistics, and the query texts of the top statements; each text is read once. */
export function statements(asked: CollectorContext): Collector {
  const figures = sqlCollector(STATEMENTS, asked);
  let texts: ReadonlyMap<string, string> = new Map();
  return {
    name: STATEMENTS.name,
    collect: async () => {
      const samples = await figures.collect();
      const ids = [...new Set(samples.map(({ labels }) => labels?.['queryid'] ?? ''))];
      const missing = ids.filter((id) => !texts.has(id));
      const known = new Map(ids.flatMap((id) => [[id, texts.get(id)] as const]));
      if (missing.length > 0) {
        const schema = await asked.schemaOf('pg_stat_statements');
        const sql = TEXTS.replaceAll('{extension}', () => schema);
        for (const { queryid, query } of await asked.query(sql, [missing])) {
          known.set(String(queryid), shortened(String(query)));
        }
      }
      texts = new Map([...known].flatMap(([id, text]) => (text === undefined ? [] : [[id, text]])));
      return [...samples, ...[...texts].map(infoOf)];
    },
  };
}

function infoOf([queryid, query]: readonly [string, string]): ExporterSample {
  return { name: 'plinth_postgres_statement_info', value: 1, labels: { queryid, query } };
}

const COMMENTS = /\/\*.*?\*\/|--[^\n]*/gs;
/** The server normalizes constants only in these statements. Other statements may contain values such as passwords. */
const WITHOUT_VALUES = /^\W*(select|insert|update|delete|merge|with|values|table)\b/i;

/** The text on one line, without comments, limited in length; only the command name for other statements. */
export function shortened(query: string): string {
  const whole = query.replaceAll(COMMENTS, ' ').replaceAll(/\s+/g, ' ').trim();
  const line = WITHOUT_VALUES.test(whole) ? whole : (/\w+/.exec(whole)?.[0] ?? '').toUpperCase();
  const characters = [...line];
  return characters.length <= TEXT_LENGTH
    ? line
    : `${characters.slice(0, TEXT_LENGTH - 1).join('')}…`;
}
