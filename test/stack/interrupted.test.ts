import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { query, TENANT } from '../support/clients.ts';
import { dockerLines, TestStack } from '../support/stack.ts';

/** `pulumi up` killed with SIGKILL, then simply run again. */
describe('an update that was killed', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await TestStack.create('t-killed');
  });
  afterAll(() => stack.remove());

  it.each([
    ['while the server starts', 'Container postgres creating'],
    ['between roles', 'Role app_a creating'],
    ['while the pooler starts', 'Container pgbouncer creating'],
  ])('%s converges when it is run again', async (_when, moment) => {
    await stack.upKilledAt(moment);
    await stack.up();
    await stack.up('--refresh', '--expect-no-changes');
    expect(await containersOf(stack)).toEqual(await containersInState(stack));
    expect(await tenantSees(stack)).toEqual([{ students: 205 }]);
    await stack.expect('destroy', '--yes', '--skip-preview');
  });

  it('while the server is replaced keeps the data, and leaves no client waiting for ever', async () => {
    await stack.up();
    stack.configure({ 'plinth:postgres': { workMem: '2MiB' } });
    await stack.upKilledAt('Container postgres deleting original');
    await stack.up();
    await stack.up('--refresh', '--expect-no-changes');
    expect(await containersOf(stack)).toEqual(await containersInState(stack));
    expect(await tenantSees(stack)).toEqual([{ students: 205 }]);
  });
});

async function tenantSees(stack: TestStack): Promise<unknown> {
  const urls = await stack.urls();
  return query(
    urls['app']!['psql']!,
    'begin',
    `select set_config('app.facilitator_id', '${TENANT}', true)`,
    'select count(*)::int as students from students',
  );
}

function containersOf(stack: TestStack): Promise<string[]> {
  const label = `label=plinth.stack=${stack.name}`;
  return dockerLines('ps', '-aq', '--no-trunc', '--filter', label);
}

async function containersInState(stack: TestStack): Promise<string[]> {
  const state = JSON.parse(await stack.expect('stack', 'export')) as {
    deployment: { resources: { type: string; id?: string }[] };
  };
  const containers = state.deployment.resources.filter(
    ({ type }) => type === 'docker:index/container:Container',
  );
  return containers.map(({ id }) => id ?? '').sort();
}
