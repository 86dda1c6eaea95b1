import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { details, same } from '../../../../provider/engine/detailed-diff.ts';

describe('details', () => {
  it('are the paths at which two values differ, and how', () => {
    const before = { a: 1, b: { c: [1], d: 'x', gone: {} }, e: null, 'f.g': 1, 'h"\\': 1 };
    const after = { a: 1, b: { c: [2], d: 'x', come: 0 }, e: undefined, 'f.g': 2, 'h"\\': 2 };
    expect(details(before, after, 'p')).toEqual({
      'p.b.c': 'update',
      'p.b.come': 'add',
      'p.b.gone': 'delete',
      'p["f.g"]': 'update',
      'p["h\\"\\\\"]': 'update',
    });
    expect(details('a', 'b', 'p')).toEqual({ p: 'update' });
    expect(details(null, { a: 1 }, 'p')).toEqual({ p: 'add' });
    expect(details([1, 2], [2, 1], 'p')).toEqual({ p: 'update' });
  });

  it('are none between a value and itself, in any order of its properties', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const turned = JSON.parse(
          JSON.stringify(value, (_, item: unknown) =>
            typeof item === 'object' && item !== null && !Array.isArray(item)
              ? Object.fromEntries(Object.entries(item).reverse())
              : item,
          ),
        ) as unknown;
        expect(same(value, turned)).toBe(true);
        expect(details(value, turned, 'p')).toEqual({});
      }),
    );
  });
});
