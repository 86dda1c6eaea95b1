import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { checkOf } from '../../../../backup/restore-test/checks.ts';
import { difference, shown } from '../../../../backup/restore-test/compare.ts';
import {
  keepReport,
  metricsAfter,
  outdated,
  readMetrics,
} from '../../../../backup/restore-test/report-store.ts';
import { restoreTestPathsIn } from '../../../../backup/restore-test/paths.ts';
import {
  closingLine,
  reportMarkdown,
  reportOf,
  reportText,
  type Check,
  type RestoreTestReport,
} from '../../../../backup/restore-test/report.ts';
import { healthOf, isDue } from '../../../../backup/restore-test/serve.ts';

const passed: Check = { name: 'rows', verdict: 'passed', says: '10 rows', details: [] };
const failed: Check = {
  name: 'catalog',
  verdict: 'failed',
  says: '2 lines differ',
  details: ['- policy a | b', '+ policy c'],
};
const skipped: Check = {
  name: 'isolation',
  verdict: 'skipped',
  says: 'nothing declared',
  details: [],
};
const report = (
  checks: readonly Check[],
  more: Partial<RestoreTestReport> = {},
): RestoreTestReport => ({
  ...reportOf({
    stack: 'dev',
    backup: {
      id: '20261121T020000Z',
      startedAt: '2026-11-21T02:00:00.000Z',
      bytes: 1000,
      rows: 10,
    },
    phases: [
      { name: 'key', seconds: 0.1 },
      { name: 'restore: roles', seconds: 1 },
      { name: 'restore: rows', seconds: 2.5 },
    ],
    checks,
    startedAt: new Date('2026-11-21T04:15:00Z'),
    finishedAt: new Date('2026-11-21T04:15:10Z'),
  }),
  ...more,
});

describe('two lists of lines', () => {
  it('differ by what only one of them has, twice where it is there twice', () => {
    const { missing, added } = difference(['a', 'b', 'b', 'c'], ['b', 'c', 'd', 'd']);
    expect(missing).toEqual(['a', 'b']);
    expect(added).toEqual(['d', 'd']);
  });

  it('are the same in any order, and only then', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__'));
    fc.assert(
      fc.property(lines, lines, (one, other) => {
        const { missing, added } = difference(one, other);
        const same = JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
        expect(missing.length + added.length === 0).toBe(same);
        expect(one.length - missing.length).toBe(other.length - added.length);
      }),
    );
  });

  it('are shown as far as a person reads', () => {
    const lines = Array.from({ length: 20 }, (_, n) => `line ${String(n)}`);
    expect(shown({ missing: lines, added: [] }, 3)).toEqual([
      '- line 0',
      '- line 1',
      '- line 2',
      '… and 17 more',
    ]);
    expect(shown({ missing: [], added: ['x'] })).toEqual(['+ x']);
  });
});

describe('a report', () => {
  it('has passed when something was checked and nothing failed', () => {
    expect(report([passed, skipped]).passed).toBe(true);
    expect(report([passed, failed]).passed).toBe(false);
    expect(report([skipped]).passed).toBe(false);
    expect(report([]).passed).toBe(false);
  });

  it('says how long the restore took, without the checks', () => {
    expect(report([passed]).restoreSeconds).toBe(3.5);
    expect(report([passed]).seconds).toBe(10);
  });

  it('is read by people', () => {
    expect(reportText(report([passed, failed])))
      .toBe(`restore test of dev: backup 20261121T020000Z, 10 rows

✓ rows     10 rows
✗ catalog  2 lines differ
           - policy a | b
           + policy c

     0.1 s  key
     1.0 s  restore: roles
     2.5 s  restore: rows

✗ the restore test failed: 1 checks passed, 1 failed; restored in 3.5 s`);
    const page = reportMarkdown(report([passed, failed]));
    expect(page).toContain('| ✗ failed | catalog | 2 lines differ |');
    expect(page).toContain('```text\n- policy a | b\n+ policy c\n```');
  });

  it('keeps a table whole, whatever a check says', () => {
    const odd: Check = { ...passed, says: 'a | b\nc \\ d' };
    expect(reportMarkdown(report([odd]))).toContain('| ✓ passed | rows | a \\| b c \\\\ d |');
  });
});

