import { describe, expect, it } from '@jest/globals';
import {
  sqlCollector,
  samplesOf,
  type CollectorContext,
  type PartialResult,
} from '../../../exporter/collector.ts';
import { FAMILIES } from '../../../exporter/metrics.ts';
import { compared, migrations } from '../../../exporter/collectors/migrations.ts';
import { sequences } from '../../../exporter/collectors/sequences.ts';
import { SERVER, UP } from '../../../exporter/collectors/server.ts';
import { SESSIONS } from '../../../exporter/collectors/sessions.ts';
import { shortened, statements, STATEMENTS } from '../../../exporter/collectors/statements.ts';
import { sequencesBy, TABLES } from '../../../exporter/collectors/tables.ts';

const ALL = [UP, ...SERVER, ...SESSIONS, ...TABLES, sequencesBy(true), STATEMENTS];

/** Answers by the beginning of a statement. */
function server(answers: Readonly<Record<string, readonly Record<string, unknown>[]>>) {
  const asked: string[] = [];
  const access: CollectorContext = {
    query: async (sql, values = []) => {
      asked.push(`${sql.trim().split(/\s+/).slice(0, 4).join(' ')} ${JSON.stringify(values)}`);
      const key = Object.keys(answers).find((one) => sql.includes(one));
      return key === undefined ? [] : (answers[key] ?? []);
    },
    schemaOf: async () => '"My Schema"',
  };
  return { access, asked };
}

describe('what is asked by one statement', () => {
  it('names every column that it is said to give, and no two have one name', () => {
    for (const { sql, labels = [], metrics } of ALL) {
      for (const column of [...labels, ...Object.keys(metrics)])
        expect(sql).toMatch(new RegExp(`\\b${column}\\b`));
      expect(sql.includes('{extension}')).toBe(sql === STATEMENTS.sql);
    }
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  });

  it('has every metric of the server but those of collectors with code', () => {
    const declared = new Set<string>(ALL.flatMap(({ metrics }) => Object.values(metrics)));
    const coded = ['up', 'table_bloat_ratio', 'statement_info'].map(
      (name) => `plinth_postgres_${name}`,
    );
    const families = Object.keys(FAMILIES).filter((name) => name.startsWith('plinth_postgres_'));
    expect([...declared, ...coded].sort()).toEqual(families.sort());
  });

  it('becomes samples; what is unknown is not said', () => {
    const spec = {
      labels: ['user', 'state'],
      metrics: { n: 'plinth_postgres_connections', m: 'plinth_postgres_lock_waiters' },
    } as const;
    expect(
      samplesOf(spec, [
        { user: 'app_a', state: 'idle', n: 2, m: null },
        { user: 'app_b', state: null, n: 1, m: 4 },
      ]),
    ).toEqual([
      { name: 'plinth_postgres_connections', value: 2, labels: { user: 'app_a', state: 'idle' } },
      { name: 'plinth_postgres_connections', value: 1, labels: { user: 'app_b', state: '' } },
      { name: 'plinth_postgres_lock_waiters', value: 4, labels: { user: 'app_b', state: '' } },
    ]);
    expect(samplesOf({ metrics: spec.metrics }, [{ n: 2 }])).toEqual([
      { name: 'plinth_postgres_connections', value: 2 },
    ]);
  });

  it('finds its extension wherever that is', async () => {
    const asked: string[] = [];
    await sqlCollector(STATEMENTS, {
      query: async (sql) => {
        asked.push(sql);
        return [];
      },
      schemaOf: async (name) => `"of ${name}"`,
    }).collect();
    expect(asked[0]).toContain('from "of pg_stat_statements".pg_stat_statements(false) p');
  });
});

describe('the statements', () => {
  const figures = {
    queryid: '7',
    user: 'app_a',
    seconds: 2,
    calls: 4,
    rows: 4,
    mean: 0.5,
    p95: 0.9,
  };

  it('come with their texts, each asked for once', async () => {
    const { access, asked } = server({
      '(false)': [figures, { ...figures, user: 'app_b' }],
      '(true)': [{ queryid: '7', query: 'SELECT  *\n FROM t WHERE id = $1' }],
    });
    const collector = statements(access);
    const samples = await collector.collect();
    expect(samples).toHaveLength(11);
    expect(samples.at(-1)).toEqual({
      name: 'plinth_postgres_statement_info',
      value: 1,
      labels: { queryid: '7', query: 'SELECT * FROM t WHERE id = $1' },
    });
    await collector.collect();
    expect(asked.filter((one) => one.includes('distinct'))).toEqual([
      'select distinct on (queryid) [["7"]]',
    ]);
  });

  it.each([
    ['select 1', 'select 1'],
    ['/* who: Ann */ SELECT a -- note\n FROM b', 'SELECT a FROM b'],
    ['( VALUES (1) )', '( VALUES (1) )'],
    ["ALTER ROLE app PASSWORD 'secret'", 'ALTER'],
    ["/* x */ create user a password 'secret'", 'CREATE'],
    ['do $$ secret $$', 'DO'],
    ['', ''],
    [`select ${'ä'.repeat(200)}`, `select ${'ä'.repeat(112)}…`],
  ])('%s is shown as %s', (query, shown) => {
    expect(shortened(query)).toBe(shown);
  });
});

describe('sequences', () => {
  const readable = [{ schema: 'public', sequence: 's', used: 0.5 }];
  it('are shown', async () => {
    const { access } = server({ seqincrement: readable });
    expect(await sequences(access).collect()).toHaveLength(1);
  });

  it('are no success where some cannot be read', async () => {
    const { access } = server({
      seqincrement: readable,
      'as name': ['a', 'b', 'c', 'd'].map((name) => ({ name })),
    });
    await expect(sequences(access).collect()).rejects.toMatchObject({
      message:
        'sequences a, b, c and 1 more cannot be read: make their owner the migrator, or GRANT SELECT ON SEQUENCE … to who watches',
      samples: [{ value: 0.5 }],
    } satisfies Partial<Omit<PartialResult, 'samples'>> & { samples: object[] });
  });
});

describe('migrations', () => {
  const wanted = [
    { name: '0001_a.sql', checksum: '1' },
    { name: '0002_b.sql', checksum: '2' },
    { name: '0003_c.sql', checksum: '3' },
  ];
  const values = (samples: readonly { value: number }[]): number[] =>
    samples.map(({ value }) => value);

  it('are applied, pending, or changed', () => {
    expect(values(compared(wanted, wanted))).toEqual([3, 0, 0]);
    expect(
      values(
        compared(wanted, [
          { name: '0000_old.sql', checksum: '0' },
          { name: '0001_a.sql', checksum: '1' },
          { name: '0002_b.sql', checksum: 'x' },
        ]),
      ),
    ).toEqual([3, 1, 1]);
  });

  it('are all pending where there is no history', async () => {
    const { access, asked } = server({});
    expect(values(await migrations(wanted, access).collect())).toEqual([0, 3, 0]);
    expect(asked).toHaveLength(1);
  });
});
