import { describe, expect, it } from '@jest/globals';
import { argumentsOf } from '../../../cli/commands/drill.ts';
import { UsageError } from '../../../cli/command.ts';

describe('what plinth drill is asked', () => {
  it.each([
    [{}, [], ['drill', 'now']],
    [{ json: true }, ['20261121T020000Z'], ['drill', 'now', '20261121T020000Z', '--json']],
  ])('%j %j', (values, words, expected) => {
    expect(argumentsOf(values, words)).toEqual(expected);
  });

  it('is about one backup', () => {
    expect(() => argumentsOf({}, ['a', 'b'])).toThrow(UsageError);
  });
});
