import { describe, expect, it } from '@jest/globals';
import { Chain } from '../support/chain.ts';
import { change } from './steps/change.ts';
import { fresh } from './steps/fresh.ts';
import { isolation } from './steps/isolation.ts';

describe('an environment', () => {
  const chain = new Chain('t-chain');

  chain.build('that is new', {}, () => fresh(chain));
  chain.step('keeps tenants apart', {}, () => isolation(chain));
  chain.step('changes while it is used', {}, () => change(chain));

  it('leaves nothing behind when it is destroyed', async () => {
    await chain.stack.expect('destroy', '--yes', '--skip-preview');
    expect(await chain.stack.inDocker()).toEqual({ containers: [], networks: [], volumes: [] });
  });
});
