import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Manifest } from '../../backup/store/manifest.ts';
import { CUT, FLIP, KILL, REDATE } from '../support/backup/corruption.ts';
import type { CommandOptions, Helper } from '../support/backup/helper.ts';
import { Hold, type HeldFile } from '../support/backup/hold.ts';
import { BACKUP, Lab, type Ended } from '../support/backup/containers.ts';
import { docker, eventually } from '../support/stack.ts';

const run = promisify(execFile);

/** A run under way; in an object, so that a caller that waits for the hold does not wait for its end. */
interface Held {
  readonly ended: Promise<Ended>;
}

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly keptBecause: readonly string[];
}

/** Rows of the largest table: a few times what a hold lets through. */
const ROWS = 10_000;
const SCHEMA = `
  create role backup login password 'right' bypassrls; grant pg_read_all_data to backup;
  create role app;
  create database shop;
  \\connect shop
  create table big (id int, note text);
  insert into big select i, md5(i::text) || repeat(md5((i % 977)::text), 4) from generate_series(1, ${String(ROWS)}) i;
  create table "Odd ""$(id)"" :name" ("a b" text);
  insert into "Odd ""$(id)"" :name" values (E'tab\\t, line\\n, backslash \\\\'), (null);
  create table "new
line" (id int); insert into "new
line" values (1);
  create table guarded (id int, twice int generated always as (id * 2) stored);
  insert into guarded (id) select generate_series(1, 1000);
  alter table guarded enable row level security; alter table guarded force row level security;
  create policy nobody on guarded to app using (false);
  create table orders (at date not null) partition by range (at);
  create table orders_2025 partition of orders for values from ('2025-01-01') to ('2026-01-01');
  create table orders_2026 partition of orders for values from ('2026-01-01') to ('2027-01-01');
  insert into orders select date '2025-07-01' + i from generate_series(0, 364) i;
  create table victim (id int); insert into victim values (1);
  create table debit (n int); create table credit (n int);
  create sequence numbers; select setval('numbers', 4711);
  select lo_from_bytea(0, 'large'); grant select on large object %LO% to backup;`;

