import { describe, expect, it } from '@jest/globals';
import { read, UsageError } from '../../../backup/command.ts';
import { checkStackExport } from '../../../backup/environment.ts';
import { folderOf } from '../../../backup/logical/dump-database.ts';
import { jsonLog, errorMessage, textLog } from '../../../lib/json-log.ts';
import { inParallel } from '../../../backup/logical/parallel.ts';
import { encryptedFrom } from '../../../backup/store/encrypt.ts';
import { ageOf, table } from '../../../backup/format.ts';

describe('what is said', () => {
  it('is JSON lines where a program serves, and sentences where somebody types', () => {
    const said: string[] = [];
    const write = (line: string): number => said.push(line);
    jsonLog('backup', write, () => new Date(0)).warn('too slow', { id: 'x' });
    textLog('backup', write).info('begun', { id: 'x' });
    textLog('backup', write).error('no space');
    expect(said).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","part":"backup","msg":"too slow","id":"x"}\n',
      'backup: begun\n',
      'backup: error: no space\n',
    ]);
  });

  it('has the cause in it, once', () => {
    const cause = new Error('password authentication failed');
    expect(errorMessage(new Error('cannot connect', { cause }))).toBe(
      'cannot connect (password authentication failed)',
    );
    expect(errorMessage(new Error('it failed: password authentication failed', { cause }))).toBe(
      'it failed: password authentication failed',
    );
    expect(errorMessage(new AggregateError([new Error('a'), new Error('b')]))).toBe('a; b');
    expect(errorMessage('text')).toBe('text');
  });

  it('is in columns', () => {
    expect(
      table([
        ['ID', 'X'],
        ['longer', 'y'],
      ]),
    ).toEqual(['ID      X', 'longer  y']);
  });

  it.each([
    ['2026-11-21T15:29:30Z', '30 s'],
    ['2026-11-21T13:31:00Z', '1 h'],
    ['2026-11-01T15:30:00Z', '20 d'],
    ['2026-11-23T16:00:00Z', 'in 2 d'],
  ])('%s is %s', (then, age) => {
    expect(ageOf(new Date(then), new Date('2026-11-21T15:30:00Z'))).toBe(age);
  });
});

describe('what is typed', () => {
  it('is read, or told to be wrong', () => {
    expect(read(['--json'], { json: { type: 'boolean' } }).values.json).toBe(true);
    expect(read(['x'], {}, 1).positionals).toEqual(['x']);
    expect(() => read(['x', 'y'], {}, 1)).toThrow(UsageError);
    expect(() => read(['x'], {})).toThrow(UsageError);
    expect(() => read(['--jso'], { json: { type: 'boolean' } })).toThrow(UsageError);
  });

  it('is an export of a stack, or refused', () => {
    checkStackExport('{"version":3,"deployment":{},"configuration":"config: {}"}');
    for (const text of ['', '[]', 'null', '{}', '{"deployment":null}', 'config: {}']) {
      expect(() => checkStackExport(text)).toThrow(/is not a stack export/);
    }
  });
});

describe('folderOf', () => {
  it('means nothing to a shell or a path, and is another for each name', () => {
    expect(folderOf('class_rooms-2')).toBe('class_rooms-2');
    expect(folderOf('../etc')).toBe('%2E%2E%2Fetc');
    expect(folderOf('a b;$(id)')).toBe('a%20b%3B%24%28id%29');
    expect(folderOf('ü%')).toBe('%C3%BC%25');
  });
});

describe('sealedFrom', () => {
  it('reads what plinth-seal says among other words', () => {
    const sha256 = 'ab'.repeat(32);
    expect(encryptedFrom('x', `BEGIN\nSET\n${sha256} *-\nsealed 12\nCOPY 3\n`)).toEqual({
      path: 'x',
      bytes: 12,
      sha256,
    });
    for (const said of ['', `${sha256} *-\n`, 'sealed 12\n']) {
      expect(() => encryptedFrom('x', said)).toThrow(
        'plinth-seal reported no checksum or size for x',
      );
    }
  });
});

describe('inParallel', () => {
  it('gives nothing new out after a failure, and waits for what was begun', async () => {
    const done: number[] = [];
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const work = async (item: number): Promise<void> => {
      if (item === 1) {
        await slow;
        done.push(item);
        return;
      }
      queueMicrotask(release);
      throw new Error(`no ${String(item)}`);
    };
    await expect(inParallel([1, 2, 3, 4], [work, work])).rejects.toThrow('no 2');
    expect(done).toEqual([1]);
  });
});
