import { expect, it } from '@jest/globals';
import { query, TENANT } from '../../support/clients.ts';
import type { Chain } from '../../support/chain.ts';
import { dockerLines, type TestStack } from '../../support/stack.ts';

/** `pulumi up` of a new environment, killed with SIGKILL at three moments of the same build, then run again. */
export const killedWhileCreated = (chain: Chain): void => {
  it.each([
    ['the server starts', 'Container postgres creating'],
    ['roles are made', 'Role app_a creating'],
    ['the pooler starts', 'Container pgbouncer creating'],
  ])('is killed while %s', async (_when, moment) => {
    await chain.stack.upKilledAt(moment);
  });

  it('converges when it is run again', async () => {
    await chain.stack.up();
    await complete(chain.stack);
  });
};

/** The same while the server is replaced. */
export const killedWhileReplaced = (chain: Chain): void => {
  it('keeps the data, and leaves no client waiting for ever', async () => {
    chain.stack.configure({ 'plinth:postgres': { workMem: '5MiB' } });
    await chain.stack.upKilledAt('Container postgres deleting original');
    await chain.stack.up();
    await complete(chain.stack);
  });
};

/** Every container is in the state, and the data is there through the pooler. */
async function complete(stack: TestStack): Promise<void> {
  expect(await containersOf(stack)).toEqual(await containersInState(stack));
  const urls = await stack.urls();
  const students = await query(
    urls['app']!['psql']!,
    'begin',
    `select set_config('app.facilitator_id', '${TENANT}', true)`,
    'select count(*)::int as students from students',
  );
  expect(students).toEqual([{ students: 205 }]);
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
