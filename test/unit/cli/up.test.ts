import { describe, expect, it } from '@jest/globals';
import { nextSteps, upArguments } from '../../../cli/commands/up.ts';

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

describe('what to try next', () => {
  const one = { title: 'one shop', tenant: '42', sql: "select 'it''s'" };
  const named = { title: 'another', tenant: "o'neill & co", sql: 'select 1' };
  const nobody = { title: 'and nobody', sql: 'select count(*) from orders' };

  it('is the samples of the application, as the shell takes them', () => {
    expect(nextSteps('dev', { name: 'market', samples: [one, named, nobody] }).split('\n')).toEqual(
      [
        'Try it: one shop',
        '',
        String.raw`  npx plinth psql --tenant 42 -c 'select '\''it'\'''\''s'\'''`,
        '',
        'another',
        '',
        String.raw`  npx plinth psql --tenant 'o'\''neill & co' -c 'select 1'`,
        '',
        'and nobody',
        '',
        "  npx plinth psql -c 'select count(*) from orders'",
        '',
        'Passwords: npx plinth urls --show    Take it down: npx plinth down',
      ],
    );
  });

  it('names the stack, and leaves samples out where there are none', () => {
    expect(nextSteps('demo', { name: 'market', samples: [] })).toBe(
      'Passwords: npx plinth urls --stack demo --show    Take it down: npx plinth down --stack demo',
    );
  });
});
