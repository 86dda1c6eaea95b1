/** Everything is lost but the folder with the backups, the repository and a key. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Checkout } from '../support/checkout.ts';
import { docker, freePorts, sweep } from '../support/stack.ts';

const STACK = 't-lost';
const folder = mkdtempSync(path.join(tmpdir(), 'plinth-lost-'));
const backups = path.join(folder, 'backups');
const key = path.join(folder, 'key.txt');
const TENANT = 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d';

/** Every table's rows, whatever their order. */
const DIGESTS = `
  select string_agg(format('%s %s', name, rows), E'\\n' order by name) from (
    select c.relname as name,
           (xpath('/row/d/text()', query_to_xml(format(
              'select concat(count(*), '' '', sum(hashtextextended(t::text, 0))) as d from %s t', c.oid::regclass),
              false, true, '')))[1]::text as rows
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r') all_tables`;

let settings: Record<string, unknown>;
let before: Checkout;
let after: Checkout;
let digests: string;

const rows = (checkout: Checkout) => checkout.expect('psql', '--as', 'backup', '-c', DIGESTS);

beforeAll(async () => {
  await sweep(STACK);
  const [direct, pooled, cache, queue] = await freePorts(4);
  mkdirSync(backups);
  settings = {
    'plinth:postgres': { port: direct, volume: { onDestroy: 'delete' } },
    'plinth:pgbouncer': { port: pooled },
    'plinth:redis': { cache: { port: cache }, queue: { port: queue } },
    'plinth:application': { seed: true },
    'plinth:exporters': { enabled: false },
    'plinth:monitoring': { enabled: false },
  };
  before = await Checkout.create(STACK, settings);
  await before.setup();
  await before.expect('backup', 'keygen', '--output', key);
  const recipient = /age1[a-z0-9]+/.exec(readFileSync(key, 'utf8'))?.[0];
  settings = {
    ...settings,
    'plinth:backup': { directory: backups, recipients: [recipient], drill: { enabled: false } },
  };
  before.remove();
  before = await Checkout.create(STACK, settings);
});

afterAll(async () => {
  await (after as Checkout | undefined)?.plinth('down');
  await sweep(STACK);
  before.remove();
  (after as Checkout | undefined)?.remove();
  rmSync(folder, { recursive: true, force: true });
});

it('was a running environment, with a backup after the last change', async () => {
  await before.expect('up');
  await before.expect(
    'psql',
    '--tenant',
    TENANT,
    '-c',
    `insert into classrooms (facilitator_id, classroom_code, name, school, grade)
     values ('${TENANT}', 'LAST01', 'the last one', 'School', 1)`,
  );
  digests = await rows(before);
  expect(digests).toContain('students');
  const said = await before.expect('backup', 'now', '--label', 'the-last', '--json');
  expect(JSON.parse(said)).toMatchObject({ manifest: { label: 'the-last' } });
});

it('is gone: containers, volumes, state and passphrase', async () => {
  await sweep(STACK);
  before.remove();
  // Sample data would be sown again, into the classroom that is new as well.
  after = await Checkout.create(STACK, { ...settings, 'plinth:application': { seed: false } });
  const { code } = await after.plinth('status');
  expect(code).toBe(1);
});

it('is back with a restore from the folder and an up', async () => {
  await after.expect('restore', 'run', '--latest', '--from', backups, '--key', key);
  await after.expect('up');
  expect(await rows(after)).toBe(digests);
});

it('keeps tenants apart as before, and nothing is there that was not declared', async () => {
  expect(await after.expect('prove', 'isolation')).toContain(' 0 leaked, 0 vacuous');
  await after.expect('access', 'audit');
});

it('goes on with backups in the same folder, beside those from before', async () => {
  await after.expect('backup', 'now', '--label', 'the-next');
  const list = await after.expect('backup', 'list');
  expect(list).toContain('the-last');
  expect(list).toContain('the-next');
  await after.expect('backup', 'verify', '--all');
});

it('comes back with an up when containers were stopped, paused and removed by hand', async () => {
  const name = (part: string) => `plinth-${STACK}-${part}`;
  await docker('rm', '-f', name('postgres'), name('pgbouncer'));
  await docker('stop', '--time', '5', name('redis-queue'));
  await docker('pause', name('backup'));
  await after.expect('up');
  expect((await after.plinth('status')).code).toBe(0);
  expect(await rows(after)).toBe(digests);
});
