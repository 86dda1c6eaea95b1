import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseLsn, parseSegment, SEGMENT_BYTES } from '../../backup/pitr/wal.ts';
import { Load, PitrLab, type Ack, type Restores } from '../support/pitr.ts';
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
  let restores: Restores;
  /** With a repository of its own. */
  let experiment: Restores;
  /** Everything that was ever acknowledged, on the first timeline. */
  const acks: Ack[] = [];
  /** Rows of the first load, oldest commit first. */
  let rows: Row[] = [];
  const labelled: string[] = [];

  beforeAll(async () => {
    lab = await PitrLab.create();
    await lab.up();
    restores = await lab.restores();
  });
  afterAll(() => lab.remove());

  const list = async (): Promise<Listed> => {
    const { code, stdout, stderr } = await lab.pitr('list', '--json');
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Listed;
  };
  /** Closes the segment, and waits until it is in the repository. */
  const archive = async (): Promise<void> => {
    const { code, stderr } = await lab.pitr('check');
    if (code !== 0) throw new Error(stderr);
  };
  /** Restores into a folder of that name and says what is in the ledger. */
  const restored = async (name: string, ...args: readonly string[]): Promise<string[]> => {
    const { code, stderr } = await restores.restore(name, ...args);
    if (code !== 0) throw new Error(stderr);
    return restores.ask(name, KEYS);
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
    expect(JSON.parse(now.stdout)).toMatchObject({ type: 'incr', label: 'in-between' });
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
    const { code, stdout, stderr } = await lab.restore(volume, '--latest', '--json');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const missing = lost(acks, await lab.ask(volume, KEYS));
    const { lsn } = JSON.parse(stdout) as { lsn: string };
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
    const justBefore = new Date(Date.parse(middle.at) - 1).toISOString().replace('Z', '999Z');
    const [found, earlier] = await Promise.all([
      restored('time', '--to-time', middle.at),
      restored('time-before', '--to-time', justBefore),
    ]);
    expect(found.sort()).toEqual(until(middle.at));
    expect(found).toContain(middle.key);
    // A ledger that cannot see a loss proves nothing.
    expect(lost(acks, found).length).toBe(acks.length - found.length);
    expect(lost(acks, found).length).toBeGreaterThan(0);

    expect(earlier.sort()).toEqual(until(justBefore));
    expect(earlier).not.toContain(middle.key);
  });

  it('goes to a label', async () => {
    expect((await restored('label', '--to-label', 'in-between')).sort()).toEqual(labelled.sort());
  });

  it('refuses what it cannot do, before anything is written', async () => {
    const refused = async (words: RegExp, ...args: readonly string[]): Promise<void> => {
      const answer = await restores.restore('refused', ...args);
      expect({ args, code: answer.code > 0, stderr: answer.stderr }).toEqual({
        ...{ args, code: true, stderr: expect.stringMatching(words) },
      });
      expect(await restores.holdsCluster('refused')).toBe(false);
    };
    await refused(
      /not reachable: reachable is any time from .* to /,
      '--to-time',
      '2001-01-01T00:00:00Z',
    );
    await refused(
      /not reachable: reachable is any time from .* to /,
      '--to-time',
      '2099-01-01T00:00:00Z',
    );
    await refused(/add the time zone/, '--to-time', '2026-01-01T00:00:00');
    await refused(
      /label no-such is unknown: existing labels are in-between/,
      '--to-label',
      'no-such',
    );
    await refused(/exactly one recovery target: --to-time/, '--latest', '--to-label', 'in-between');
    expect(await restores.holdsCluster('label')).toBe(true);
    const full = await restores.restore('label', '--latest');
    expect(full.code).toBe(1);
    expect(full.stderr).toContain('already contains data');
    const others = await lab.restores('wrong-secret');
    const wrong = await others.restore('refused', '--latest');
    await others.helper.end();
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('cannot be decrypted with the passphrase in pgbackrest.conf');
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
    const middle = rows[Math.floor(rows.length / 2)]!;
    const [found, time] = await Promise.all([
      restored('second', '--latest'),
      restored('second-time', '--to-time', middle.at),
    ]);
    expect(lost([...acks, ...load.acks], found)).toEqual([]);
    // The time before is still there, on either way.
    expect(time).toHaveLength(rows.filter((row) => row.at <= middle.at).length);
    expect(await restored('second-label', '--to-label', 'in-between')).toHaveLength(
      labelled.length,
    );
    acks.push(...load.acks);
  });

  it('waits when the repository cannot be written, says so, and loses nothing', async () => {
    expect((await lab.metrics())['plinth_pitr_archive_failed_count']).toBeDefined();
    await lab.inArchive('chmod -R a-w archive');
    const load = await Load.start(lab, 4);
    try {
      await load.more(50);
      await lab.sql('select pg_switch_wal()');
      await load.more(50);
      await load.stop();
      await eventually(
        () => lab.metrics(),
        (metrics) =>
          metrics['plinth_pitr_archive_lag_seconds']! > 5 &&
          metrics['plinth_pitr_archive_failed_count']! > 0 &&
          metrics['plinth_pitr_archive_waiting_bytes']! > 0,
      );
      expect((await lab.pitr('check')).code).toBe(1);
    } finally {
      await lab.inArchive('chmod -R u+w archive');
    }
    // Postgres tries again once a minute by itself, and at once when another segment is closed.
    await archive();
    await eventually(
      () => lab.metrics(),
      (metrics) => metrics['plinth_pitr_archive_waiting_bytes'] === 0,
    );
    acks.push(...load.acks);
    expect(lost(acks, await restored('after-wait', '--latest'))).toEqual([]);
  });

  it('finds a segment that is missing, and never restores past it', async () => {
    const [last] = (await list()).reachable;
    experiment = await lab.experiment();
    expect(await experiment.pitr('verify')).toMatchObject({ code: 0 });
    const archived = 'archive/main/17-1/0000000200000000';
    const segments = (await experiment.inRepository(`ls ${archived} | grep -E "^.{24}-"`))
      .trim()
      .split('\n');
    const victim = segments.at(-2)!;
    await experiment.inRepository(`mv ${archived}/${victim} /tmp/victim`);
    const verified = await experiment.pitr('verify');
    expect(verified.code).toBe(1);
    expect(verified.stdout).toContain(`${victim.slice(0, 24)} of 17-1 is missing`);
    const latest = await experiment.restore('gap-latest', '--latest');
    expect(latest.code).toBe(1);
    expect(latest.stderr).toMatch(/WAL segment .* is missing/);
    const past = await experiment.restore('gap-time', '--to-time', last!.to!);
    expect(past.code).toBe(1);
    expect(past.stderr).toContain('is not reachable');
    const before = await experiment.restore('gap-before', '--to-time', rows[0]!.at);
    expect(before.code).toBe(0);
    expect(await experiment.ask('gap-before', KEYS)).toEqual([rows[0]!.key]);
    await experiment.inRepository(`mv /tmp/victim ${archived}/${victim}`);
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
      const flip = `f=${file}; node -e "
         const fs = require('fs'), h = fs.openSync(process.argv[1], 'r+'), b = Buffer.alloc(1);
         const at = Math.floor(fs.statSync(process.argv[1]).size / 2);
         fs.readSync(h, b, 0, 1, at); b[0] ^= 1; fs.writeSync(h, b, 0, 1, at);" "$f"`;
      await experiment.inRepository(flip);
      expect((await experiment.pitr('verify')).code).toBe(1);
      const answer = await experiment.restore(name, '--latest');
      expect(answer).toMatchObject({ code });
      if (code === 0) expect(lost(acks, await experiment.ask(name, KEYS))).toEqual([]);
      else expect(await experiment.holdsCluster(name)).toBe(false);
      // The next one begins with a repository that is whole.
      await experiment.inRepository(flip);
    },
  );

  it('would not have found anything in a repository that is whole', async () => {
    expect(await experiment.pitr('verify')).toMatchObject({ code: 0 });
    await experiment.helper.end();
  });

  it('undoes a restore: what it has left behind can still be reached', async () => {
    // Before the backup with the label: what is restored from here on may not begin with that one.
    const early = rows[Math.floor(labelled.length / 2)]!;
    const volume = lab.volume('undo');
    expect(await lab.restore(volume, '--to-time', early.at)).toMatchObject({ code: 0 });
    await lab.lose();
    lab.data = volume;
    await lab.up();
    await lab.sql('insert into ledger values (-1, -1)');
    await archive();
    const { reachable, leftBehind } = await list();
    expect(reachable.map(({ timeline }) => timeline)).toEqual([3]);
    expect(leftBehind.map(({ timeline }) => timeline)).toContain(2);
    const [newest, undone] = await Promise.all([
      restored('undo-newest', '--latest'),
      restored('undo-undone', '--latest', '--timeline', '2'),
    ]);
    expect(newest).toContain('-1:-1');
    expect(newest).toHaveLength(rows.filter((row) => row.at <= early.at).length + 1);
    expect(lost(acks, undone)).toEqual([]);
  });

  it('takes a new cluster into the same repository, and keeps the way back', async () => {
    await lab.lose();
    lab.data = lab.volume('new-cluster');
    await lab.up();
    await eventually(list, ({ backups }) => backups.some(({ cluster }) => cluster === '17-2'));
    await lab.sql('create table ledger (writer int, n int)');
    await lab.sql('insert into ledger values (-1, -1)');
    await archive();
    const [newest, label] = await Promise.all([
      restored('new-latest', '--latest'),
      restored('old-label', '--to-label', 'in-between'),
    ]);
    expect(newest).toEqual(['-1:-1']);
    expect(label.sort()).toEqual(labelled.sort());
    // Of the time that both ways have: the newest one left before the middle.
    const early = rows[Math.floor(labelled.length / 4)]!;
    expect(await restored('old-time', '--to-time', early.at)).toHaveLength(
      rows.filter((row) => row.at <= early.at).length,
    );
    expect(endOf((await list()).reachable.at(-1)!.lastWal)).toBeGreaterThan(0);
  });
});
