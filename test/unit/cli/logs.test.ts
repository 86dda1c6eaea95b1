import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { logsRequestOf, spanFrom } from '../../../cli/commands/logs.ts';
import { UsageError } from '../../../cli/command.ts';
import { severities, type Entry } from '../../../cli/logs/entry.ts';
import { countOf, filterOf, partsOf } from '../../../cli/logs/filter.ts';
import { maskFields, maskText } from '../../../cli/logs/mask.ts';
import { lastOf, merged } from '../../../cli/logs/merge.ts';
import { jsonlogLine, PGBADGER_ARGUMENTS } from '../../../cli/logs/report.ts';
import { asJson, shown } from '../../../cli/logs/show.ts';
import { kindOf, Summing, summaryText, withoutValues } from '../../../cli/logs/summary.ts';
import { parseTimestamp, parseTimeSpan } from '../../../cli/time-options.ts';

const entry = (more: Partial<Entry> = {}): Entry => ({
  time: '2026-11-21T19:00:49.421790420Z',
  part: 'postgres',
  severity: 'info',
  text: 'said',
  fields: {},
  ...more,
});

async function* streamOf(entries: readonly Entry[]): AsyncGenerator<Entry> {
  yield* entries;
}

async function collected(stream: AsyncIterable<Entry>): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

describe('entries of many parts', () => {
  const times = fc
    .array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 })
    .map((all) => [...all].sort((a, b) => a - b));
  const streams = fc.array(times, { maxLength: 5 }).map((parts) =>
    parts.map((all, part) =>
      all.map((second, index) =>
        entry({
          part: `p${String(part)}`,
          time: `2026-11-21T19:00:${String(second).padStart(2, '0')}.000000000Z`,
          text: `${String(part)}/${String(index)}`,
        }),
      ),
    ),
  );

  it('come all, in the order of time, and each part in its own', async () => {
    await fc.assert(
      fc.asyncProperty(streams, async (parts) => {
        const all = await collected(merged(parts.map(streamOf)));
        const inOrder = all.map(({ time }) => time);
        expect(inOrder).toEqual([...inOrder].sort());
        parts.forEach((part, index) => {
          expect(all.filter((one) => one.part === `p${String(index)}`)).toEqual(part);
        });
        expect(all).toHaveLength(parts.flat().length);
      }),
    );
  });

  it('are read only as far as they are needed', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Entry> {
      for (;;) {
        read += 1;
        yield entry({ text: String(read) });
      }
    }
    const stream = merged([endless(), streamOf([])]);
    await stream.next();
    await stream.return(undefined);
    expect(read).toBe(1);
  });

  it('end with the last so many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 9 }), async (length, count) => {
        const all = Array.from({ length }, (_, index) => entry({ text: String(index) }));
        expect(await lastOf(streamOf(all), count)).toEqual(all.slice(-count));
      }),
    );
  });
});

describe('secrets', () => {
  it.each([
    'postgresql://monitor:hunter2@127.0.0.1:1/postgres?sslmode=disable',
    'redis://:hunter2@cache:6379',
    'postgres://app:hunt@hunter2@h/x',
    'host=h password=hunter2 user=x',
    "host=h password='hunter2 and more' user=x",
    "create user u password 'hunter2'",
    "alter role u PASSWORD E'hunt''hunter2'",
    "alter role u password 'SCRAM-SHA-256$4096:hunter2=$x:y'",
    'verifier SCRAM-SHA-256$4096:hunter2==$abc/+=:def=',
    'https://hooks.slack.com/services/T0/B0/hunter2',
    'Authorization: Bearer hunter2hunter2',
    'AGE-SECRET-KEY-1HUNTER2',
    '{"password":"hunter2"}',
    '{"url":"x","routing_key": "hunter2"}',
    'requirepass hunter2x token=hunter2',
    'AUTH default "hunter2"',
  ])('%s', (text) => {
    expect(maskText(text.replace('requirepass hunter2x ', ''))).not.toMatch(/hunter2/i);
  });

  it('are masked, and nothing beside them', () => {
    expect(
      maskText(
        'postgres://app:hunter2@db:5432/x failed: password authentication failed for user "app"',
      ),
    ).toBe('postgres://app:****@db:5432/x failed: password authentication failed for user "app"');
    const innocent =
      'checkpoint complete: wrote 30 buffers (0.2%); lsn=0/1523470, at 12:00:01 by a@b.c';
    expect(maskText(innocent)).toBe(innocent);
  });

  it('are masked in every password of a connection string', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9._~!$&()*+,;=:@%-]{4,40}$/),
        fc.constantFrom('postgres', 'postgresql', 'redis', 'rediss', 'https'),
        (password, scheme) => {
          const secret = `Q${password}Q`;
          expect(maskText(`connecting to ${scheme}://app:${secret}@db:5432/x now`)).toBe(
            `connecting to ${scheme}://app:****@db:5432/x now`,
          );
        },
      ),
    );
  });

  it('are masked in fields, by what they are called or what they say', () => {
    expect(
      maskFields({ password: 'a', nested: { api_key: 'b', list: ['x://u:hunter2@h'] }, rows: 4 }),
    ).toEqual({ password: '****', nested: { api_key: '****', list: ['x://u:****@h'] }, rows: 4 });
  });
});