describe('a check', () => {
  it('fails by what it found wrong', () => {
    expect(checkOf('x', 'good', 'bad', [])).toMatchObject({ verdict: 'passed', says: 'good' });
    expect(checkOf('x', 'good', 'bad', ['a'])).toMatchObject({
      verdict: 'failed',
      says: 'bad',
      details: ['a'],
    });
  });
});

describe('what remains of a drill', () => {
  it('is in the metrics, and a failure does not hide the last success', () => {
    const good = metricsAfter(report([passed]), {});
    expect(good).toEqual({
      plinth_drill_last_attempt_timestamp_seconds: Date.parse('2026-11-21T04:15:00Z') / 1000,
      plinth_drill_last_attempt_failed: 0,
      plinth_drill_last_success_timestamp_seconds: Date.parse('2026-11-21T04:15:10Z') / 1000,
      plinth_drill_backup_timestamp_seconds: Date.parse('2026-11-21T02:00:00Z') / 1000,
      plinth_drill_restore_seconds: 3.5,
    });
    const later = report([failed], { startedAt: '2026-11-22T04:15:00.000Z' });
    expect(metricsAfter(later, good)).toEqual({
      ...good,
      plinth_drill_last_attempt_timestamp_seconds: Date.parse('2026-11-22T04:15:00Z') / 1000,
      plinth_drill_last_attempt_failed: 1,
    });
  });

  it('says how the last proof of isolation went, and remembers it where none could be made', () => {
    const proof = (leaked: number, held: number): Check => ({
      ...passed,
      counts: { leaked, held },
    });
    const good = metricsAfter(report([passed, proof(0, 900)]), {});
    expect(good).toMatchObject({
      plinth_drill_isolation_leaked: 0,
      plinth_drill_isolation_held: 900,
    });
    expect(metricsAfter(report([failed]), good)).toMatchObject({
      plinth_drill_isolation_held: 900,
    });
    expect(metricsAfter(report([proof(2, 898)]), good)).toMatchObject({
      plinth_drill_isolation_leaked: 2,
      plinth_drill_isolation_held: 898,
    });
  });

  it('is the last fifty reports, and nothing of others is removed', () => {
    const time = (n: number): string => `202611${String(n).padStart(2, '0')}T041500Z`;
    const names = Array.from({ length: 60 }, (_, n) => [`${time(n)}.json`, `${time(n)}.md`]).flat();
    const gone = outdated([...names, 'notes.txt', 'x.json']);
    expect(gone).toHaveLength(20);
    expect(gone).toContain(`${time(0)}.md`);
    expect(gone).not.toContain(`${time(10)}.json`);
  });

  it('is written for both kinds of readers', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'drill-'));
    try {
      const places = restoreTestPathsIn(root);
      keepReport(places, report([passed]));
      expect(readdirSync(places.reports).sort()).toEqual([
        '20261121T041500Z.json',
        '20261121T041500Z.md',
      ]);
      expect(
        JSON.parse(readFileSync(path.join(places.reports, '20261121T041500Z.json'), 'utf8')),
      ).toEqual(report([passed]));
      expect(readMetrics(places.status)['plinth_drill_last_attempt_failed']).toBe(0);
      expect(readMetrics(path.join(root, 'nothing'))).toEqual({});
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('the drill’s container', () => {
  const settings = { drill: { schedule: '15 4 * * *' }, timezone: 'UTC' };

  it('drills when it never has, when the last one failed or is of other keys, and when it missed one', () => {
    const now = new Date('2026-11-21T12:00:00Z');
    const mine = [report([passed]).backup!.id];
    expect(isDue(settings, undefined, mine, now)).toBe(true);
    expect(isDue(settings, report([failed]), mine, now)).toBe(true);
    expect(isDue(settings, report([passed]), mine, now)).toBe(false);
    // The keys are others now, or the backup has gone.
    expect(isDue(settings, report([passed]), [], now)).toBe(true);
    expect(isDue(settings, report([passed]), ['another'], now)).toBe(true);
    expect(isDue(settings, report([passed]), mine, new Date('2026-11-22T04:16:00Z'))).toBe(true);
  });

  it('is as healthy as its last drill', () => {
    expect(healthOf(undefined).healthy).toBe(true);
    expect(healthOf(report([passed]))).toEqual({
      healthy: true,
      reason: closingLine(report([passed])),
    });
    const { healthy, reason } = healthOf(report([passed, failed]));
    expect(healthy).toBe(false);
    expect(reason).toContain('catalog: 2 lines differ');
  });
});
