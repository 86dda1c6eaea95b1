import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { databaseLines, roleLines } from '../../backup/store/catalog.ts';
import type { Manifest } from '../../backup/store/manifest.ts';
import { docker, dockerLog, eventually, health } from '../support/stack.ts';
import type { Helper } from '../support/backup/helper.ts';
import { BACKUP, Lab, POSTGRES, type Ended, type Run } from '../support/backup/containers.ts';

const SOURCE = readFileSync(
  path.resolve(import.meta.dirname, '../support/backup/source.sql'),
  'utf8',
);
const DATABASES = ['second "db" / ü', 'shop'];

/** More pages than go into one file of a backup, with a row in every hundredth: what is restored is small. */
const SPARSE = [
  'create table sales.sparse (n int primary key, t text) with (fillfactor = 10, autovacuum_enabled = off)',
  "insert into sales.sparse select n, rpad(n::text, 500, 'x') from generate_series(1, 40000) n",
  'delete from sales.sparse where n % 100 <> 0',
];

/** A digest of every table's rows, of sequences, large objects and materialized views. */
const ROWS = `
select json_object_agg(name, digest order by name) as rows from (
  select format('%I.%I', nspname, relname) as name,
    (xpath('/row/d/text()', query_to_xml(format(
      'select md5(coalesce(string_agg(to_jsonb(t)::text, chr(10) order by to_jsonb(t)::text collate "C"), %L)) as d from only %I.%I t', '', nspname, relname),
      false, true, '')))[1]::text as digest
    from pg_class c join pg_namespace n on n.oid = relnamespace
   where relkind in ('r', 'm') and nspname !~ '^pg_' and nspname <> 'information_schema'
  union all
  select format('%I.%I', schemaname, sequencename), coalesce(last_value::text, 'not used') from pg_sequences
  union all
  select 'large object ' || oid, md5(lo_get(oid)) from pg_largeobject_metadata) x`;

/** Those that servers start on, and one for everything else. */
const VOLUMES = ['whole', 'table', 'interrupted', 'scratch'] as const;
type Volume = (typeof VOLUMES)[number];

