import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { login, query, TENANT } from '../support/clients.ts';
import { docker, TestStack } from '../support/stack.ts';

/** Data whose volume outlives its environment, because the config says so. */
describe('data that is kept on destroy', () => {
  let stack: TestStack;
  let before: Awaited<ReturnType<TestStack['urls']>>;

  beforeAll(async () => {
    stack = await TestStack.create('t-kept', {
      'plinth:postgres': { volume: { onDestroy: 'keep' } },
      'plinth:redis': { cache: { enabled: false } },
      'plinth:exporters': { enabled: false },
    });
    await stack.up();
    before = await stack.urls();
    await query(
      before['app']!['psql']!,
      'begin',
      `select set_config('app.facilitator_id', '${TENANT}', true)`,
      "update students set anonymous_id = 'kept-' || anonymous_id",
      'commit',
    );
  });
  afterAll(() => stack.remove());

  it('is all that destroy leaves', async () => {
    await stack.expect('destroy', '--yes', '--skip-preview');
    expect(await stack.inDocker()).toEqual({
      containers: [],
      networks: [],
      volumes: ['plinth-t-kept-postgres-data', 'plinth-t-kept-redis-queue-data'],
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
    await stack.up('--refresh', '--expect-no-changes');
  });

  it('is refused to another environment', async () => {
    const image = await docker('inspect', '-f', '{{.Image}}', stack.container('postgres'));
    await docker('stop', '--time', '60', stack.container('postgres'));
    const run = docker(
      'run',
      '--rm',
      '--volume=plinth-t-kept-postgres-data:/var/lib/postgresql',
      `--volumes-from=${stack.container('postgres')}:ro`,
      '--env=PLINTH_ENVIRONMENT=other',
      image,
    );
    await expect(run).rejects.toThrow(
      "this volume holds the data of environment 't-kept', not of 'other'",
    );
  });
});