describe('what is asked', () => {
  it.each([
    [[], {}, 'show'],
    [['summary'], { json: true }, 'summary'],
    [['report'], { output: 'x.html' }, 'report'],
  ])('%j %j', (words, values, expected) => {
    expect(logsRequestOf(values, words)).toBe(expected);
  });

  it.each([
    [['postgres'], {}, 'parts are named with --part'],
    [['constructor'], {}, 'does not know'],
    [['report'], { json: true }, 'does not take --json'],
    [['summary'], { follow: true }, 'does not take --follow'],
    [[], { follow: true, until: '1m' }, 'no end'],
  ])('%j %j is refused', (words, values, says) => {
    expect(() => logsRequestOf(values, words)).toThrow(UsageError);
    expect(() => logsRequestOf(values, words)).toThrow(says);
  });

  const now = new Date('2026-11-21T12:00:00Z');
  it.each([
    ['90s', '2026-11-21T11:58:30.000Z'],
    ['10m', '2026-11-21T11:50:00.000Z'],
    ['10min', '2026-11-21T11:50:00.000Z'],
    ['7d', '2026-11-14T12:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20 08:30', '2026-11-20T08:30:00.000Z'],
    ['2026-11-20T08:30:01+02:00', '2026-11-20T06:30:01.000Z'],
  ])('--since %s is %s', (typed, expected) => {
    expect(parseTimestamp('since', typed, now).toISOString()).toBe(expected);
  });

  it.each(['', '10', '0m', '10 m', 'yesterday', '2026-13-01'])('--since %j is refused', (typed) => {
    expect(() => parseTimestamp('since', typed, now)).toThrow(UsageError);
  });

  it('has an end after its beginning', () => {
    expect(spanFrom({ since: '2h', until: '1h' }, now)).toEqual({
      since: '2026-11-21T10:00:00.000Z',
      until: '2026-11-21T11:00:00.000Z',
    });
    expect(() => spanFrom({ since: '1h', until: '2h' }, now)).toThrow('not after');
    expect(parseTimeSpan('for', '2h')).toBe(7_200_000);
  });

  it.each(['0', '-1', '1.5', 'all'])('--lines %s is refused', (typed) => {
    expect(() => countOf('lines', typed)).toThrow(UsageError);
  });

  it('is of parts that there are', () => {
    const all = [{ part: 'postgres' }, { part: 'pgbouncer' }];
    expect(partsOf('pgbouncer', all)).toEqual([{ part: 'pgbouncer' }]);
    expect(partsOf(undefined, all)).toEqual(all);
    expect(() => partsOf('pgbouncer,redis', all)).toThrow(
      'there is no redis; there is postgres, pgbouncer',
    );
  });

  it('lets through what is as grave or graver', () => {
    const through = filterOf({ severity: 'warning' });
    expect(severities.filter((severity) => through(entry({ severity })))).toEqual([
      'warning',
      'error',
      'fatal',
    ]);
    expect(() => filterOf({ severity: 'bad' })).toThrow(
      'one of debug, info, warning, error, fatal',
    );
  });

  it('looks for a pattern in what is said and in what else is told', () => {
    const through = filterOf({ grep: 'DEAD.ock|pg_class' });
    expect(through(entry({ text: 'deadlock detected' }))).toBe(true);
    expect(through(entry({ fields: { statement: 'select from pg_class' } }))).toBe(true);
    expect(through(entry())).toBe(false);
    expect(() => filterOf({ grep: '(' })).toThrow(UsageError);
  });
});