describe('restoring a server that has everything', () => {
  let lab: Lab;
  let source: string;
  /** Backups as their owner keeps them, and a copy that the database's user may read. */
  let backups: string;
  let staged: string;
  /** Sees the copy and the volumes of servers, as `/volumes/<name>`. */
  let helper: Helper;
  let id: string;
  let manifest: Manifest;
  let identity: string;

  beforeAll(async () => {
    lab = await Lab.create('t-restore');
    const key = await lab.key();
    identity = key.identity;
    source = await lab.source('source');
    const filled = await lab.psql(source, 'postgres', SOURCE, '-v', 'rows=3000');
    expect(filled).toMatchObject({ code: 0, stderr: '' });
    await lab.sql(source, 'shop', ...SPARSE);
    backups = await lab.volume('backups');
    const made = await lab.run({
      user: BACKUP,
      network: true,
      mounts: [
        `${backups}:/var/lib/backup`,
        `${lab.file('backup.json', lab.settings(source, [key.recipient]))}:/etc/plinth/backup.json:ro`,
        `${path.join(lab.folder, 'password')}:/run/secrets/password:ro`,
      ],
      args: ['now', '--label', 'whole', '--json'],
    });
    expect(made.code).toBe(0);
    manifest = (JSON.parse(made.stdout) as { manifest: Manifest }).manifest;
    id = manifest.id;
    staged = await lab.volume('staged');
    const volumes: string[] = [];
    for (const name of VOLUMES) volumes.push(`${await lab.volume(name)}:/volumes/${name}`);
    await docker(
      ...['run', '--rm', '--user', '0', '--network', 'none', '--entrypoint', 'sh'],
      ...['--volume', `${backups}:/from:ro`, '--volume', `${staged}:/volumes/staged`],
      ...volumes.flatMap((volume) => ['--volume', volume]),
      ...[lab.image('backup'), '-c'],
      `cp -a /from/logical/. /volumes/staged && chown -R ${String(POSTGRES)} /volumes && chmod 700 /volumes/*`,
    );
    helper = await lab.helper({ user: POSTGRES, mounts: [`${staged}:/backups:ro`, ...volumes] });
  });
  afterAll(() => lab.remove());

  const command = (which: string, from: string, more: readonly string[]): string[] => [
    ...['restore', which, '--from', from, '--environment', 't-restore'],
    ...more,
  ];
  /** A restore in a container of its own, as people run it. */
  const restoreOf = (name: Volume, ...more: readonly string[]): Run => ({
    user: POSTGRES,
    mounts: [`${staged}:/backups:ro`, `${lab.name}-${name}:/var/lib/postgresql`],
    args: command('latest', '/backups', more),
    input: identity,
  });
  /** The same in the helper, into a volume or a new folder in the one for that. */
  const restore = (
    to: string,
    options: { from?: string; key?: string; args?: readonly string[]; which?: string } = {},
  ): Promise<Ended> => {
    const { from = '/backups', key = identity, args = [], which = 'latest' } = options;
    return helper.run(['plinth-backup', ...command(which, from, ['--to', to, ...args])], {
      input: key,
    });
  };
  /** A folder that stands for a new volume. */
  const empty = async (name: string): Promise<string> => {
    const folder = `/volumes/scratch/${name}`;
    await helper.bash('mkdir "$1"', folder);
    return folder;
  };
  const filesIn = async (volume: string): Promise<string[]> => {
    const found = await helper.bash('cd "$1"; find . -mindepth 1 ! -name plinth.lock', volume);
    return found.split('\n').filter((line) => line !== '');
  };
  const catalog = async (container: string): Promise<string[]> => {
    const lines = await lab.connected(container, 'postgres', roleLines);
    for (const database of DATABASES) {
      lines.push(
        ...(await lab.connected(container, database, async (client) => {
          await client.query("set search_path to ''; set datestyle to 'ISO'");
          return databaseLines(client, database);
        })),
      );
    }
    return lines.sort();
  };
  const rows = async (container: string): Promise<unknown[]> =>
    Promise.all(
      DATABASES.map((database) =>
        lab.sql(container, database, "set search_path to ''; set datestyle to 'ISO'", ROWS),
      ),
    );

  describe('into a new volume', () => {
    const volume = '/volumes/whole';
    let server: string;

    beforeAll(async () => {
      expect(await lab.run(restoreOf('whole', '--json'))).toMatchObject({ code: 0 });
      server = await lab.postgres('whole', `${lab.name}-whole`, 't-restore');
      await eventually(
        () => health(server),
        (answer) => answer === 'healthy',
      );
    });

    it('is taken by the platform’s own server as the data of its environment', async () => {
      expect(await dockerLog(server)).not.toContain('creating a new cluster');
      expect(await filesIn(volume)).toContain('./plinth.environment');
    });

    it('brings back a table that is in several files', async () => {
      const tables = manifest.databases.flatMap(({ tables }) => tables);
      expect(tables.find(({ name }) => name === 'sparse')?.files.length).toBeGreaterThan(1);
      const count = 'select count(*)::int, count(distinct n)::int as distinct from sales.sparse';
      expect(await lab.sql(server, 'shop', count)).toEqual([{ count: 400, distinct: 400 }]);
    });

    it('brings back every role, grant, owner, policy, index and definition', async () => {
      // The bootstrap makes the pooler's role, wherever it starts.
      const found = (await catalog(server)).filter((line) => !line.includes('pgbouncer'));
      expect(found).toEqual(await catalog(source));
    });

    it('brings back every row, sequence and large object', async () => {
      expect(await rows(server)).toEqual(await rows(source));
    });

    it('brings back privileges on parameters', async () => {
      const sql = 'select parname, paracl::text from pg_parameter_acl order by 1';
      expect(await lab.sql(server, 'shop', sql)).toEqual(await lab.sql(source, 'shop', sql));
    });

    it('goes on counting where it was', async () => {
      const [row] = await lab.sql<{ id: string }>(
        server,
        'shop',
        "insert into sales.orders (tenant, amount, note) select id, 1, 'next' from sales.tenants limit 1 returning id",
      );
      const [before] = await lab.sql<{ id: string }>(
        source,
        'shop',
        'select max(id) as id from sales.orders',
      );
      expect(Number(row?.id)).toBe(Number(before?.id) + 5);
    });

    it('refuses a volume that holds data, in use or not', async () => {
      const used = await restore(volume);
      expect(used).toMatchObject({ code: 1 });
      expect(used.stderr).toContain('the volume is in use by a running container');
      await docker('rm', '-f', server);
      const kept = await filesIn(volume);
      const full = await restore(volume);
      expect(full).toMatchObject({ code: 1 });
      expect(full.stderr).toContain("already contains data of environment 't-restore'");
      expect(await filesIn(volume)).toEqual(kept);
    });
  });

  it('refuses a wrong key in a sentence, before anything is written', async () => {
    const volume = await empty('wrong-key');
    const { identity: other } = await lab.key();
    const ended = await restore(volume, { key: other });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(
      'this key does not decrypt the backup: the backup is encrypted for age1',
    );
    const none = await restore(volume, { key: 'something else\n' });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('the input is not an age identity');
    expect(await filesIn(volume)).toEqual([]);
  });

  it.each([
    [
      'a flipped byte',
      'printf X | dd of="$at/shop/data/0001.copy.zst.age" bs=1 seek=300 conv=notrunc',
      'the checksum of shop/data/0001.copy.zst.age is wrong',
    ],
    ['a file cut short', 'truncate -s -1 "$at/shop/schema.dump.age"', 'bytes, not'],
    ['a missing file', 'rm "$at/globals.sql.zst.age"', 'globals.sql.zst.age is missing'],
    ['a file too many', 'echo x > "$at/shop/more"', 'is not in the manifest'],
    [
      'two files swapped',
      'cd "$at/shop/data"; mv 0001* a; mv 0002* 0001.copy.zst.age; mv a 0002.copy.zst.age',
      '',
    ],
    [
      'a changed manifest',
      'sed -i s/t-restore/another/ "$at/manifest.json"',
      'the checksum of manifest.json is wrong',
    ],
    ['a backup under another name', 'mv "$at" "${at%-whole}-other"', 'under another name'],
  ])('refuses %s before anything is written', async (what, damage, says) => {
    const volume = await empty(`${what}-into`);
    const from = await empty(what);
    await helper.bash(`cp -a /backups/. "$1"; at="$1/${id}"; ${damage}`, from);
    const ended = await restore(volume, { from });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('is damaged, nothing was restored');
    expect(ended.stderr).toContain(says);
    expect(await filesIn(volume)).toEqual([]);
  });

  it('restores one table: everything is defined, only that table has rows', async () => {
    expect(await restore('/volumes/table', { args: ['--table', 'sales.orders'] })).toMatchObject({
      code: 0,
    });
    const server = await lab.postgres('table', `${lab.name}-table`, 't-restore');
    await eventually(
      () => health(server),
      (answer) => answer === 'healthy',
    );
    const count = `select (select count(*)::int from sales.orders) as orders, (select count(*)::int from sales.tenants) as tenants,
      (select count(*)::int from pg_indexes where tablename = 'orders') as indexes,
      (select count(*)::int from pg_policies where tablename = 'orders') as policies`;
    expect(await lab.sql(server, 'shop', count)).toEqual([
      { orders: 3000, tenants: 0, indexes: 3, policies: 2 },
    ]);
    await docker('rm', '-f', server);
  });

  it('prints one table as SQL, which brings it back into a database that lost it', async () => {
    const volume = await empty('sql');
    const printed = await restore(volume, { args: ['--table', 'sales.orders', '--sql'] });
    expect(printed.code).toBe(0);
    const digest =
      'select md5(string_agg(o::text, chr(10) order by id)) as rows from sales.orders o';
    const iso = "set datestyle to 'ISO'";
    const [before] = await lab.sql(source, 'shop', iso, digest);
    await lab.psql(source, 'postgres', 'create database lost template shop');
    await lab.sql(source, 'lost', 'drop table sales.orders cascade');
    expect(await lab.psql(source, 'lost', printed.stdout)).toMatchObject({ code: 0, stderr: '' });
    expect(await lab.sql(source, 'lost', iso, digest)).toEqual([before]);
    expect(await catalogOf(source, 'lost')).toEqual(await catalogOf(source, 'shop'));
    await lab.sql(source, 'postgres', 'drop database lost');
    expect(await filesIn(volume)).toEqual([]);
  });
  /** Definitions about one table, in words that do not say which database it is in. */
  const catalogOf = async (container: string, database: string): Promise<string[]> => {
    const lines = await lab.connected(container, database, async (client) => {
      await client.query("set search_path to ''");
      return databaseLines(client, '');
    });
    return lines
      .filter(
        (line) => /sales\.orders|orders_|touch/.test(line) && !/totals|grand|recent/.test(line),
      )
      .sort();
  };

  it('names a table, a database or a backup that is not there', async () => {
    const volume = await empty('absent');
    for (const [args, which, says] of [
      [['--table', 'sales.nothing'], 'latest', 'no table sales.nothing'],
      [
        ['--database', 'nothing'],
        'latest',
        'has no database nothing: it contains second "db" / ü, shop',
      ],
      [[], 'nothing', `there is no backup nothing: the newest are ${id}`],
    ] as const) {
      const ended = await restore(volume, { args, which });
      expect(ended).toMatchObject({ code: 1 });
      expect(ended.stderr).toContain(says);
    }
    expect(await filesIn(volume)).toEqual([]);
  });

  it('leaves an empty volume when it is told to stop, and one that no server takes when it is killed', async () => {
    const volume = '/volumes/interrupted';
    for (const signal of ['TERM', 'KILL']) {
      const name = `${lab.name}-interrupted-${signal.toLowerCase()}`;
      const child = lab.start({ ...restoreOf('interrupted'), name });
      let words = '';
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      child.stderr!.on('data', (chunk: Buffer) => {
        words += chunk.toString();
      });
      await eventually(
        () => Promise.resolve(words),
        (said) => said.includes('roles'),
      );
      await docker('kill', '--signal', signal, name);
      expect(await ended).not.toBe(0);
      if (signal === 'TERM') {
        expect(await filesIn(volume)).toEqual([]);
        continue;
      }
      expect(await filesIn(volume)).not.toEqual([]);
      const server = await lab.postgres('half', `${lab.name}-interrupted`, 't-restore');
      const code = await docker('wait', server);
      expect(code).not.toBe('0');
      expect(await dockerLog(server)).toContain('a restore that did not finish?');
    }
    // And the next one begins anew.
    expect(await restore(volume)).toMatchObject({ code: 0 });
  });
});
