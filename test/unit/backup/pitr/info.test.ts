import { describe, expect, it } from '@jest/globals';
import {
  labelAnnotation,
  labelValue,
  parseInfo,
  RepositoryUnreadable,
} from '../../../../backup/pitr/info.ts';
import { metricsOf, metricsText } from '../../../../backup/pitr/facts.ts';
import { errorIn } from '../../../../backup/pitr/pgbackrest.ts';
import { problemsSaid } from '../../../../backup/pitr/verify.ts';

/** As pgBackRest 2.55 says it. */
const full = {
  archive: { start: '000000010000000000000004', stop: '000000010000000000000004' },
  backrest: { format: 5, version: '2.55.1' },
  database: { id: 1, 'repo-key': 1 },
  error: false,
  info: { delta: 23454504, repository: { delta: 2826384, 'delta-map': 24848 }, size: 23454504 },
  label: '20261121-152643F',
  lsn: { start: '0/4000028', stop: '0/4000120' },
  prior: null,
  reference: null,
  timestamp: { start: 1795274803, stop: 1795274804 },
  type: 'full',
  annotation: {
    [labelAnnotation('before-it')]: labelValue({
      timeline: 1,
      lsn: '0/5000100',
      at: 1795274900123456,
    }),
    'plinth-verified': '1795275845501000',
    'of-somebody': 'else',
  },
};
const incr = {
  ...full,
  label: '20261121-152643F_20261121-152713I',
  type: 'incr',
  reference: ['20261121-152643F'],
  timestamp: { start: 1795274833, stop: 1795274834 },
  annotation: undefined,
};
const stanza = (more: object = {}) => ({
  archive: [{ database: { id: 1, 'repo-key': 1 }, id: '17-1', max: 'x', min: 'x' }],
  backup: [incr, full],
  cipher: 'aes-256-cbc',
  db: [{ id: 1, 'repo-key': 1, 'system-id': 77106465, version: '17' }],
  name: 'main',
  repo: [{ cipher: 'aes-256-cbc', key: 1, status: { code: 0, message: 'ok' } }],
  status: { code: 0, lock: { backup: { held: false } }, message: 'ok' },
  ...more,
});

describe('what pgBackRest says about a repository', () => {
  it('is its backups, oldest first, with labels and the last verification', () => {
    const info = parseInfo(JSON.stringify([stanza()]));
    expect(info.backups.map(({ id, type, archiveId }) => [id, type, archiveId])).toEqual([
      ['20261121-152643F', 'full', '17-1'],
      ['20261121-152643F_20261121-152713I', 'incr', '17-1'],
    ]);
    expect(info.backups[0]).toMatchObject({ bytes: 23454504, addedBytes: 2826384, damaged: false });
    expect(info.restorePoints).toEqual([
      {
        label: 'before-it',
        archiveId: '17-1',
        timeline: 1,
        lsn: '0/5000100',
        at: 1795274900123456,
      },
    ]);
    expect(info.verifiedAt).toBe(1795275845501000);
    expect(info.currentArchiveId).toBe('17-1');
  });

  it('knows the cluster that is backed up now from those before', () => {
    const db = [
      { id: 1, version: '17' },
      { id: 2, version: '17' },
    ];
    const info = parseInfo(JSON.stringify([stanza({ db })]));
    expect(info.currentArchiveId).toBe('17-2');
    expect(info.backups[0]?.archiveId).toBe('17-1');
  });

  it('is empty before there is a stanza', () => {
    const status = { code: 1, message: 'missing stanza path' };
    const empty = stanza({ backup: [], db: [], repo: [{ status }], status });
    for (const text of [JSON.stringify([empty]), '[]']) {
      expect(parseInfo(text)).toEqual({
        ...{ backups: [], currentArchiveId: undefined, verifiedAt: undefined, restorePoints: [] },
      });
    }
  });

  it('is a sentence where the passphrase is another', () => {
    // Line breaks in it are escaped, what it could not read is not.
    const message =
      '[FormatError] unable to load\\nkey/value found outside of section: z\u0001\u007fDm';
    const text = JSON.stringify([
      stanza({
        backup: [],
        db: [],
        status: { code: 99 },
        repo: [{ status: { code: 99, message: 'X' } }],
      }),
    ]).replace('"X"', `"${message}"`);
    expect(() => parseInfo(text)).toThrow(RepositoryUnreadable);
    expect(() => parseInfo(text)).toThrow('passphrase in pgbackrest.conf');
  });

  it('is another sentence where it cannot be reached', () => {
    const repo = [
      { status: { code: 99, message: '[HostConnectError] unable to connect\nHINT: …' } },
    ];
    const text = JSON.stringify([stanza({ repo, status: { code: 99 } })]);
    expect(() => parseInfo(text)).toThrow(
      /^the repository cannot be read: \[HostConnectError\] unable to connect/,
    );
  });
});

describe('metrics', () => {
  const live = {
    archiveLagSec: 1.5,
    archiver: { failedCount: 2, failing: false, waiting: 3, lastArchived: null },
    repositoryBytes: 9,
    lastAttemptFailed: false,
    lastVerifyFailed: true,
  };

  it('are numbers by name', () => {
    const metrics = metricsOf(parseInfo(JSON.stringify([stanza()])), live);
    expect(
      Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value])),
    ).toEqual({
      plinth_pitr_last_full_timestamp_seconds: 1795274804,
      plinth_pitr_last_backup_timestamp_seconds: 1795274834,
      plinth_pitr_last_attempt_failed: 0,
      plinth_pitr_archive_lag_seconds: 1.5,
      plinth_pitr_archive_failed_count: 2,
      plinth_pitr_archive_waiting_bytes: 3 * 16 * 1024 * 1024,
      plinth_pitr_repository_bytes: 9,
      plinth_pitr_last_verify_timestamp_seconds: 1795275845.501,
      plinth_pitr_last_verify_failed: 1,
    });
    expect(metricsText(metrics)).toContain(
      '# TYPE plinth_pitr_archive_lag_seconds gauge\nplinth_pitr_archive_lag_seconds 1.5\n',
    );
  });

  it('are 0 where nothing has happened yet', () => {
    const metrics = metricsOf(parseInfo('[]'), live);
    expect(metrics['plinth_pitr_last_full_timestamp_seconds']?.value).toBe(0);
    expect(metrics['plinth_pitr_last_verify_timestamp_seconds']?.value).toBe(0);
  });
});

describe('what pgBackRest says when something is wrong', () => {
  it('is its last error, with the lines that belong to it', () => {
    const lines = [
      'P00   INFO: check repo1 archive for WAL (primary)',
      'P00  ERROR: [082]: WAL segment 000000010000000000000002 was not archived',
      '            HINT: check the archive_command',
      'P00   INFO: check command end: aborted with exception [082]',
      '',
    ];
    expect(errorIn(lines)).toBe(
      '[082]: WAL segment 000000010000000000000002 was not archived; HINT: check the archive_command',
    );
    expect(errorIn(['oops', ''])).toBe('oops');
  });

  it('is, of a verification, everything but its headings', () => {
    const said = `stanza: main
status: error
  archiveId: 17-1, total WAL checked: 6, total valid WAL: 5
    checksum invalid: 1
`;
    expect(problemsSaid(said)).toEqual([
      'archiveId: 17-1, total WAL checked: 6, total valid WAL: 5',
      'checksum invalid: 1',
    ]);
    expect(problemsSaid('')).toEqual([]);
  });
});
