import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backupId, labelProblem, parseBackupId } from '../../../../backup/store/id.ts';

const moments = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const labels = fc.option(fc.stringMatching(/^[a-z0-9-]{1,40}$/), { nil: null });

describe('backupId', () => {
  it('reads as a time', () => {
    expect(backupId(new Date('2026-11-21T15:30:00.999Z'), null)).toBe('20261121T153000Z');
    expect(backupId(new Date('2026-11-21T15:30:00Z'), 'before-upgrade')).toBe(
      '20261121T153000Z-before-upgrade',
    );
  });

  it('is read back, to the second', () => {
    fc.assert(
      fc.property(moments, labels, (moment, label) => {
        const startedAt = new Date(Math.floor(moment.getTime() / 1000) * 1000);
        const id = backupId(moment, label);
        expect(parseBackupId(id)).toEqual({ id, startedAt, label });
      }),
    );
  });

  it('is in the order of time', () => {
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        if (backupId(a, null) < backupId(b, null)) expect(a.getTime()).toBeLessThan(b.getTime());
      }),
    );
  });
});

describe('parseBackupId', () => {
  it.each([
    'lost+found',
    '.unfinished-20261121T153000Z',
    '20261121T153000Z-',
    '20261121T153000Z-A',
    '20260230T000000Z',
    '20261121T253000Z',
    '20261121T153000',
    ' 20261121T153000Z',
  ])('knows that %j is none', (name) => {
    expect(parseBackupId(name)).toBeUndefined();
  });
});

describe('labelProblem', () => {
  it('says what a label may be', () => {
    expect(labelProblem('before-upgrade-3')).toBeUndefined();
    expect(labelProblem('x'.repeat(40))).toBeUndefined();
    for (const label of ['', 'x'.repeat(41), 'Über', 'a b', '../x']) {
      expect(labelProblem(label)).toMatch(
        /^the label is .* but must be 1 to 40 of a-z, 0-9 and -: choose another$/,
      );
    }
  });
});
