import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type pg from 'pg';
import { verifyRls } from '../../../rls/verify/verify.ts';
import { isFailure } from '../../../rls/verify/report.ts';
import type { ProofTarget } from '../../../rls/verify/target.ts';
import { signedHoles } from '../../support/rls/holes.ts';
import {
  deployedTarget,
  matches,
  named,
  superuserOf,
  turnsRed,
} from '../../support/rls/isolation.ts';
import type { Chain } from '../../support/chain.ts';
import { signedSettings } from './signed-context.ts';

/** The same proof where tenants are signed: a tenant that the statement itself names is refused. */
export const signedIsolation = (chain: Chain): void => {
  let target: ProofTarget;
  let superuser: pg.Client;

  beforeAll(async () => {
    target = await deployedTarget(chain.stack);
    superuser = await superuserOf(target);
  });
  afterAll(() => superuser.end());

  it('is proven, and a tenant named by the statement itself is refused', async () => {
    const { cases, mode } = await verifyRls(target);
    expect(mode).toBe('signed');
    expect(cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
    expect(cases.filter(({ outcome }) => outcome === 'acknowledged')).toEqual([]);
    expect(cases.filter(matches({ context: 'spoofed' }, ['held'])).length).toBeGreaterThan(100);
  });

  it.each(named(signedHoles))('turns red when %s', (_name, hole) =>
    turnsRed(target, superuser, hole),
  );

  it('takes a new key while the one before it stays valid, and nothing else changes', async () => {
    const before = target.signingKey!;
    chain.stack.configure(signedSettings(4));
    await chain.stack.up();
    const rotated = await deployedTarget(chain.stack);
    expect([before.id, rotated.signingKey?.id]).toEqual(['k3', 'k4']);
    expect(rotated.signingKey?.secret).not.toBe(before.secret);
    for (const signingKey of [before, rotated.signingKey!]) {
      const report = await verifyRls(
        { ...rotated, signingKey },
        { tables: ['classrooms'], roles: ['app'] },
      );
      expect(report.cases.filter(({ outcome }) => isFailure(outcome))).toEqual([]);
    }
  });
};
