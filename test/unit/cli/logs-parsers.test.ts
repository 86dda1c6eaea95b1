// Lines as the programs in the images wrote them.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Assembler } from '../../../cli/logs/assemble.ts';
import type { Entry } from '../../../cli/logs/entry.ts';
import { lineFrom, LineCutter } from '../../../cli/logs/lines.ts';
import { parsed } from '../../../cli/logs/parsers.ts';

const ALERTMANAGER =
  'time=2026-11-21T18:58:49.545Z level=ERROR source=coordinator.go:117 msg="Loading configuration file failed" component=configuration file=/nope err="open /nope: no such file or directory"';
const JSONLOG =
  '{"timestamp":"2026-11-21 18:59:42.112 UTC","user":"postgres","dbname":"postgres","pid":42,"error_severity":"ERROR","state_code":"42703","message":"column \\"nope\\" does not exist","statement":"select nope from\\n  pg_class"}';

describe('a line', () => {
  it.each([
    ['postgres', JSONLOG, 'error', 'column "nope" does not exist'],
    [
      'postgres',
      '2026-11-21 18:59:32.640 UTC [21] LOG:  database system is ready to accept connections',
      'info',
      'database system is ready to accept connections',
    ],
    [
      'postgres',
      '2026-11-21 18:59:34.816 UTC [44] postgres@nodb/[unknown] FATAL:  database "nodb" does not exist',
      'fatal',
      'database "nodb" does not exist',
    ],
    [
      'pgbouncer',
      '2026-11-21 19:00:49.421 UTC [1] WARNING C-0x55fb57c4d380: x/app@127.0.0.1:59964 pooler error: client_login_timeout (server down)',
      'warning',
      'C-0x55fb57c4d380: x/app@127.0.0.1:59964 pooler error: client_login_timeout (server down)',
    ],
    [
      'pgbouncer',
      '2026-11-21 18:59:47.085 UTC [1] LOG listening on 127.0.0.1:6432',
      'info',
      'listening on 127.0.0.1:6432',
    ],
    [
      'redis-cache',
      '1:C 21 Nov 2026 18:59:46.636 # WARNING Memory overcommit must be enabled!',
      'warning',
      'WARNING Memory overcommit must be enabled!',
    ],
    [
      'redis-queue',
      '1:M 21 Nov 2026 18:59:46.639 * Server initialized',
      'info',
      'Server initialized',
    ],
    [
      'redis-cache',
      '1:signal-handler (1795287649) Received SIGTERM scheduling shutdown...',
      'info',
      'Received SIGTERM scheduling shutdown...',
    ],
    ['alertmanager', ALERTMANAGER, 'error', 'Loading configuration file failed'],
    [
      'prometheus',
      'ts=2026-11-21T18:59:46.888Z caller=main.go:628 level=info build_context="(go=go1.24.4, platform=linux/amd64)"',
      'info',
      'caller=main.go:628 level=info build_context="(go=go1.24.4, platform=linux/amd64)"',
    ],
    [
      'redis-cache-exporter',
      'time="2026-11-21T18:58:54Z" level=error msg="Couldn\'t connect to redis instance (redis://u:xxxxx@127.0.0.1:1)"',
      'error',
      "Couldn't connect to redis instance (redis://u:xxxxx@127.0.0.1:1)",
    ],
    [
      'backup',
      '{"time":"2026-11-21T18:46:06.713Z","level":"warn","part":"backup","msg":"backup is late","rows":4}',
      'warning',
      'backup is late',
    ],
    [
      'alertmanager',
      '{"time":"2026-11-21T18:55:25.026122674Z","level":"WARN","source":"notify.go:865","msg":"Notify attempt failed, will retry later"}',
      'warning',
      'Notify attempt failed, will retry later',
    ],
  ])('of %s: %s', (part, line, severity, text) => {
    expect(parsed(part, line)).toMatchObject({ severity, text });
  });

  it('keeps what else it says', () => {
    expect(parsed('alertmanager', ALERTMANAGER)?.fields).toEqual({
      source: 'coordinator.go:117',
      component: 'configuration',
      file: '/nope',
      err: 'open /nope: no such file or directory',
    });
    expect(parsed('postgres', JSONLOG)?.fields).toEqual({
      user: 'postgres',
      dbname: 'postgres',
      pid: 42,
      state_code: '42703',
      statement: 'select nope from\n  pg_class',
    });
  });

  it.each([
    ['postgres', 'initdb: warning: enabling "trust" authentication for local connections'],
    ['redis-cache', 'plinth: /etc/plinth/redis.conf cannot be read by user redis'],
    ['prometheus', 'level=info and = then ="nothing of the sort'],
    ['backup', '{"level":"info"'],
  ])('of %s that nobody knows: %s', (part, line) => {
    expect(parsed(part, line)).toBeUndefined();
  });
});

