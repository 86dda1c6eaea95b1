import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AccessPlan } from '../../rls/model/plan.ts';
import type { RestoreTestReport } from '../../backup/restore-test/report.ts';
import { TAMPER } from '../support/backup/tamper.ts';
import type { Helper } from '../support/backup/helper.ts';
import { BACKUP, Lab, type Ended } from '../support/backup/containers.ts';
import { makeShops, SHOPS_SERVER } from '../support/backup/shop-schema.ts';
import { docker, eventually } from '../support/stack.ts';

describe('the drill', () => {
  let lab: Lab;
  let source: string;
  let backups: string;
  let drills: string;
  let plan: AccessPlan;
  /** Makes backups, and forges them. */
  let maker: Helper;
  /** Has what the drill's own container has: backups that it only reads, and no network. */
  let driller: Helper;
  let identity: string;
  let recipient: string;
  let good: string;

  beforeAll(async () => {
    lab = await Lab.create('t-drill');
    ({ identity, recipient } = await lab.key());
    source = await lab.source('source');
    await lab.sql(source, 'postgres', ...SHOPS_SERVER);
    plan = await lab.connected(source, 'shops', makeShops);
    backups = await lab.volume('backups');
    drills = await lab.volume('drills');
    for (const name of ['etc', 'secrets']) mkdirSync(path.join(lab.folder, name));
    const etc = `${path.join(lab.folder, 'etc')}:/etc/plinth:ro`;
    write('etc/backup.json', lab.settings(source, [recipient]));
    maker = await lab.helper({
      user: BACKUP,
      network: true,
      mounts: [
        ...[`${backups}:/var/lib/backup`, etc],
        `${path.join(lab.folder, 'password')}:/run/secrets/password:ro`,
      ],
    });
    driller = await lab.helper({
      user: BACKUP,
      mounts: [
        ...[`${backups}:/var/lib/backup:ro`, `${drills}:/var/lib/drill`, etc],
        `${path.join(lab.folder, 'secrets')}:/run/secrets:ro`,
      ],
    });
    good = await backup('good');
  });
  afterAll(() => lab.remove());

  /** A file that containers see: what the next command reads. */
  const write = (name: string, content: string | null): void => {
    const file = path.join(lab.folder, name);
    if (content === null) rmSync(file, { force: true });
    else writeFileSync(file, content);
  };
  const backup = async (label: string): Promise<string> => {
    const made = await maker.run(['plinth-backup', 'now', '--label', label, '--json']);
    expect(made).toMatchObject({ code: 0 });
    return (JSON.parse(made.stdout) as { manifest: { id: string } }).manifest.id;
  };
  const forge = async (id: string, what: string, argument: string): Promise<void> => {
    const folder = `/var/lib/backup/logical/${id}`;
    const script = ['node', '--input-type=module', '-e', TAMPER];
    const done = await maker.run([...script, folder, what, argument]);
    expect(done).toMatchObject({ code: 0, stderr: '' });
  };
  /** @param options null is a file that is not there */
  const drill = async (
    id: string,
    options: { key?: string | null; access?: AccessPlan | null } = {},
  ): Promise<{ ended: Ended; report: RestoreTestReport }> => {
    const { key = identity, access = plan } = options;
    write('secrets/identity', key);
    write('etc/access.json', access === null ? null : JSON.stringify(access));
    const ended = await driller.run(['plinth-backup', 'drill', 'now', id, '--json']);
    return { ended, report: JSON.parse(ended.stdout) as RestoreTestReport };
  };
  const verdicts = ({ checks }: RestoreTestReport): Record<string, string> =>
    Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
  const check = ({ checks }: RestoreTestReport, name: string) => {
    const found = checks.find((one) => one.name === name);
    return [found?.says ?? '', ...(found?.details ?? [])].join('\n');
  };
  const inDrills = async (...command: string[]): Promise<string> =>
    (await driller.run(command)).stdout;
  const all = {
    'manifest and checksums': 'passed',
    key: 'passed',
    restore: 'passed',
    rows: 'passed',
    catalog: 'passed',
    migrations: 'passed',
    'isolation of tenants': 'passed',
    'pages and indexes': 'passed',
  };

  it('restores a good backup, proves that tenants are apart in it, and leaves no row of it', async () => {
    const { ended, report } = await drill('latest');
    expect(report.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(verdicts(report)).toEqual(all);
    expect(ended.code).toBe(0);
    expect(report).toMatchObject({ passed: true, backup: { id: good, rows: 821 } });
    expect(report.restoreSeconds).toBeGreaterThan(0);
    expect(check(report, 'isolation of tenants')).toMatch(
      /^\d+ cases held, .* 0 leaked, 0 vacuous/,
    );
    expect((await inDrills('ls', '/var/lib/drill')).split('\n').sort()).toEqual(
      ['', 'lock', 'reports', 'status.json'].sort(),
    );
    const kept = await inDrills('ls', '/var/lib/drill/reports');
    expect(kept).toMatch(/^\d{8}T\d{6}Z\.json\n\d{8}T\d{6}Z\.md\n$/);
    expect(JSON.parse(await inDrills('cat', '/var/lib/drill/status.json'))).toMatchObject({
      metrics: { plinth_drill_last_attempt_failed: 0 },
    });
  });

  /** A plan that the server was never brought to. */
  const another = (): AccessPlan => {
    const [first, ...rest] = plan.tables;
    return {
      ...plan,
      tables: [{ ...first!, grants: { ...first!.grants, readonly: [] } }, ...rest],
    };
  };

  it('serves: drills as soon as there is a backup, compares with the plan of today, and leaves nothing when it is stopped', async () => {
    const container = `${lab.name}-serve`;
    const first = await lab.volume('first');
    const child = lab.start({
      user: BACKUP,
      mounts: [
        ...[`${backups}:/var/lib/backup:ro`, `${first}:/var/lib/drill`],
        `${lab.file('serve.json', lab.settings(source, [recipient]))}:/etc/plinth/backup.json:ro`,
        `${lab.file('another.json', JSON.stringify(another()))}:/etc/plinth/access.json:ro`,
        `${lab.file('identity', identity)}:/run/secrets/identity:ro`,
      ],
      args: ['drill', 'serve'],
      name: container,
    });
    let words = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await eventually(
      () => Promise.resolve(words),
      (said) => said.includes('restore test started'),
    );
    await eventually(
      () => Promise.resolve(words),
      (said) => said.includes('the restore test failed'),
    );
    const newest = 'cat "$(ls /var/lib/drill/reports/*.json | tail -n 1)"';
    const report = JSON.parse(
      await docker('exec', container, 'bash', '-c', newest),
    ) as RestoreTestReport;
    expect(verdicts(report)).toEqual({ ...all, 'isolation of tenants': 'failed' });
    await expect(docker('exec', container, 'plinth-health')).rejects.toThrow();
    for (const line of words.trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ part: 'drill', level: expect.any(String) });
    }
    await docker('stop', '--time', '20', container);
    expect(await ended).toBe(0);
    const left = await lab.run({
      user: BACKUP,
      mounts: [`${first}:/var/lib/drill:ro`],
      entrypoint: 'ls',
      args: ['/var/lib/drill'],
    });
    expect(left.stdout.trim().split('\n').sort()).toEqual(['lock', 'reports', 'status.json']);
  });

  it('warns of a key that is lost, or another one', async () => {
    const other = (await driller.run(['plinth-backup', 'keygen'])).stdout;
    for (const key of [null, other]) {
      const { ended, report } = await drill(good, { key });
      expect(ended.code).toBe(1);
      expect(verdicts(report)).toEqual({ 'manifest and checksums': 'passed', key: 'failed' });
      expect(check(report, 'key')).toMatch(/^the key is missing or wrong: /);
    }
    expect(JSON.parse(await inDrills('cat', '/var/lib/drill/status.json'))).toMatchObject({
      metrics: {
        plinth_drill_last_attempt_failed: 1,
        // The drill before is not forgotten.
        plinth_drill_last_success_timestamp_seconds: expect.any(Number),
      },
    });
  });

  it('misses a policy that the dump has lost, and a switch that is off', async () => {
    const [{ policy, check: kept }] = (await lab.sql<{ policy: string; check: string }>(
      source,
      'shops',
      `select polname as policy, pg_get_expr(polqual, polrelid) as check from pg_policy
        where polrelid = 'orders'::regclass and polroles = array['app'::regrole::oid] limit 1`,
    )) as [{ policy: string; check: string }];
    expect(kept).not.toBeNull();
    const lost = `drop policy "${policy}" on orders`;
    await lab.sql(source, 'shops', lost, 'alter table lines no force row level security');
    const id = await backup('lost');
    await forge(id, 'catalog of', `/var/lib/backup/logical/${good}`);
    const { ended, report } = await drill(id);
    expect(ended.code).toBe(1);
    expect(verdicts(report)).toEqual({
      ...all,
      catalog: 'failed',
      'isolation of tenants': 'failed',
    });
    expect(check(report, 'catalog')).toContain(`- shops: policy public.orders ${policy}`);
    expect(check(report, 'catalog')).toContain('relation public.lines');
    expect(check(report, 'isolation of tenants')).toContain('on orders');
    expect(check(report, 'isolation of tenants')).toContain('on lines');
    await lab.sql(source, 'shops', 'alter table lines force row level security');
  });

  it('misses rows', async () => {
    const id = await backup('rows');
    await forge(id, 'one row more in', 'orders');
    const { ended, report } = await drill(id);
    expect(ended.code).toBe(1);
    expect(verdicts(report)['restore']).toBe('failed');
    expect(check(report, 'restore')).toContain(
      'table public.orders in shops: its files contain 400 rows, but the manifest has 401',
    );
  });

  it('misses migrations, and says why it proves nothing where nothing is declared', async () => {
    const id = await backup('migrations');
    await forge(id, 'migrations up to', '0002_more.sql');
    const { report } = await drill(id, { access: null });
    const skipped = { 'isolation of tenants': 'skipped' };
    expect(verdicts(report)).toEqual({ ...all, migrations: 'failed', ...skipped });
    expect(check(report, 'migrations')).toContain('shops: 0001_shops.sql instead of 0002_more.sql');
    expect(check(report, 'isolation of tenants')).toContain('no access rules are declared');
  });

  it('proves a signed context with a key of its own', async () => {
    const signed = await lab.source('signed');
    await lab.sql(signed, 'postgres', ...SHOPS_SERVER);
    const declared = await lab.connected(signed, 'shops', (client) => makeShops(client, 'signed'));
    write('etc/backup.json', lab.settings(signed, [recipient]));
    const id = await backup('signed');
    const { report } = await drill(id, { access: declared });
    write('etc/backup.json', lab.settings(source, [recipient]));
    expect(report.checks.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(check(report, 'isolation of tenants')).toMatch(/ 0 acknowledged, 0 leaked, 0 vacuous/);
  });
});
