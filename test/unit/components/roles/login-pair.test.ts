import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { slotsOf } from '../../../../config/names.ts';
import { slots, type Slot } from '../../../../components/roles/login-pair.ts';

const rotations = fc.integer({ min: 1, max: 1_000_000 });
const both = (rotation: number): Slot[] => Object.values(slots('app', rotation));
const named = (rotation: number, name: string): Slot | undefined =>
  both(rotation).find((slot) => slot.name === name);

describe('the two logins of a user', () => {
  it('begin with a, whose counterpart was never active', () => {
    expect(slots('app', 1)).toEqual({
      active: { name: 'a', login: 'app_a', active: true, generation: 1 },
      idle: { name: 'b', login: 'app_b', active: false, generation: 0 },
    });
  });

  it('change places with a rotation', () => {
    expect(slots('app', 2)).toEqual({
      active: { name: 'b', login: 'app_b', active: true, generation: 2 },
      idle: { name: 'a', login: 'app_a', active: false, generation: 1 },
    });
    expect(slots('app', 3)).toEqual({
      active: { name: 'a', login: 'app_a', active: true, generation: 3 },
      idle: { name: 'b', login: 'app_b', active: false, generation: 2 },
    });
  });

  it('are one active and one idle, always', () => {
    fc.assert(
      fc.property(rotations, (rotation) => {
        const { active, idle } = slots('app', rotation);
        expect([active.active, idle.active]).toEqual([true, false]);
        expect([active.name, idle.name].sort()).toEqual(['a', 'b']);
      }),
    );
  });

  it('are called as the configuration reserves them', () => {
    fc.assert(
      fc.property(rotations, (rotation) => {
        expect(
          both(rotation)
            .map(({ login }) => login)
            .sort(),
        ).toEqual(slotsOf('app'));
      }),
    );
  });

  it('never share a password', () => {
    fc.assert(
      fc.property(rotations, (rotation) => {
        const { active, idle } = slots('app', rotation);
        expect(active.generation).toBe(rotation);
        expect(idle.generation).not.toBe(active.generation);
      }),
    );
  });

  it('hand over without touching the one that was active, so that its users can go on', () => {
    fc.assert(
      fc.property(rotations, (rotation) => {
        const before = slots('app', rotation);
        const after = slots('app', rotation + 1);
        expect(after.active.name).toBe(before.idle.name);
        expect(named(rotation + 1, before.active.name)?.generation).toBe(before.active.generation);
      }),
    );
  });

  it('never go back to an earlier password', () => {
    fc.assert(
      fc.property(rotations, fc.constantFrom('a', 'b'), (rotation, name) => {
        const was = named(rotation, name)?.generation ?? Number.NaN;
        const is = named(rotation + 1, name)?.generation ?? Number.NaN;
        expect(is).toBeGreaterThanOrEqual(was);
      }),
    );
  });
});
