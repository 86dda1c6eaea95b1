import { describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { restoreTestFrom } from '../../../cli/backup/last-restore-test.ts';
import { checkedKey } from '../../../cli/backup/key.ts';
import { checkValues } from '../../../cli/backup/options.ts';
import { expectedSeconds, formatCount, planText, size } from '../../../cli/backup/plan.ts';
import { logicalFolder } from '../../../cli/backup/source.ts';
import { stepsTo, volumeIn, withVolume } from '../../../cli/backup/promote.ts';
import { recoveryTargetOf } from '../../../cli/backup/recovery-target.ts';
import { dataVolumesFrom, defaultVolume, restoredVolume } from '../../../cli/backup/volumes.ts';
import { afterRestore, afterSwitch } from '../../../cli/backup/format.ts';
import { UsageError } from '../../../cli/command.ts';
import { volumeNameProblem } from '../../../config/names.ts';
import type { Manifest } from '../../../backup/store/manifest.ts';

const manifest: Manifest = {
  version: 1,
  id: '20261121T020000Z-blue',
  label: 'blue',
  stack: 'dev',
  startedAt: '2026-11-21T02:00:00.000Z',
  finishedAt: '2026-11-21T02:00:04.000Z',
  durationSec: 4,
  server: { version: '17.11', major: 17, systemIdentifier: null },
  tools: {},
  encryption: {
    recipients: ['age1abc'],
    gpgFingerprints: ['0123456789ABCDEF0123456789ABCDEF01234567'],
  },
  databases: [
    {
      name: 'classrooms',
      folder: 'classrooms',
      encoding: 'UTF8',
      migrationHead: '0004_x.sql',
      tables: [],
      sequences: 0,
      largeObjects: 0,
    },
  ],
  skipped: [{ what: 'database postgres', why: 'holds nothing' }],
  files: [],
  totals: { files: 12, bytes: 1_234_567, rows: 40_000 },
};

describe('what shall come back', () => {
  it.each([
    [{ backup: '20261121T020000Z' }, true, { kind: 'backup', which: '20261121T020000Z' }],
    [{ label: 'blue' }, true, { kind: 'backup', which: 'blue' }],
    [{ latest: true }, false, { kind: 'backup', which: 'latest' }],
    [{ latest: true, from: '/srv' }, true, { kind: 'backup', which: 'latest' }],
    [{ latest: true, table: 'a.b' }, true, { kind: 'backup', which: 'latest' }],
    [{ latest: true }, true, { kind: 'point', args: ['--latest'] }],
    [
      { 'to-time': '2026-11-21T15:30:00Z' },
      true,
      { kind: 'point', args: ['--to-time', '2026-11-21T15:30:00Z'] },
    ],
    [{ 'to-label': 'blue' }, true, { kind: 'point', args: ['--to-label', 'blue'] }],
  ])('%j with point-in-time recovery %s', (values, pointInTime, expected) => {
    expect(recoveryTargetOf(values, pointInTime)).toMatchObject(expected);
  });

  it.each([
    [{}, 'got nothing'],
    [{ latest: true, backup: 'x' }, 'got --backup and --latest'],
    [{ 'to-time': 'x' }, 'needs point-in-time recovery'],
    [{ 'to-label': 'x', from: '/srv' }, 'do not go with it'],
  ])('%j is refused', (values, says) => {
    expect(() => recoveryTargetOf(values, false)).toThrow(UsageError);
    expect(() => recoveryTargetOf(values, false)).toThrow(says);
  });

  it('is said without what contradicts it', () => {
    expect(() => {
      checkValues('run', { sql: true });
    }).toThrow('say which with --table');
    expect(() => {
      checkValues('run', { key: 'f', gpg: true });
    }).toThrow('not with both');
    expect(() => {
      checkValues('switch', { latest: true, jobs: '2' });
    }).toThrow('switch does not take --latest');
    checkValues('run', { latest: true, key: 'f', jobs: '2' });
  });
});

describe('a plan', () => {
  const facts = {
    stack: 'dev',
    where: 'volume plinth-dev-backup-backups',
    manifest,
    volume: 'plinth-dev-postgres-data-20261121t160000z',
  };

  it('says everything that would happen', () => {
    expect(
      planText({
        ...facts,
        present: ['plinth-dev-postgres-data'],
        drilled: { restoreSeconds: 20, rows: 80_000 },
      }),
    ).toBe(`restore of dev

  backup    20261121T020000Z-blue (label blue), from the volume plinth-dev-backup-backups
  state of  2026-11-21T02:00:00.000Z
  holds     40 000 rows, 1.2 MB encrypted, PostgreSQL 17.11
  database  classrooms: 0 tables, migrations up to 0004_x.sql
  into      the new volume plinth-dev-postgres-data-20261121t160000z
  takes     about 10 s, as the last drill did
  key       --key with the identity of one of age1abc; or --gpg, for the holders of 89ABCDEF01234567
  left out  database postgres: holds nothing

What is there stays as it is and goes on serving: plinth-dev-postgres-data.
Nothing is served from the new volume until 'npx plinth restore switch plinth-dev-postgres-data-20261121t160000z'.`);
  });

  it('promises nothing that nobody knows', () => {
    const text = planText({ ...facts, present: [], only: 'public.students' });
    expect(text).toContain('no drill has restored anything');
    expect(text).toContain('only      public.students');
    expect(text).toContain("'npx plinth up --stack dev' takes the restored data over");
  });

  it('counts by the rows of the last drill', () => {
    expect(expectedSeconds(100, undefined)).toBeUndefined();
    expect(expectedSeconds(100, { restoreSeconds: 3, rows: 0 })).toBe(3);
    expect(expectedSeconds(100, { restoreSeconds: 3, rows: 50 })).toBe(6);
    expect(restoreTestFrom('{"passed":true,"restoreSeconds":3,"backup":{"rows":5}}')).toEqual({
      restoreSeconds: 3,
      rows: 5,
    });
    expect(restoreTestFrom('{"passed":false,"restoreSeconds":3}')).toBeUndefined();
    expect(restoreTestFrom('')).toBeUndefined();
  });

  it('writes numbers that can be read', () => {
    expect([0, 999, 1000, 1_234_567].map(size)).toEqual(['0 B', '999 B', '1.0 kB', '1.2 MB']);
    expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1 000', '1 234 567']);
  });
});

describe('volumes', () => {
  it('have names that the environment file takes', () => {
    const name = restoredVolume('my-stack', new Date('2026-11-21T16:00:00.123Z'));
    expect(name).toBe('plinth-my-stack-postgres-data-20261121t160000z');
    expect(volumeNameProblem(name)).toBeUndefined();
    expect(volumeNameProblem(defaultVolume('my-stack'))).toBeUndefined();
  });

  it('tell what they were restored from', () => {
    const inspected = [
      { Name: 'c', CreatedAt: '2026-11-22T00:00:00Z' },
      { Name: 'b', CreatedAt: '2026-11-21T00:00:00Z' },
      { Name: 'a', CreatedAt: '2026-11-20T00:00:00Z' },
    ];
    const origins = [
      '{"pointInTime":{"backup":"f","lastCommitAt":"2026-11-21T23:00:00Z"}}',
      '{"backup":"20261121T020000Z"}',
      '',
    ];
    expect(dataVolumesFrom(inspected, origins)).toEqual([
      { name: 'a', createdAt: '2026-11-20T00:00:00Z' },
      { name: 'b', createdAt: '2026-11-21T00:00:00Z', restored: '20261121T020000Z' },
      { name: 'c', createdAt: '2026-11-22T00:00:00Z', restored: '2026-11-21T23:00:00Z' },
    ]);
  });
});

describe('switching', () => {
  const FILE = `# A laptop.
config:
  plinth:preset: small
  plinth:postgres:
    volume: { onDestroy: delete }
  plinth:users:
    app: { rotation: 1 } # raise it by one
encryptionsalt: v1:abc=:v1:def:ghi==
`;
  const restored = 'plinth-dev-postgres-data-20261121t160000z';

  it('writes one line and keeps everything else, comments too', () => {
    const text = withVolume(FILE, restored, 'Pulumi.dev.yaml');
    expect(text).toBe(
      FILE.replace('onDestroy: delete }', `onDestroy: delete, name: ${restored} }`),
    );
    expect(volumeIn(text)).toBe(restored);
    expect(volumeIn(FILE)).toBeUndefined();
  });

  it('takes the line out again', () => {
    expect(withVolume(withVolume(FILE, restored, 'f'), undefined, 'f')).toBe(FILE);
    const bare = 'config:\n  plinth:preset: small\n';
    expect(withVolume(withVolume(bare, restored, 'f'), undefined, 'f')).toBe(bare);
    expect(withVolume(bare, undefined, 'f')).toBe(bare);
  });

  it('makes the groups that are not there', () => {
    for (const text of ['config:\n  plinth:preset: small\n', 'encryptionsalt: x\n', '']) {
      expect(parse(withVolume(text, restored, 'f'))).toMatchObject({
        config: { 'plinth:postgres': { volume: { name: restored } } },
      });
    }
  });

  it('does not touch a file that it does not understand', () => {
    expect(() => withVolume('config: [', restored, 'f.yaml')).toThrow('f.yaml is no YAML');
    expect(() => withVolume('config:\n  plinth:postgres: "{}"\n', restored, 'f.yaml')).toThrow(
      'in a form',
    );
  });

  it('keeps the volume that it leaves, where destroy deletes data', () => {
    const steps = stepsTo(restored, FILE, 'dev', 'f');
    expect(steps.map(({ up }) => up)).toEqual([[], [], ['--refresh']]);
    const volumes = steps.map(
      ({ text }) =>
        (parse(text) as { config: Record<string, { volume: unknown }> }).config['plinth:postgres']!
          .volume,
    );
    expect(volumes).toEqual([
      { onDestroy: 'keep' },
      { onDestroy: 'keep', name: restored },
      { onDestroy: 'delete', name: restored },
    ]);
  });

  it('takes two updates elsewhere, the last of which puts the passwords right', () => {
    const text = 'config:\n  plinth:preset: large\n';
    const steps = stepsTo(restored, text, 'prod', 'f');
    expect(steps.map(({ up }) => up)).toEqual([[], ['--refresh']]);
    const back = stepsTo(defaultVolume('prod'), steps[0]!.text, 'prod', 'f');
    expect(back.map((step) => step.text)).toEqual([text, text]);
  });

  it('says how to go back', () => {
    expect(afterSwitch('prod', 'new', 'old')).toContain(
      'npx plinth restore switch old --stack prod',
    );
    expect(afterSwitch('prod', 'new', 'old')).toContain('docker volume rm old');
    expect(afterSwitch('prod', 'new', undefined)).toBe('✓ prod serves the volume new');
    expect(afterRestore('dev', 'v', true, undefined)).toContain('Serve it: npx plinth up');
    expect(afterRestore('dev', 'v', false, undefined)).toContain('npx plinth restore switch v');
    expect(afterRestore('dev', 'v', false, 'a.b')).toContain('not to be served');
  });
});

describe('the key', () => {
  const key = `# public key: age1xyz\nAGE-SECRET-KEY-1${'Q'.repeat(58)}\n`;

  it('is an age identity', () => {
    expect(checkedKey(key, 'k')).toBe(key);
  });

  it.each([
    ['age1qqqq\n', 'k holds a public key, which only closes backups'],
    ['', 'k holds no age identity'],
    ['AGE-SECRET-KEY-1SHORT', 'k holds no age identity'],
  ])('%j is none', (text, says) => {
    expect(() => checkedKey(text, 'k')).toThrow(says);
  });
});

describe('a folder of backups', () => {
  it('is the one with the backups in it, or the one above', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'backups-'));
    try {
      expect(() => logicalFolder(root)).toThrow(UsageError);
      mkdirSync(path.join(root, 'logical/20261121T020000Z'), { recursive: true });
      expect(logicalFolder(root)).toBe(path.join(root, 'logical'));
      expect(logicalFolder(path.join(root, 'logical'))).toBe(path.join(root, 'logical'));
      mkdirSync(path.join(root, 'other/.unfinished-20261121T020000Z'), { recursive: true });
      expect(() => logicalFolder(path.join(root, 'other'))).toThrow('there is no backup in it');
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
