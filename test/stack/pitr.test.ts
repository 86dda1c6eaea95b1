import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseLsn, parseSegment, SEGMENT_BYTES } from '../../services/backup/pitr/wal.ts';
import { Load, PitrLab, type Ack } from '../support/pitr.ts';
import { eventually } from '../support/stack.ts';

interface Reachable {
  readonly cluster: string;
  readonly timeline: number;
  readonly from: string;
  readonly to: string | null;
  readonly lastWal: string;
  readonly missingWal: string | null;
}

interface Listed {
  readonly backups: readonly {
    readonly id: string;
    readonly type: string;
    readonly cluster: string;
  }[];
  readonly labels: readonly { readonly label: string; readonly at: string }[];
  readonly reachable: readonly Reachable[];
  readonly leftBehind: readonly Reachable[];
}

/** A row with the time of its commit, as Postgres writes it. */
interface Row {
  readonly key: string;
  readonly at: string;
}

const ROWS = `
  select writer || ':' || n || ' ' ||
         to_char(pg_xact_commit_timestamp(xmin) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    from ledger order by pg_xact_commit_timestamp(xmin)`;
const KEYS = "select writer || ':' || n from ledger";
const keyOf = ({ writer, n }: Ack): string => `${writer}:${n}`;

/** Rows of the ledger that are not there. */
function lost(acks: readonly Ack[], keys: readonly string[]): Ack[] {
  const there = new Set(keys);
  return acks.filter((ack) => !there.has(keyOf(ack)));
}

/** Position up to which WAL is in the repository. */
function endOf(segment: string): number {
  return (parseSegment(segment)!.number + 1) * SEGMENT_BYTES;
}

