import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { editDistance, nearest } from '../../../lib/suggest.ts';

it.each([
  ['maxConnection', 'maxConnections'],
  ['max_connections', 'maxConnections'],
  ['MAXCONNECTIONS', 'maxConnections'],
  ['prot', 'port'],
  ['prt', 'port'],
  ['memroy', 'memory'],
  ['interval', undefined],
  ['x', undefined],
  ['x'.repeat(1000), undefined],
])('%s → %s', (word, meant) => {
  expect(nearest(word, ['port', 'memory', 'maxConnections'])).toBe(meant);
});

it('the distance is symmetric, and zero only to itself', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});
