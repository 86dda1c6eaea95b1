import { describe, expect, it } from '@jest/globals';
import { chosen, proofOf } from '../../../cli/commands/prove.ts';

describe('plinth prove', () => {
  it('takes the name of a proof and nothing else', () => {
    expect(proofOf(['isolation'])).toBe('isolation');
    expect(() => proofOf([])).toThrow(
      'plinth prove: what to prove is one of isolation, not nothing',
    );
    expect(() => proofOf(['isolation', 'now'])).toThrow('one of isolation, not "isolation now"');
  });

  it('takes only names of the plan', () => {
    expect(chosen('table', undefined, ['a'])).toBeUndefined();
    expect(chosen('table', 'b, a', ['a', 'b', 'c'])).toEqual(['b', 'a']);
    expect(() => chosen('role', 'app,ap', ['app', 'readonly'])).toThrow(
      '--role names "ap", but the plan has app, readonly',
    );
  });
});