describe('point-in-time recovery', () => {
  let lab: PitrLab;
  /** Everything that was ever acknowledged, on the first timeline. */
  const acks: Ack[] = [];
  /** Rows of the first load, oldest commit first. */
  let rows: Row[] = [];
  const labelled: string[] = [];

  beforeAll(async () => {
    lab = await PitrLab.create();
    await lab.up();
  });
  afterAll(() => lab.remove());

  const list = async (): Promise<Listed> => {
    const { code, out, err } = await lab.pitr('list', '--json');
    if (code !== 0) throw new Error(err);
    return JSON.parse(out) as Listed;
  };
  /** Closes the segment, and waits until it is in the repository. */
  const archive = async (): Promise<void> => {
    const { code, err } = await lab.pitr('check');
    if (code !== 0) throw new Error(err);
  };
  /** Restores into a volume of that name and says what is in the ledger. */
  const restored = async (name: string, ...args: readonly string[]): Promise<string[]> => {
    const volume = lab.volume(name);
    const { code, err } = await lab.restore(volume, args);
    if (code !== 0) throw new Error(err);
    return lab.ask(volume, KEYS);
  };

  it('takes the first full backup by itself', async () => {
    const { backups } = await eventually(list, (listed) => listed.backups.length > 0);
    expect(backups.map(({ type }) => type)).toEqual(['full']);
    const metrics = await eventually(
      () => lab.metrics(),
      (known) => known['plinth_pitr_last_full_timestamp_seconds']! > 0,
    );
    expect(metrics['plinth_pitr_last_attempt_failed']).toBe(0);
  });

  it('keeps what writers are told, and names a moment in between', async () => {
    await lab.sql('create table ledger (writer int, n int, filler text, primary key (writer, n))');
    const load = await Load.start(lab, 6);
    await load.more(300);
    // At rest for the moment of the label, so that it is known which rows are before it.
    await load.stop();
    labelled.push(...load.acks.map(keyOf));
    const now = await lab.pitr('now', '--label', 'in-between', '--json');
    expect(now).toMatchObject({ code: 0 });
    expect(JSON.parse(now.out)).toMatchObject({ type: 'incr', label: 'in-between' });
    const more = await Load.start(lab, 6);
    await more.more(300);
    await more.stop();
    acks.push(...load.acks, ...more.acks);
    const found = await lab.sql<{ row: string }>(`select * from (${ROWS}) as t(row)`);
    rows = found.map(({ row }) => ({ key: row.split(' ')[0]!, at: row.split(' ')[1]! }));
    // The ledger and the table agree, or nothing below means anything.
    expect(rows.map(({ key }) => key).sort()).toEqual(acks.map(keyOf).sort());
    await archive();
  });

  it('has everything up to the last archived segment after the server and its disk are gone', async () => {
    const load = await Load.start(lab, 6);
    await load.more(200);
    await lab.sql('select pg_switch_wal()');
    await load.more(200);
    await lab.lose();
    await load.stop();
    acks.push(...load.acks);

    const volume = lab.volume('latest');
    const { code, out, err } = await lab.restore(volume, ['--latest', '--json']);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    const missing = lost(acks, await lab.ask(volume, KEYS));
    const { lsn } = JSON.parse(out) as { lsn: string };
    const archivedUntil = parseLsn(lsn)!;
    const promised = missing.filter((ack) => parseLsn(ack.lsn)! <= archivedUntil);
    expect(promised).toEqual([]);
    // Rows that no archived segment holds are gone, which is what the archive timeout is for.
    for (const ack of missing) expect(parseLsn(ack.lsn)!).toBeGreaterThan(archivedUntil);
    console.log(`acknowledged ${acks.length}, lost ${missing.length}, all behind ${lsn}`);
    // From here on the ledger is what was kept.
    const gone = new Set(missing.map(keyOf));
    acks.splice(0, Infinity, ...acks.filter((ack) => !gone.has(keyOf(ack))));
  });

  it('goes to a time, exactly', async () => {
    const middle = rows[Math.floor(rows.length / 2)]!;
    const until = (at: string): string[] =>
      rows
        .filter((row) => row.at <= at)
        .map(({ key }) => key)
        .sort();
    const found = await restored('time', '--to-time', middle.at);
    expect(found.sort()).toEqual(until(middle.at));
    expect(found).toContain(middle.key);
    // A ledger that cannot see a loss proves nothing.
    expect(lost(acks, found).length).toBe(acks.length - found.length);
    expect(lost(acks, found).length).toBeGreaterThan(0);

    const justBefore = new Date(Date.parse(middle.at) - 1).toISOString().replace('Z', '999Z');
    const earlier = await restored('time-before', '--to-time', justBefore);
    expect(earlier.sort()).toEqual(until(justBefore));
    expect(earlier).not.toContain(middle.key);
  });

  it('goes to a label', async () => {
    expect((await restored('label', '--to-label', 'in-between')).sort()).toEqual(labelled.sort());
  });

  it('refuses what it cannot do, before anything is written', async () => {
    const refused = async (words: RegExp, ...args: readonly string[]): Promise<void> => {
      const volume = lab.volume('refused');
      const answer = await lab.restore(volume, args);
      expect({ args, code: answer.code > 0, err: answer.err }).toEqual({
        ...{ args, code: true, err: expect.stringMatching(words) },
      });
      await expect(lab.ask(volume, 'select 1')).rejects.toThrow('data');
    };
    await refused(
      /out of reach: possible is any time from .* to /,
      '--to-time',
      '2001-01-01T00:00:00Z',
    );
    await refused(
      /out of reach: possible is any time from .* to /,
      '--to-time',
      '2099-01-01T00:00:00Z',
    );
    await refused(/add the time zone/, '--to-time', '2026-01-01T00:00:00');
    await refused(/label no-such is unknown: there are in-between/, '--to-label', 'no-such');
    await refused(/by one of --to-time/, '--latest', '--to-label', 'in-between');
    const full = await lab.restore(lab.volume('latest'), ['--latest']);
    expect(full.code).toBe(1);
    expect(full.err).toContain('holds data already');
    const wrong = await lab.restore(lab.volume('refused'), ['--latest'], {
      secret: lab.wrongSecret,
    });
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('cannot be opened with the passphrase in pgbackrest.conf');
  });

  it('goes on from what was restored, and that can be restored in turn', async () => {
    lab.data = lab.volume('latest');
    await lab.up();
    const load = await Load.start(lab, 4);
    await load.more(100);
    await load.stop();
    await archive();
    const { reachable } = await list();
    expect(reachable).toMatchObject([{ timeline: 2, missingWal: null }]);
    const found = await restored('second', '--latest');
    expect(lost([...acks, ...load.acks], found)).toEqual([]);
    // The time before is still there, on either way.
    const middle = rows[Math.floor(rows.length / 2)]!;
    const before = rows.filter((row) => row.at <= middle.at).length;
    expect(await restored('second-time', '--to-time', middle.at)).toHaveLength(before);
    expect((await restored('second-label', '--to-label', 'in-between')).length).toBe(
      labelled.length,
    );
    acks.push(...load.acks);
  });

  it('waits when the repository cannot be written, says so, and loses nothing', async () => {
    expect((await lab.metrics())['plinth_pitr_archive_failed_count']).toBeDefined();
    await lab.inRepository('chmod -R a-w archive');
    const load = await Load.start(lab, 4);
    await load.more(50);
    await lab.sql('select pg_switch_wal()');
    await load.more(50);
    await load.stop();
    const red = await eventually(
      () => lab.metrics(),
      (metrics) => metrics['plinth_pitr_archive_lag_seconds']! > 10,
    );
    expect(red['plinth_pitr_archive_failed_count']).toBeGreaterThan(0);
    expect(red['plinth_pitr_archive_waiting_bytes']).toBeGreaterThan(0);
    expect((await lab.pitr('check')).code).toBe(1);
    await lab.inRepository('chmod -R u+w archive');
    // Postgres tries again once a minute.
    await eventually(
      () => lab.metrics(),
      (metrics) => metrics['plinth_pitr_archive_waiting_bytes'] === 0,
    );
    await archive();
    acks.push(...load.acks);
    expect(lost(acks, await restored('after-wait', '--latest'))).toEqual([]);
  });

  it('finds a segment that is missing, and never restores past it', async () => {
    const [last] = (await list()).reachable;
    const healthy = await lab.copyRepository('whole');
    expect(await lab.pitrOn(healthy, 'verify')).toMatchObject({ code: 0 });
    const copy = await lab.copyRepository('gap');
    const segments = (
      await lab.inRepository('ls archive/main/17-1/0000000200000000 | grep -E "^.{24}-"', copy)
    )
      .trim()
      .split('\n');
    const victim = segments.at(-2)!;
    await lab.inRepository(`rm archive/main/17-1/0000000200000000/${victim}`, copy);
    const verified = await lab.pitrOn(copy, 'verify');
    expect(verified.code).toBe(1);
    expect(verified.out).toContain(`${victim.slice(0, 24)} of 17-1 is missing`);
    const latest = await lab.restore(lab.volume('gap-latest'), ['--latest'], { repository: copy });
    expect(latest.code).toBe(1);
    expect(latest.err).toMatch(/WAL segment .* is missing/);
    const past = await lab.restore(lab.volume('gap-time'), ['--to-time', last!.to!], {
      repository: copy,
    });
    expect(past.code).toBe(1);
    expect(past.err).toContain('is out of reach');
    const before = await lab.restore(lab.volume('gap-before'), ['--to-time', rows[0]!.at], {
      repository: copy,
    });
    expect(before.code).toBe(0);
    expect(await lab.ask(lab.volume('gap-before'), KEYS)).toEqual([rows[0]!.key]);
  });

  it.each([
    ['a WAL segment', '$(ls archive/main/17-1/0000000200000000/0*-* | tail -n 2 | head -n 1)', 1],
    ['a backup', '$(ls -S backup/main/*F/bundle/* | head -n 1)', 1],
    // There twice: the other one is still good.
    ['the list of backups', 'backup/main/backup.info', 0],
    ['the copy of a manifest', '$(ls backup/main/*F/backup.manifest.copy | head -n 1)', 0],
  ])(
    'finds one byte that was changed in %s, and restores nothing wrong',
    async (what, file, code) => {
      const name = what.replaceAll(/[^a-z]/gi, '');
      const copy = await lab.copyRepository(`flip-${name}`);
      await lab.inRepository(
        `f=${file}; node -e "
         const fs = require('fs'), h = fs.openSync(process.argv[1], 'r+'), b = Buffer.alloc(1);
         const at = Math.floor(fs.statSync(process.argv[1]).size / 2);
         fs.readSync(h, b, 0, 1, at); b[0] ^= 1; fs.writeSync(h, b, 0, 1, at);" "$f"`,
        copy,
      );
      expect((await lab.pitrOn(copy, 'verify')).code).toBe(1);
      const volume = lab.volume(`flipped-${name}`);
      const answer = await lab.restore(volume, ['--latest'], { repository: copy });
      expect(answer).toMatchObject({ code });
      if (code === 0) expect(lost(acks, await lab.ask(volume, KEYS))).toEqual([]);
      else await expect(lab.ask(volume, 'select 1')).rejects.toThrow('data');
    },
  );

  it('undoes a restore: what it has left behind can still be reached', async () => {
    const middle = rows[Math.floor(rows.length / 2)]!;
    const volume = lab.volume('undo');
    expect(await lab.restore(volume, ['--to-time', middle.at])).toMatchObject({ code: 0 });
    await lab.lose();
    lab.data = volume;
    await lab.up();
    await lab.sql('insert into ledger values (-1, -1)');
    await archive();
    const { reachable, leftBehind } = await list();
    expect(reachable.map(({ timeline }) => timeline)).toEqual([3]);
    expect(leftBehind.map(({ timeline }) => timeline)).toContain(2);
    const newest = await restored('undo-newest', '--latest');
    expect(newest).toContain('-1:-1');
    expect(newest).toHaveLength(rows.filter((row) => row.at <= middle.at).length + 1);
    expect(lost(acks, await restored('undo-undone', '--latest', '--timeline', '2'))).toEqual([]);
  });

  it('takes a new cluster into the same repository, and keeps the way back', async () => {
    await lab.lose();
    lab.data = lab.volume('new-cluster');
    await lab.up();
    await eventually(list, ({ backups }) => backups.some(({ cluster }) => cluster === '17-2'));
    await lab.sql('create table ledger (writer int, n int)');
    await lab.sql('insert into ledger values (-1, -1)');
    await archive();
    expect(await restored('new-latest', '--latest')).toEqual(['-1:-1']);
    expect((await restored('old-label', '--to-label', 'in-between')).sort()).toEqual(
      labelled.sort(),
    );
    const middle = rows[Math.floor(rows.length / 2)]!;
    expect(await restored('old-time', '--to-time', middle.at)).toContain(middle.key);
    expect(endOf((await list()).reachable.at(-1)!.lastWal)).toBeGreaterThan(0);
  });
});
