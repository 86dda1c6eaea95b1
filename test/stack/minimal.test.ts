/** An application without tenants in the place of the example: the same commands, and nothing of row security. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Checkout } from '../support/checkout.ts';
import { docker, freePorts, sweep } from '../support/stack.ts';

const STACK = 't-minimal';
const SENTENCE = 'this application declares no tenants, so there is nothing to prove';

let checkout: Checkout;

/** What psql answers in the database, without any head or frame. */
const asked = (sql: string) =>
  docker(
    ...['exec', `plinth-${STACK}-postgres`, 'psql', '-h', '/run/postgresql', '-U', 'postgres'],
    ...['-d', 'app', '-Atc', sql],
  );

beforeAll(async () => {
  await sweep(STACK);
  const [direct, pooled] = await freePorts(2);
  checkout = await Checkout.create(STACK, {
    'plinth:postgres': { port: direct, volume: { onDestroy: 'delete' } },
    'plinth:pgbouncer': { port: pooled },
    'plinth:redis': { cache: { enabled: false }, queue: { enabled: false } },
    'plinth:exporters': { enabled: false },
    'plinth:monitoring': { enabled: false },
    'plinth:backup': { drill: { enabled: false }, pointInTime: { enabled: false } },
    // The settings of an environment that has sample data: there is none here.
    'plinth:application': { seed: true },
  });
  // As the guide says, and nothing else is changed.
  const app = path.join(checkout.folder, 'app');
  rmSync(app, { recursive: true });
  cpSync(path.join(checkout.folder, 'examples/minimal'), app, { recursive: true });
});

afterAll(async () => {
  await checkout.plinth('down');
  await sweep(STACK);
  checkout.remove();
});

it('comes up, and says what to try', async () => {
  const said = await checkout.expect('up');
  expect(said).toContain('Try it: the notes, through PgBouncer, as the application');
  expect(said).toContain(`npx plinth psql --stack ${STACK} -c 'select * from notes'`);
  await checkout.expect('status');
});

it('has its table in its own database, without row security and without a tenant', async () => {
  expect(
    await asked(`select relrowsecurity, relforcerowsecurity from pg_class where relname = 'notes'`),
  ).toBe('f|f');
  expect(await asked('select count(*) from pg_policies')).toBe('0');
  expect(await asked(`select to_regnamespace('tenant') is null`)).toBe('t');
});

it('is written and read through PgBouncer, by app and by nobody else', async () => {
  await checkout.expect('psql', '-c', `insert into notes (body) values ('the first')`);
  expect(await checkout.expect('psql', '-c', 'select body from notes')).toContain('the first');
  const reading = ['psql', '--as', 'readonly', '-c'] as const;
  expect(await checkout.expect(...reading, 'select body from notes')).toContain('the first');
  const refused = await checkout.plinth(...reading, `delete from notes`);
  expect([refused.code === 0, refused.stderr]).toEqual([
    false,
    expect.stringContaining('permission denied for table notes'),
  ]);
});

it('has no tenants to speak for, and none to keep apart', async () => {
  const refused = await checkout.plinth('psql', '--tenant', '1', '-c', 'select 1');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('--tenant is "1", but the application minimal declares no tenants'),
  ]);
  expect(await checkout.expect('prove', 'isolation')).toContain(SENTENCE);
  expect(JSON.parse(await checkout.expect('prove', 'isolation', '--json'))).toMatchObject({
    cases: [],
  });
});

it('is declared all the same: rights are shown and compared', async () => {
  expect(await checkout.expect('access', 'show', 'notes')).toContain(
    "notes: nobody's in particular: the application has no tenants",
  );
  await checkout.expect('access', 'audit');
  await asked('grant delete on notes to readonly');
  const { code, stdout } = await checkout.plinth('access', 'audit');
  expect([code, stdout]).toEqual([1, expect.stringContaining('readonly')]);
  await asked('revoke delete on notes from readonly');
});

it('is backed up', async () => {
  await checkout.expect('backup', 'now', '--label', 'the-first');
  expect(await checkout.expect('backup', 'list')).toContain('the-first');
});

it('is changed by no second update', async () => {
  expect(await checkout.expect('up')).toMatch(/Resources:\n\s+\d+ unchanged\n/);
});
