import { describe, expect, it } from '@jest/globals';
import { upArguments } from '../../../cli/commands/up.ts';

describe('up', () => {
  it('takes the state for what is there', () => {
    expect(upArguments({ stack: 'demo' }).join(' ')).toBe('up --yes --skip-preview --stack demo');
  });

  it('looks at what is there, when it is told to', () => {
    expect(upArguments({ refresh: true }).join(' ')).toBe(
      'up --yes --skip-preview --refresh --stack dev',
    );
  });
});