function assembled(part: string, lines: readonly string[]): Entry[] {
  const assembler = new Assembler(part);
  const entries = lines.map((line, index) =>
    assembler.push(`2026-11-21T00:00:0${String(index % 10)}.0Z`, line),
  );
  return [...entries, assembler.end()].filter((entry) => entry !== undefined);
}

describe('lines that belong together', () => {
  it('are one entry of Postgres, statement and all', () => {
    expect(
      assembled('postgres', [
        '2026-11-21 18:59:36.040 UTC [50] postgres@postgres/psql ERROR:  deadlock detected',
        '2026-11-21 18:59:36.040 UTC [50] postgres@postgres/psql DETAIL:  Process 50 waits.',
        '\tProcess 51 waits.',
        '2026-11-21 18:59:36.040 UTC [50] postgres@postgres/psql HINT:  See server log for query details.',
        '2026-11-21 18:59:36.040 UTC [50] postgres@postgres/psql STATEMENT:  select nope from',
        '\t  pg_class',
        '2026-11-21 18:59:36.045 UTC [51] postgres@postgres/psql LOG:  duration: 1200.212 ms  statement: begin',
      ]),
    ).toEqual([
      {
        time: '2026-11-21T00:00:00.0Z',
        part: 'postgres',
        severity: 'error',
        text: 'deadlock detected',
        fields: {
          pid: 50,
          user: 'postgres',
          dbname: 'postgres',
          application_name: 'psql',
          detail: 'Process 50 waits.\nProcess 51 waits.',
          hint: 'See server log for query details.',
          statement: 'select nope from\n  pg_class',
        },
      },
      expect.objectContaining({ text: 'duration: 1200.212 ms  statement: begin' }),
    ]);
  });

  it('are not put to what another process said', () => {
    const entries = assembled('postgres', [
      '2026-11-21 18:59:36.040 UTC [50] ERROR:  one',
      '2026-11-21 18:59:36.040 UTC [51] DETAIL:  of another',
    ]);
    expect(entries.map(({ text }) => text)).toEqual(['one', 'of another']);
  });

  it('are a stack of a program that broke', () => {
    const entries = assembled('backup', [
      'Error: no',
      '    at one (file.ts:1:1)',
      '    at two',
      'next',
    ]);
    expect(entries.map(({ text, severity }) => [text, severity])).toEqual([
      ['Error: no\n    at one (file.ts:1:1)\n    at two', 'info'],
      ['next', 'info'],
    ]);
  });

  it('are never dropped, whatever they are', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    const line = fc.oneof(
      word,
      word.map((text) => `\t${text}`),
      word.map((text) => `2026-11-21 18:59:36.040 UTC [50] ERROR:  ${text}`),
      word.map((text) => `2026-11-21 18:59:36.040 UTC [50] DETAIL:  ${text}`),
      word.map((text) => JSON.stringify({ error_severity: 'LOG', message: text })),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const shown = assembled('postgres', lines)
          .map(({ text, fields }) => `${text} ${JSON.stringify(fields)}`)
          .join('\n');
        for (const one of lines) {
          const [word = ''] = /[a-z]{1,8}(?="?\}?$)/.exec(one) ?? [];
          expect(shown).toContain(word);
        }
      }),
    );
  });
});

describe('what docker logs prints', () => {
  const stamp = '2026-11-21T19:00:59.912301023Z ';

  it('is put together from the pieces that Docker keeps of a long line', () => {
    const text = 'é'.repeat(20_000);
    const bytes = Buffer.from(text);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 16_384) {
      pieces.push(Buffer.from(stamp), bytes.subarray(at, at + 16_384));
    }
    expect(lineFrom(Buffer.concat(pieces))).toEqual({ time: stamp.trim(), text });
  });

  it('is no line of the container without a time before it', () => {
    expect(lineFrom(Buffer.from('Error response from daemon: no'))).toBeUndefined();
  });

  it('is the same lines, however it is cut on the way', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 });
    const texts = fc.array(fc.stringMatching(/^[aé€ ]{0,12}$/), { maxLength: 12 });
    fc.assert(
      fc.property(texts, cuts, (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const cutter = new LineCutter();
        const out: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          for (const one of cutter.push(bytes.subarray(at, at + size))) out.push(one.toString());
          at += size;
        }
        for (const one of cutter.end()) out.push(one.toString());
        expect(out).toEqual(lines);
      }),
    );
  });
});
