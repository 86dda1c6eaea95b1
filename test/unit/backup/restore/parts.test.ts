import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { UsageError } from '../../../../backup/command.ts';
import {
  conninfo,
  loadSettings,
  memoryOfContainer,
} from '../../../../backup/temporary-postgres.ts';
import { parse } from '../../../../backup/restore/main.ts';
import { chosenDatabases } from '../../../../backup/restore/restore.ts';
import { withoutBootstrapSuperuser } from '../../../../backup/restore/roles.ts';
import { setval } from '../../../../backup/restore/sequences.ts';
import { chosen } from '../../../../backup/restore/source.ts';
import { tableName } from '../../../../backup/restore/table-name.ts';
import { keyProblem } from '../../../../backup/restore/decrypt.ts';
import { occupied } from '../../../../backup/restore/volume.ts';

describe('the arguments of a restore', () => {
  it('have the newest backup as their default', () => {
    expect(parse(['--environment', 'dev'])).toMatchObject({
      which: 'latest',
      environment: 'dev',
      from: '/var/lib/backup/logical',
      to: '/var/lib/postgresql',
      identity: '-',
      jobs: 2,
      sql: false,
    });
  });

  it.each([
    [['--environment', 'dev', '--jobs', '0'], '--jobs is 0'],
    [['--environment', 'dev', '--jobs', '1.5'], '--jobs is 1.5'],
    [['--environment', 'dev', '--sql'], 'select it with --table'],
    [['latest'], '--environment is missing'],
    [['a', 'b', '--environment', 'dev'], 'at most 1 is allowed'],
    [['--environment', 'dev', '--table', 'a.b.c'], 'must be schema.name'],
    [['--force'], '--force'],
  ])('%j are refused', (args, says) => {
    expect(() => parse(args)).toThrow(UsageError);
    expect(() => parse(args)).toThrow(says);
  });
});

describe('the name of a table', () => {
  it.each([
    ['students', 'public', 'students'],
    ['sales.orders', 'sales', 'orders'],
    ['"Odd.schema"."a ""b"""', 'Odd.schema', 'a "b"'],
  ])('%s', (text, schema, name) => {
    expect(tableName(text)).toEqual({ schema, name });
  });

  it('is read back from any quoted one', () => {
    const any = fc.string({ minLength: 1, unit: 'binary' });
    const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(any, any, (schema, name) => {
        expect(tableName(`${quoted(schema)}.${quoted(name)}`)).toEqual({ schema, name });
      }),
    );
  });
});

describe('a connection to a database', () => {
  it('is of that name, whatever it is', () => {
    expect(conninfo(`a'b\\c d=e`)).toBe(`dbname='a\\'b\\\\c d=e'`);
  });
});

describe('the backup that is meant', () => {
  const ids = [
    '20261120T020000Z',
    '20261121T020000Z-blue',
    '20261121T030000Z-blue',
    '20261122T020000Z',
  ];

  it.each([
    ['latest', '20261122T020000Z'],
    ['blue', '20261121T030000Z-blue'],
    ['20261121T020000Z-blue', '20261121T020000Z-blue'],
  ])('%s', (which, id) => {
    expect(chosen(ids, which)).toBe(id);
  });

  it('is not guessed', () => {
    expect(() => chosen(ids, '2026')).toThrow(
      'there is no backup 2026: the newest are 20261121T020000Z-blue, 20261121T030000Z-blue, 20261122T020000Z',
    );
    expect(() => chosen([], 'latest')).toThrow('there is no backup: make one');
  });
});

describe('the databases that are meant', () => {
  const table = (schema: string, name: string) => ({
    schema,
    name,
    columns: [],
    rows: 0,
    files: [],
  });
  const database = (name: string, ...tables: ReturnType<typeof table>[]) => ({
    name,
    folder: name,
    encoding: 'UTF8',
    migrationHead: null,
    tables,
    sequences: 0,
    largeObjects: 0,
  });
  const both = {
    databases: [
      database('a', table('public', 't'), table('public', 'u')),
      database('b', table('public', 't')),
    ],
  };
  const names = (selection: Parameters<typeof chosenDatabases>[1]) =>
    chosenDatabases(both, selection).map(({ name }) => name);

  it('are all of them, one, or the one that has a table', () => {
    expect(names({})).toEqual(['a', 'b']);
    expect(names({ database: 'b' })).toEqual(['b']);
    expect(names({ tables: [{ schema: 'public', name: 'u' }] })).toEqual(['a']);
    expect(names({ database: 'b', tables: [{ schema: 'public', name: 't' }] })).toEqual(['b']);
  });

  it('are not guessed', () => {
    expect(() => names({ database: 'c' })).toThrow(
      'the backup has no database c: it contains a, b',
    );
    expect(() => names({ tables: [{ schema: 'public', name: 'x' }] })).toThrow('no table public.x');
    expect(() => names({ tables: [{ schema: 'public', name: 't' }] })).toThrow(
      'several databases have a table public.t (a, b): select one with --database',
    );
  });
});