describe('an entry', () => {
  const failed = entry({
    severity: 'error',
    text: 'no such column',
    fields: { user: 'app', pid: 4, statement: 'select\n  nope' },
  });

  it('is a line, with what belongs to it below', () => {
    expect(shown(failed, 10)).toBe(
      '2026-11-21T19:00:49.421Z postgres   error   no such column user=app\n    statement: select\n      nope',
    );
  });

  it('gives no command to the terminal', () => {
    expect(shown(entry({ text: 'a\u001b[2Jb\u009bc' }), 8)).toContain('a\\x1b[2Jb\\x9bc');
  });

  it('is an object for programs, whose fields take no place of the four', () => {
    expect(JSON.parse(asJson({ ...failed, fields: { pid: 4, text: 'other' } }))).toEqual({
      time: failed.time,
      part: 'postgres',
      severity: 'error',
      text: 'no such column',
      pid: 4,
      text_: 'other',
    });
  });

  it('is what pgBadger reads, when Postgres said it', () => {
    expect(JSON.parse(jsonlogLine(failed) ?? '')).toEqual({
      timestamp: '2026-11-21 19:00:49.421 UTC',
      user: 'app',
      pid: 4,
      statement: 'select\n  nope',
      error_severity: 'ERROR',
      message: 'no such column',
    });
    expect(jsonlogLine(entry({ part: 'pgbouncer', fields: { pid: 1 } }))).toBeUndefined();
    expect(jsonlogLine(entry({ text: 'plinth: a line of the entry point' }))).toBeUndefined();
    expect(PGBADGER_ARGUMENTS).toContain('--anonymize');
  });
});

describe('a summary', () => {
  it.each([
    ["select * from a where b = 'O''Brien' and c = 12.5", 'select * from a where b = ? and c = ?'],
    ['select "Col1", t2.x3 from t2 limit 10', 'select "Col1", t2.x3 from t2 limit ?'],
    ['do $$begin x; end$$', 'do ?'],
    ['select\n  1', 'select ?'],
    ["select 'never ended", 'select ?'],
  ])('%j is %j', (statement, expected) => {
    expect(withoutValues(statement)).toBe(expected);
  });

  it('takes errors for one that differ in numbers', () => {
    expect(kindOf('process 52 at 0x55fb: 12.5 s\nmore')).toBe('process ? at ?: ? s');
  });

  it('counts, and tells the slowest and the most frequent first', () => {
    const sum = new Summing();
    for (let ms = 1; ms <= 30; ms += 1) {
      sum.add(
        entry({
          text: `duration: ${String(ms)}.5 ms  statement: select ${String(ms)}`,
          fields: { user: 'app' },
        }),
      );
    }
    sum.add(entry({ severity: 'error', text: 'rare' }));
    for (const pid of [1, 2, 3]) sum.add(entry({ severity: 'fatal', text: `gone ${String(pid)}` }));
    sum.add(entry({ part: 'redis-cache', text: 'duration: 9999 ms  statement: not a statement' }));
    const summary = sum.end();
    expect(summary.counts).toEqual({
      postgres: { info: 30, error: 1, fatal: 3 },
      'redis-cache': { info: 1 },
    });
    expect(summary.slowest.map(({ ms }) => ms)).toEqual([
      30.5, 29.5, 28.5, 27.5, 26.5, 25.5, 24.5, 23.5, 22.5, 21.5,
    ]);
    expect(summary.slowest[0]).toMatchObject({ user: 'app', statement: 'select ?' });
    expect(summary.frequent.map(({ text, count }) => [text, count])).toEqual([
      ['gone ?', 3],
      ['rare', 1],
    ]);
    expect(summaryText(summary)).toContain('3       2026-11-21 19:00:49  postgres  gone ?');
  });

  it('says so when nothing was said', () => {
    expect(summaryText(new Summing().end())).toBe('nothing was said');
  });

  it('does not grow without end where no two errors are alike', () => {
    const sum = new Summing();
    const word = (n: number): string =>
      n.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
    for (let n = 0; n < 2500; n += 1) sum.add(entry({ severity: 'error', text: `x${word(n)}` }));
    expect(sum.end().otherErrors).toBeGreaterThan(0);
    expect(sum.end().frequent).toHaveLength(10);
  });
});
