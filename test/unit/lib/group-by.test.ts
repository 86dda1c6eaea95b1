import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupBy } from '../../../lib/group-by.ts';

describe('groups', () => {
  it('are those of Map.groupBy, in its order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 5 }), (items, by) => {
        const key = (item: number): number => item % by;
        expect([...groupBy(items, key)]).toEqual([...Map.groupBy(items, key)]);
      }),
    );
  });
});