/** Faults of every kind. Whatever happens: what was good before is good, and nothing else is called so. */
describe('backups', () => {
  let lab: Lab;
  let source: string;
  let volume: string;
  let identity: string;
  let recipient: string;
  let good: string;
  let helper: Helper;
  let hold: Hold;
  let holdMount: string;
  let files = 0;

  const settings = (more: object = {}): string =>
    JSON.stringify({
      stack: lab.name,
      timezone: 'Europe/Berlin',
      server: { host: source, port: 5432, user: 'backup', database: 'shop' },
      schedule: '15 2 * * *',
      encryption: { recipients: [recipient], gpgKeys: [] },
      compressionLevel: 1,
      jobs: 2,
      retention: { days: 30, weekly: 8, monthly: 12, yearly: 3 },
      drill: { schedule: '15 4 * * *' },
      ...more,
    });
  /** What a container with settings of its own mounts. */
  const mounts = (text: string): string[] => {
    files += 1;
    return [
      `${volume}:/var/lib/backup`,
      `${lab.file(`backup-${String(files)}.json`, text)}:/etc/plinth/backup.json:ro`,
      `${lab.file('password-right', 'right\n')}:/run/secrets/password:ro`,
    ];
  };
  /** The backup's program in the helper; it reads its settings when it begins. */
  const plinth = (
    args: readonly string[],
    text = settings(),
    { password = 'right', ...options }: CommandOptions & { readonly password?: string } = {},
  ): Promise<Ended> => {
    writeFileSync(path.join(lab.folder, 'etc/backup.json'), text);
    writeFileSync(path.join(lab.folder, 'secrets/password'), `${password}\n`);
    return helper.run(['plinth-backup', ...args], options);
  };
  const inside = (...command: readonly string[]): Promise<Ended> => helper.run(command);
  const now = async (...args: string[]): Promise<Manifest> => {
    const made = await plinth(['now', '--json', ...args]);
    expect(made).toMatchObject({ code: 0 });
    return (JSON.parse(made.stdout) as { manifest: Manifest }).manifest;
  };
  const list = async (): Promise<Listed[]> =>
    JSON.parse((await plinth(['list', '--json'])).stdout) as Listed[];
  const script = (text: string, ...args: string[]): Promise<Ended> =>
    inside('node', '--input-type=module', '-e', text, ...args);

  /** A run that stops where one of its files is half written, until it is released. */
  const held = async (more: object = {}, file: HeldFile = 'data/0001'): Promise<Held> => {
    await hold.at(file);
    const ended = plinth(['now', '--label', 'held'], settings(more), { env: hold.env });
    await hold.reached();
    return { ended };
  };
  /** The same in a container of its own. */
  const heldIn = async (name: string): Promise<Held> => {
    await hold.at('data/0001');
    const ended = lab.run({
      user: BACKUP,
      network: true,
      name: `${lab.name}-${name}`,
      mounts: [...mounts(settings()), holdMount],
      env: hold.env,
      args: ['now', '--label', 'held'],
    });
    await hold.reached();
    return { ended };
  };

  beforeAll(async () => {
    lab = await Lab.create('t-faults');
    ({ identity, recipient } = await lab.key());
    lab.file('identity', identity);
    source = await lab.source('source');
    const [sql, grant = ''] = SCHEMA.split("select lo_from_bytea(0, 'large');");
    expect(await lab.psql(source, 'postgres', String(sql))).toMatchObject({ code: 0 });
    const made = "select lo_from_bytea(0, 'large') as oid";
    const [large] = await lab.sql<{ oid: number }>(source, 'shop', made);
    await lab.sql(source, 'shop', grant.replace('%LO%', String(large!.oid)));
    // The right password counts from here on.
    const hba =
      "sed -i 's/^host all all all trust/host all backup all scram-sha-256\\n&/' /var/lib/postgresql/data/pg_hba.conf";
    await docker('exec', source, 'bash', '-c', hba);
    await lab.sql(source, 'postgres', 'select pg_reload_conf()');
    volume = await lab.volume('backups');
    for (const name of ['etc', 'secrets']) mkdirSync(path.join(lab.folder, name));
    holdMount = Hold.mount(await lab.volume('hold'));
    helper = await lab.helper({
      user: BACKUP,
      network: true,
      mounts: [
        `${volume}:/var/lib/backup`,
        `${path.join(lab.folder, 'etc')}:/etc/plinth:ro`,
        `${path.join(lab.folder, 'secrets')}:/run/secrets:ro`,
        holdMount,
      ],
    });
    hold = await Hold.create(helper);
    good = (await now('--label', 'good')).id;
  });
  afterAll(() => lab.remove());

  afterEach(async () => {
    const verified = await plinth(['verify', '--all', '--json']);
    const found = JSON.parse(verified.stdout) as Listed[];
    expect(found.filter(({ state }) => state !== 'good')).toEqual([]);
    expect(found.map(({ id }) => id)).toContain(good);
    const left = await inside('bash', '-c', 'cd /var/lib/backup/logical && ls -A');
    expect(left.stdout.trim().split('\n').sort()).toEqual(found.map(({ id }) => id).sort());
  });

  describe('when all is well', () => {
    it('hold every row, of one moment, in as many streams as it takes', async () => {
      // Money moves all the time from one table to the other: never half of it in a backup.
      const move = 'insert into debit values (1); insert into credit values (1);';
      const loop = `while :; do echo 'begin; ${move} commit;'; done | psql -q -h /tmp -U postgres shop`;
      await docker('exec', '-d', source, 'bash', '-c', loop);
      const { databases, skipped, totals } = await now();
      await docker(
        'exec',
        source,
        'bash',
        '-c',
        'psql -h /tmp -U postgres -c "select pg_terminate_backend(pid) from pg_stat_activity where datname = \'shop\'"',
      );
      const [shop] = databases;
      const rows = Object.fromEntries(shop!.tables.map(({ name, rows }) => [name, rows]));
      expect(rows).toMatchObject({
        big: ROWS,
        guarded: 1000,
        'new\nline': 1,
        'Odd "$(id)" :name': 2,
        orders_2025: 184,
        orders_2026: 181,
      });
      expect(rows['debit']).toBeGreaterThan(0);
      expect(rows['debit']).toBe(rows['credit']);
      expect(rows).not.toHaveProperty('orders');
      expect(shop).toMatchObject({ name: 'shop', sequences: 1, largeObjects: 1 });
      expect(totals.rows).toBe(Object.values(rows).reduce((sum, count) => sum + count));
      expect(skipped.map(({ what }) => what)).toContain('database postgres');
    });

    it('open by hand with age, and for holders of a GPG key with gpg', async () => {
      // A key pair of somebody's own, which the program gets the public half of.
      const home = 'export GNUPGHOME=/var/lib/backup/gnupg; mkdir -m 700 -p $GNUPGHOME; ';
      const generate = `${home} gpg --batch --quiet --passphrase '' --quick-generate-key holder@example rsa2048 encr never; gpg --armor --export`;
      const { stdout: key } = await inside('bash', '-c', generate);
      const file = settings({ encryption: { recipients: [recipient], gpgKeys: [key] } });
      const state = { deployment: { secret: 'of the stack' } };
      const kept = await plinth(['keep-state'], file, { input: JSON.stringify(state) });
      expect(kept).toMatchObject({ code: 0 });
      const made = await plinth(['now', '--json'], file);
      const { manifest } = JSON.parse(made.stdout) as { manifest: Manifest };
      expect(manifest.encryption.gpgFingerprints).toHaveLength(1);
      const table = manifest.databases[0]!.tables.find(({ name }) => name.startsWith('Odd'));
      const open = `${home} cd /var/lib/backup/logical/${manifest.id}
        gpg -q -d key.gpg > /tmp/key && age -d -i /tmp/key ${table!.files[0]!} | zstd -d
        gpg -q -d state.key.gpg > /tmp/state.key && age -d -i /tmp/state.key state.json.zst.age | zstd -d
        rm -r $GNUPGHOME`;
      const rows = 'tab\\t, line\\n, backslash \\\\\n\\N\n';
      expect((await inside('bash', '-c', open)).stdout).toBe(rows + JSON.stringify(state));
      const byHand = `cd /var/lib/backup/logical/${manifest.id}; sha256sum --quiet --strict -c SHA256SUMS; age -d -i - ${table!.files[0]!} | zstd -d`;
      const opened = await helper.run(['bash', '-c', byHand], { input: identity });
      expect(opened).toMatchObject({ code: 0, stdout: rows });
    });

    it('are readable to nobody else, and hold nothing in clear text', async () => {
      const look = `cd /var/lib/backup; find . -perm /077 | grep -v -e '^\\.$' -e '^./lock$'; grep -rlF -e backslash -e 'of the stack' . ; true`;
      expect((await inside('bash', '-c', look)).stdout).toBe('');
    });
  });

  describe('when a part of a run is killed', () => {
    it.each(['psql', 'zstd', 'age', 'tee', 'sha256sum', 'plinth-seal'])('%s', async (name) => {
      const { ended } = await held();
      expect(await inside('bash', '-c', KILL, 'bash', name)).toMatchObject({ code: 0 });
      await hold.release();
      const { code, stderr } = await ended;
      expect(stderr).toMatch(/backup failed: /);
      expect(code).toBe(1);
    });

    it('pg_dump', async () => {
      // More definitions than fit in a pipe: it has not said all of them when it is held.
      const many =
        "do $$ begin for i in 1..200 loop execute format('create function many.f%s() returns text return %L', i, repeat(md5(i::text), 64)); end loop; end $$";
      await lab.sql(source, 'shop', 'create schema many', many);
      const { ended } = await held({}, 'schema.dump');
      expect(await inside('bash', '-c', KILL, 'bash', 'pg_dump')).toMatchObject({ code: 0 });
      await hold.release();
      const { code, stderr } = await ended;
      await lab.sql(source, 'shop', 'drop schema many cascade');
      expect(stderr).toMatch(/backup failed: [^]*pg_dump ended with 137/);
      expect(code).toBe(1);
    });

    it('the whole container, and the next run clears up', async () => {
      const { ended } = await heldIn('killed');
      await docker('kill', '--signal', 'KILL', `${lab.name}-killed`);
      expect((await ended).code).toBe(137);
      const left = await inside('ls', '-A', '/var/lib/backup/logical');
      expect(left.stdout).toContain('.unfinished-');
      const again = await plinth(['now']);
      expect(again).toMatchObject({ code: 0 });
      expect(again.stderr).toMatch(/removed the incomplete backup \S+-held of a killed run/);
      const status = JSON.parse((await plinth(['status', '--json'])).stdout) as {
        failures: number;
      };
      expect(status.failures).toBeGreaterThan(0);
    });

    it('the session that holds the snapshot', async () => {
      const { ended } = await held();
      await lab.sql(source, 'postgres', CUT);
      await hold.release();
      expect(await ended).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/backup failed: /),
      });
    });
  });

  describe('when it is stopped', () => {
    it('takes back what it has begun, within the time that Docker gives', async () => {
      const { ended } = await heldIn('stopped');
      await docker('stop', '--time', '10', `${lab.name}-stopped`);
      expect(await ended).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('backup failed: it was stopped'),
      });
    });
  });

  describe('when the disk is full', () => {
    it('says so before it begins, or takes back what it has begun', async () => {
      const small = await lab.helper({
        user: BACKUP,
        network: true,
        mounts: mounts(settings()).slice(1),
        // A disk in memory, as large as this run allows.
        tmpfs: ['/var/lib/backup:size=4m,uid=10005,gid=10005,mode=0700'],
      });
      const exec = (command: string): Promise<Ended> => small.run(['bash', '-c', command]);
      expect(await exec('plinth-backup now --label first')).toMatchObject({ code: 0 });
      const size = Number(
        (await exec('du -s --block-size=1 /var/lib/backup/logical')).stdout.split('\t')[0],
      );
      // Room for a fifth more than the first, which is all that anybody can ask for; then the data grows.
      await exec(
        `head -c $((4 * 1024 * 1024 - ${String(size)} - ${String(Math.ceil(size * 1.4))})) /dev/zero > /var/lib/backup/filler`,
      );
      await lab.sql(source, 'shop', 'create table grown as select * from big');
      const full = await exec('plinth-backup now');
      await lab.sql(source, 'shop', 'drop table grown');
      expect(full).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/backup failed: [^]*No space left on device/),
      });
      await exec(`head -c ${String(Math.ceil(size * 0.5))} /dev/zero > /var/lib/backup/more`);
      const early = await exec('plinth-backup now');
      expect(early).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /the disk has .* MB free and the next backup needs about .* MB .*: enlarge the disk, shorten the retention, or remove a backup with forget/,
        ),
      });
      expect(await exec('ls -A /var/lib/backup/logical')).toMatchObject({
        stdout: expect.stringMatching(/^\d{8}T\d{6}Z-first\n$/),
      });
      expect(await exec('plinth-backup verify')).toMatchObject({ code: 0 });
      await small.end();
    });
  });

  describe('when the server or a key is not as it should be', () => {
    const fails = async (run: Promise<Ended>, reason: RegExp): Promise<void> => {
      const { code, stderr } = await run;
      expect(stderr).toMatch(reason);
      expect(code).toBe(1);
      const status = await plinth(['status', '--json']);
      expect(status.code).toBe(1);
      expect(JSON.parse(status.stdout)).toMatchObject({
        healthy: false,
        lastAttempt: { state: 'failed' },
      });
    };
    const server = (more: object): string =>
      settings({ server: { host: source, port: 5432, user: 'backup', database: 'shop', ...more } });

    it.each<[string, () => string, RegExp]>([
      [
        'nobody answers there',
        () => server({ port: 5433 }),
        /cannot connect to .*: is the server running.*ECONNREFUSED/,
      ],
      [
        'there is no such host',
        () => server({ host: 'nowhere' }),
        /cannot connect to nowhere:5432.*(ENOTFOUND|EAI_AGAIN)/,
      ],
      [
        'there is no such database',
        () => server({ database: 'gone' }),
        /cannot connect to .*database "gone" does not exist/,
      ],
      [
        'a recipient is mistyped',
        () => settings({ encryption: { recipients: [`${recipient}x`], gpgKeys: [] } }),
        /the recipient age1\S+x is not a public age key/,
      ],
      [
        'a recipient is a secret key',
        () => settings({ encryption: { recipients: ['AGE-SECRET-KEY-1X'], gpgKeys: [] } }),
        /is not a public age key/,
      ],
      [
        'a GPG key is none',
        () => settings({ encryption: { recipients: [recipient], gpgKeys: ['-----BEGIN'] } }),
        /GPG key 1 is not a single armored public key/,
      ],
    ])('%s', (_, file, reason) => fails(plinth(['now'], file()), reason));

    it('there is no network', () =>
      fails(
        lab.run({ user: BACKUP, mounts: mounts(settings()), args: ['now'] }),
        /cannot connect to .*(ENOTFOUND|EAI_AGAIN)/,
      ));

    it('the password is another one', () =>
      fails(
        plinth(['now'], settings(), { password: 'wrong' }),
        /password authentication failed for user "backup"/,
      ));

    it('the login may not see all rows', async () => {
      await lab.sql(source, 'shop', 'alter role backup nobypassrls');
      await fails(plinth(['now']), /query would be affected by row-level security policy/);
      await lab.sql(source, 'shop', 'alter role backup bypassrls');
    });

    it('a large object may not be read', async () => {
      await lab.sql(source, 'shop', 'select lo_create(815)');
      await fails(
        plinth(['now']),
        /the large objects of shop could not be read: grant SELECT on each of them to backup/,
      );
      await lab.sql(source, 'shop', 'select lo_unlink(815)');
    });

    it('the server stops in the middle', async () => {
      const { ended } = await held();
      await docker('kill', source);
      await hold.release();
      expect(await ended).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/backup failed: /),
      });
      await docker('start', source);
      await eventually(
        () => lab.sql(source, 'shop', 'select 1').then(() => 'up', String),
        (answer) => answer === 'up',
      );
    });
  });

  describe('when tables are changed meanwhile', () => {
    it('begins again without one that is dropped while it waits for it', async () => {
      const dropper = lab.connected(source, 'shop', async (client) => {
        await client.query('create table doomed (id int)');
        await client.query('begin; lock table doomed in access exclusive mode');
        const ended = now();
        await eventually(
          async () =>
            (
              await client.query(
                "select from pg_locks where not granted and relation = 'doomed'::regclass",
              )
            ).rowCount,
          (count) => count === 1,
        );
        await client.query('drop table doomed; commit');
        return ended;
      });
      const { databases } = await dropper;
      expect(databases[0]!.tables.map(({ name }) => name)).not.toContain('doomed');
    });

    it('fails as a whole when somebody insists on dropping one', async () => {
      const { ended } = await held({ jobs: 1 });
      const dropped = lab.sql(source, 'shop', 'drop table victim');
      // The drop waits for the backup, and pg_dump may wait behind the drop by then, or have given up already.
      await eventually(
        () =>
          lab.sql<{ begun: boolean }>(
            source,
            'shop',
            `select to_regclass('victim') is null or exists
                      (select from pg_locks where not granted and relation = to_regclass('victim')) as begun`,
          ),
        ([row]) => row?.begun === true,
      );
      await hold.release();
      expect(await ended).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/backup failed: [^]*lock timeout/),
      });
      await dropped;
    });

    it('fails when somebody holds one for himself', async () => {
      const { code, stderr } = await lab.connected(source, 'shop', async (client) => {
        await client.query('begin; lock table credit in access exclusive mode');
        return plinth(['now']);
      });
      expect(stderr).toContain(
        'another session holds an exclusive lock on a table: run it when no migration is running',
      );
      expect(code).toBe(1);
    }, 180_000);
  });

  describe('when two want to run', () => {
    it('the second ends with 75, and the first goes on', async () => {
      // Beside it, in another container.
      const first = await heldIn('first');
      const second = await plinth(['now']);
      expect(second).toMatchObject({
        code: 75,
        stderr: expect.stringContaining('another run is in progress'),
      });
      expect(await plinth(['forget', good])).toMatchObject({ code: 75 });
      await hold.release();
      expect(await first.ended).toMatchObject({ code: 0 });
    });
  });

  describe('when a backup is damaged', () => {
    it('notices a changed byte at each of a hundred places', async () => {
      const { id } = await now('--label', 'flipped');
      const flipped = await script(FLIP, id, '100');
      expect(flipped).toMatchObject({ code: 0, stderr: '' });
      const { noticed, ...rest } = JSON.parse(flipped.stdout) as {
        noticed: Record<string, number>;
      };
      expect(rest).toEqual({ wellBefore: true, missed: [], original: 'good' });
      expect(Object.values(noticed).reduce((sum, count) => sum + count)).toBe(100);
      expect(Object.keys(noticed)).toEqual(
        expect.arrayContaining([
          ...['manifest.json', 'SHA256SUMS', 'catalog.txt.zst.age', 'globals.sql.zst.age'],
          ...['shop/schema.dump.age', 'shop/sequences.json.zst.age', 'shop/data/0001.copy.zst.age'],
        ]),
      );
      await plinth(['forget', id]);
    });

    it('notices damage of every kind, says so in the next run, and keeps what is good', async () => {
      const damages = {
        'cut-short': 'truncate -s -1 catalog.txt.zst.age',
        'an-empty-file': ': > shop/schema.dump.age',
        'a-missing-file': 'rm globals.sql.zst.age',
        'places-changed':
          'mv shop/data/0001* x; mv shop/data/0002* shop/data/0001.copy.zst.age; mv x shop/data/0002.copy.zst.age',
        renamed: 'mv "$PWD" "$PWD-other"',
        'list-of-another': 'cp ../*-good/manifest.json .',
      };
      const { id: whole } = await now('--label', 'whole');
      const copies = Object.keys(damages).map((what) => `${whole}-${what}`);
      expect(await script(REDATE, whole, ...copies)).toMatchObject({ code: 0, stderr: '' });
      expect(await plinth(['verify', '--all'])).toMatchObject({ code: 0 });
      for (const [what, damage] of Object.entries(damages)) {
        await helper.bash(`cd "/var/lib/backup/logical/${whole}-${what}"; ${damage}`);
      }
      const damaged = copies.map((id) => (id.endsWith('-renamed') ? `${id}-other` : id)).sort();
      const bad = (await list()).filter(({ state }) => state !== 'good').map(({ id }) => id);
      expect(bad.sort()).toEqual(damaged);
      for (const id of damaged) {
        const verified = await plinth(['verify', id]);
        expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('damaged') });
      }
      const next = await plinth(['now', '--json']);
      expect(next).toMatchObject({ code: 0 });
      for (const id of damaged) expect(next.stderr).toContain(`backup ${id} is damaged: `);
      expect(JSON.parse(next.stdout)).toMatchObject({ removed: [] });
      for (const id of damaged) expect(await plinth(['forget', id])).toMatchObject({ code: 0 });
    });
  });

  describe('when a clock has jumped', () => {
    it('keeps all, counts none of the future, and lets nothing go for it', async () => {
      const future = '20991231T000000Z';
      expect(await script(REDATE, good, future)).toMatchObject({ code: 0, stderr: '' });
      const strict = settings({ retention: { days: 1, weekly: 0, monthly: 0, yearly: 0 } });
      const made = await plinth(['now', '--json'], strict);
      expect(JSON.parse(made.stdout)).toMatchObject({ state: 'succeeded', removed: [] });
      const listed = await list();
      expect(listed.find(({ id }) => id === future)).toMatchObject({
        state: 'good',
        keptBecause: ['dated in the future: check the clock'],
      });
      expect(
        listed.filter(({ keptBecause }) => keptBecause.includes('the last good backup')),
      ).toHaveLength(1);
      expect(
        listed.find(({ keptBecause }) => keptBecause.includes('the last good backup'))?.id,
      ).not.toBe(future);
      expect(await plinth(['forget', future])).toMatchObject({ code: 0 });
    });

    it('removes what is old only after a new success, and never the last good one', async () => {
      const old = ['20200101T000000Z', '20200102T000000Z', '20200103T000000Z'] as const;
      expect(await script(REDATE, good, ...old)).toMatchObject({ code: 0 });
      const strict = settings({ retention: { days: 1, weekly: 0, monthly: 0, yearly: 1 } });
      const failing = settings({
        retention: { days: 1, weekly: 0, monthly: 0, yearly: 1 },
        server: { host: 'nowhere', port: 5432, user: 'backup' },
      });
      expect(await plinth(['now'], failing)).toMatchObject({ code: 1 });
      expect((await list()).map(({ id }) => id)).toEqual(expect.arrayContaining([...old]));
      const made = await plinth(['now', '--json'], strict);
      expect(JSON.parse(made.stdout)).toMatchObject({ removed: [...old] });
    });
  });

  describe('the container that serves', () => {
    it('makes the first backup by itself, answers, and stops at once', async () => {
      const own = await lab.volume('own');
      const file = settings();
      const name = `${lab.name}-serving`;
      const ended = lab.run({
        user: BACKUP,
        name,
        network: true,
        mounts: [`${own}:/var/lib/backup`, ...mounts(file).slice(1)],
        args: ['serve'],
      });
      const health = (): Promise<Ended> =>
        run('docker', ['exec', name, 'plinth-health']).then(
          ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
          (error: unknown) => error as Ended,
        );
      await eventually(health, ({ stdout }) => /^the last backup is \d{8}T\d{6}Z\n$/.test(stdout));
      const page =
        'exec 3<>/dev/tcp/127.0.0.1/9188; printf "GET /metrics HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
      const metrics = await docker('exec', name, 'bash', '-c', page);
      expect(metrics).toMatch(/^plinth_backup_last_success_timestamp_seconds 1\d{9}(\.\d+)?$/m);
      expect(metrics).toMatch(/^plinth_backup_last_attempt_failed 0$/m);
      expect(metrics).toMatch(/^plinth_backup_count 1$/m);
      expect(metrics).toMatch(/^plinth_backup_next_run_timestamp_seconds 1\d{9}$/m);
      // The only one there is stays, whoever asks.
      const [{ id }] = JSON.parse(
        await docker('exec', name, 'plinth-backup', 'list', '--json'),
      ) as [Listed];
      await expect(docker('exec', name, 'plinth-backup', 'forget', id)).rejects.toThrow(
        'there is no other good backup',
      );

      await docker('stop', source);
      await expect(docker('exec', name, 'plinth-backup', 'now')).rejects.toThrow('cannot connect');
      expect(await health()).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('the last backup failed: cannot connect'),
      });
      await docker('start', source);
      await eventually(
        () => lab.sql(source, 'shop', 'select 1').then(() => 'up', String),
        (answer) => answer === 'up',
      );
      await docker('exec', name, 'plinth-backup', 'now');
      expect(await health()).toMatchObject({ code: 0 });

      // A run beside it that is killed without a word is noticed by whoever asks.
      const killed = `import('/usr/lib/plinth/backup/store/status.js').then(async (s) =>
        s.writeStatus('/var/lib/backup/status.json', s.begun(await s.readStatus('/var/lib/backup/status.json'), new Date())))`;
      await docker('exec', name, 'node', '-e', killed);
      expect(await health()).toMatchObject({
        code: 1,
        stdout: 'the last backup failed: the run was killed\n',
      });
      await docker('stop', '--time', '10', name);
      const { code, stdout } = await ended;
      expect(code).toBe(0);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { part: string; msg: string });
      expect(lines.every(({ part }) => part === 'backup')).toBe(true);
      expect(lines.at(-1)?.msg).toBe('stopped');
    });
  });
});