describe('a sequence', () => {
  it('goes on where it was', () => {
    const sequence = {
      schema: 'odd "s"',
      name: 'a',
      lastValue: '-9223372036854775808',
      isCalled: true,
    };
    expect(setval(sequence)).toBe(
      `SELECT pg_catalog.setval('"odd ""s""".a', -9223372036854775808, true);`,
    );
    expect(() => setval({ ...sequence, lastValue: '1); drop table x; --' })).toThrow(
      'which is not a number',
    );
  });
});

describe('roles', () => {
  it('are all made, but for the superuser that is there from the start', () => {
    const globals =
      'CREATE ROLE app;\nCREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER;\n';
    expect(withoutBootstrapSuperuser(globals, 'postgres')).toBe(
      'CREATE ROLE app;\nALTER ROLE postgres WITH SUPERUSER;\n',
    );
  });
});

describe('a key that does not fit', () => {
  it.each([
    [
      'age ended with exit code 1: age: error: no identity matched any of the recipients',
      'this key does not decrypt',
    ],
    ['age: error: reading "/tmp/x": malformed secret key', 'not an age identity'],
    ['age: error: failed to read header: EOF', 'cannot be decrypted'],
  ])('%s', (words, says) => {
    expect(keyProblem(words, ['age1abc'])).toContain(says);
    expect(keyProblem(words, ['age1abc'])).toContain('age1abc');
  });
});

describe('a server for a restore', () => {
  it('stays within the memory of its container', () => {
    const mib = 1024 * 1024;
    for (const memory of [256, 512, 2048, 65_536].map((size) => size * mib)) {
      const { shared_buffers: shared = '', maintenance_work_mem: work = '' } = loadSettings(
        memory,
        2,
      );
      const used = (Number.parseInt(shared) + 3 * Number.parseInt(work)) * mib;
      expect(used).toBeLessThanOrEqual(memory * 0.6);
    }
    expect(loadSettings(512 * mib, 2)).toMatchObject({ listen_addresses: '', archive_mode: 'off' });
  });

  it('learns the limit from the kernel, whichever version of control groups it has', () => {
    expect(
      memoryOfContainer((file) => (file.endsWith('memory.max') ? '536870912\n' : undefined)),
    ).toBe(536_870_912);
    expect(
      memoryOfContainer((file) => (file.endsWith('in_bytes') ? '268435456\n' : undefined)),
    ).toBe(268_435_456);
    expect(memoryOfContainer(() => 'max\n')).toBeGreaterThan(0);
  });
});

describe('a volume for a restore', () => {
  let volume: string;
  beforeEach(() => {
    volume = mkdtempSync(path.join(tmpdir(), 'volume-'));
  });
  afterEach(() => {
    rmSync(volume, { recursive: true });
  });
  const put = (file: string, text = ''): void => {
    mkdirSync(path.dirname(path.join(volume, file)), { recursive: true });
    writeFileSync(path.join(volume, file), text);
  };

  it('is empty, or holds only what an unfinished restore has left', () => {
    expect(occupied(volume)).toBeUndefined();
    put('plinth.lock');
    put('data/restore.unfinished');
    put('restore.unfinished/PG_VERSION', '17');
    expect(occupied(volume)).toBeUndefined();
  });

  it('is no other', () => {
    put('data/PG_VERSION', '17');
    put('plinth.environment', 'prod\n');
    expect(occupied(volume)).toBe(
      "the volume already contains data of environment 'prod': restore into a new volume",
    );
    rmSync(path.join(volume, 'data'), { recursive: true });
    put('data/something');
    expect(occupied(volume)).toContain('the volume is not empty (data)');
    rmSync(path.join(volume, 'data'), { recursive: true });
    put('photos/1.jpg');
    expect(occupied(volume)).toContain('the volume is not empty (photos)');
  });
});
