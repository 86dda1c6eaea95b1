import { beforeAll, expect, it } from '@jest/globals';
import { login, query, TENANT } from '../../support/clients.ts';
import type { Chain, Urls } from '../../support/chain.ts';
import { docker, eventually, health, type TestStack } from '../../support/stack.ts';

/** Data whose volume outlives its environment, because the config says so. */
export const keptData = (chain: Chain): void => {
  let stack: TestStack;
  let before: Urls;
  /** Backups from before, which the keys of the next environment do not open. */
  let kept: number;

  beforeAll(async () => {
    ({ stack, urls: before } = chain);
    await query(
      before['app']!['psql']!,
      'begin',
      `select set_config('app.facilitator_id', '${TENANT}', true)`,
      "update students set anonymous_id = 'kept-' || anonymous_id",
      'commit',
    );
    // What it proved is of backups that the next environment cannot open.
    await eventually(
      drilled,
      ({ metrics }) => metrics['plinth_drill_last_attempt_failed'] === 0,
      180,
    );
    kept = (await backups()).length;
  });

  const backups = async (): Promise<string[]> => {
    const list = await docker('exec', stack.container('backup'), 'plinth-backup', 'list');
    return list.split('\n').slice(1);
  };
  const drilled = async () =>
    JSON.parse(
      await docker('exec', stack.container('drill'), 'cat', '/var/lib/drill/status.json').catch(
        () => '{"metrics":{}}',
      ),
    ) as { metrics: Record<string, number> };

  it('is all that destroy leaves', async () => {
    await stack.expect('destroy', '--yes', '--skip-preview');
    expect(await stack.inDocker()).toEqual({
      containers: [],
      networks: [],
      volumes: [
        'plinth-t-lifecycle-backup-backups',
        'plinth-t-lifecycle-drill-reports',
        'plinth-t-lifecycle-pgbackrest-repository',
        'plinth-t-lifecycle-postgres-data',
        'plinth-t-lifecycle-redis-queue-data',
      ],
    });
  });

  it('is taken over by the next up, with new passwords', async () => {
    await stack.up();
    const urls = await stack.urls();
    expect(
      await query(
        urls['app']!['psql']!,
        'begin',
        `select set_config('app.facilitator_id', '${TENANT}', true)`,
        "select count(*)::int as kept from students where anonymous_id like 'kept-%'",
      ),
    ).toEqual([{ kept: 205 }]);
    expect(await login(before['app']!['psql']!)).toMatch(/^refused: /);
  });

  it('is backed up and drilled again, beside backups that only the keys from before open', async () => {
    const list = await eventually(backups, (lines) => lines.length > kept, 180);
    const newest = /^\S+/.exec(list[0] ?? '')?.[0] ?? '';
    const at = newest.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
    const { metrics } = await eventually(
      drilled,
      (status) => status.metrics['plinth_drill_backup_timestamp_seconds'] === Date.parse(at) / 1000,
      180,
    );
    expect(metrics['plinth_drill_last_attempt_failed']).toBe(0);
    for (const part of ['backup', 'drill', 'pgbackrest']) {
      expect(
        await eventually(
          () => health(stack.container(part)),
          (word) => word === 'healthy',
          180,
        ),
      ).toBe('healthy');
    }
  });

  it('is refused to another environment', async () => {
    const image = await docker('inspect', '-f', '{{.Image}}', stack.container('postgres'));
    const server = stack.container('postgres');
    await docker('stop', '--time', '60', server);
    const run = docker(
      'run',
      '--rm',
      '--volume=plinth-t-lifecycle-postgres-data:/var/lib/postgresql',
      `--volumes-from=${stack.container('postgres')}:ro`,
      '--env=PLINTH_ENVIRONMENT=other',
      image,
    );
    await expect(run).rejects.toThrow(
      "this volume holds the data of environment 't-lifecycle', not of 'other'",
    );
    await docker('start', server);
    await eventually(
      () => health(server),
      (words) => words === 'healthy',
    );
  });
};
