import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LogCounts } from '../../../exporter/log-lines.ts';

const line = (facts: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    timestamp: '2026-11-21 19:25:58.209 UTC',
    user: 'app_a',
    dbname: 'classrooms',
    error_severity: 'LOG',
    ...facts,
  });

function counted(...heads: readonly string[]): Record<string, number> {
  const counts = new LogCounts(200);
  for (const head of heads) counts.count(head, 1000);
  return Object.fromEntries(
    counts
      .samples()
      .map(({ name, value, labels }) => [
        labels === undefined ? name.replace('plinth_log_', '') : String(labels['severity']),
        value,
      ]),
  );
}

describe('the log', () => {
  it('is counted by severity', () => {
    const severities = ['LOG', 'WARNING', 'ERROR', 'FATAL', 'PANIC', 'NOTICE', 'DEBUG1', 'INFO'];
    expect(
      counted(...severities.map((error_severity) => line({ error_severity })), 'no line', ''),
    ).toMatchObject({ log: 4, warning: 1, error: 1, fatal: 1, panic: 1 });
  });

  it('tells of slow statements, at the limit and above', () => {
    const duration = (message: string): string => line({ message });
    expect(
      counted(
        duration('duration: 199.999 ms  statement: select 1'),
        duration('duration: 200.000 ms  statement: select 1'),
        duration('duration: 5000.1 ms  execute <unnamed>: select 1'),
        // What auto_explain says about the same statement, and what log_duration does.
        duration('duration: 5000.1 ms  plan:\nQuery Text: select 1'),
        duration('duration: 5000.1 ms'),
      ),
    ).toMatchObject({ slow_queries_total: 2 });
  });

  it('tells of deadlocks, refused logins and temporary files', () => {
    expect(
      counted(
        line({ error_severity: 'ERROR', state_code: '40P01', message: 'deadlock detected' }),
        line({ error_severity: 'FATAL', state_code: '28P01' }),
        line({ error_severity: 'FATAL', state_code: '28000' }),
        line({ error_severity: 'FATAL', state_code: '57P01' }),
        line({ message: 'temporary file: path "base/pgsql_tmp/pgsql_tmp1.0", size 1000' }),
        line({ message: 'temporary file: path "base/pgsql_tmp/pgsql_tmp1.1", size 24' }),
      ),
    ).toMatchObject({
      deadlocks_total: 1,
      authentication_failures_total: 2,
      temp_file_bytes_total: 1024,
      last_fatal_timestamp_seconds: Date.parse('2026-11-21T19:25:58.209Z') / 1000,
    });
  });

  it.each([
    ['2026-11-21 19:25:58 GMT', '2026-11-21T19:25:58Z'],
    ['2026-11-21 19:25:58.5 +05', '2026-11-21T19:25:58.5+05:00'],
    ['2026-11-21 19:25:58 CET', '1970-01-01T00:16:40Z'],
  ])('knows that %s is %s', (timestamp, at) => {
    expect(counted(line({ timestamp, error_severity: 'FATAL' }))).toMatchObject({
      last_fatal_timestamp_seconds: Date.parse(at) / 1000,
    });
  });

  it('remembers of earlier lines when somebody gave up, and counts none', () => {
    const counts = new LogCounts(200);
    counts.remember(line({ error_severity: 'FATAL' }));
    counts.remember(line({ error_severity: 'PANIC', timestamp: '2026-11-21 10:00:00 CET' }));
    const values = counts.samples().filter(({ value }) => value !== 0);
    expect(values).toEqual([
      {
        name: 'plinth_log_last_fatal_timestamp_seconds',
        value: Date.parse('2026-11-21T19:25:58.209Z') / 1000,
      },
    ]);
  });

  it('believes nobody who writes its words into a name or a statement', () => {
    const nasty = fc.constantFrom(
      '","error_severity":"PANIC',
      '\\","error_severity":"PANIC","x":"',
      '"state_code":"28P01"',
      '","message":"duration: 9999 ms  statement: ',
      '"message":"temporary file: path x, size 99',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(nasty, fc.string())), fc.nat(2), (parts, place) => {
        const text = parts.join('');
        const facts = [{ user: text }, { dbname: text }, { message: 'x', statement: text }][place];
        const expected = { log: 1, panic: 0, slow_queries_total: 0, temp_file_bytes_total: 0 };
        expect(counted(line({ ...facts, error_severity: 'LOG' }))).toMatchObject({
          ...expected,
          authentication_failures_total: 0,
        });
      }),
    );
  });

  it('has no text in a label', () => {
    const secret = 'ana@example.org';
    const counts = new LogCounts(0);
    for (const error_severity of ['LOG', 'ERROR', secret]) {
      counts.count(
        line({ error_severity, user: secret, message: `duration: 1 ms  statement: ${secret}` }),
        0,
      );
    }
    expect(JSON.stringify(counts.samples())).not.toContain(secret);
  });
});
