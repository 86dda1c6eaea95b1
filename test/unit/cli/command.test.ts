import { describe, expect, it } from '@jest/globals';
import {
  help,
  parse,
  stackOf,
  stackOption,
  UsageError,
  type Command,
} from '../../../cli/command.ts';
import { commands } from '../../../cli/commands.ts';

const command: Command = {
  summary: 'do a thing',
  options: { stack: stackOption, json: { type: 'boolean', help: 'print JSON' } },
  run: () => Promise.resolve(0),
};

describe('parse', () => {
  it('reads options, with defaults', () => {
    expect(parse('x', command, []).values).toEqual({ stack: 'dev' });
    expect(parse('x', command, ['-s', 'prod', '--json']).values).toEqual({
      stack: 'prod',
      json: true,
    });
  });

  it.each([
    [
      ['--jsn'],
      /^plinth x: Unknown option '--jsn' \(allowed: --stack, --json\); see plinth x --help$/,
    ],
    [['--stack'], /^plinth x: Option '-s, --stack <value>' argument missing \(allowed/],
    [['--json=1'], /^plinth x: Option '--json' does not take an argument \(allowed/],
    [['word'], /^plinth x: Unexpected argument 'word'.*\(allowed/],
  ])('%j is one sentence', (args, expected) => {
    expect(() => parse('x', command, args)).toThrow(expected);
    expect(() => parse('x', command, args)).toThrow(UsageError);
  });

  it('takes words where a command allows them', () => {
    expect(parse('x', { ...command, positionals: '[path …]' }, ['a', 'b']).positionals).toEqual([
      'a',
      'b',
    ]);
  });
});

describe('stackOf', () => {
  it.each(['dev', 'prod-2', 'a'])('takes %s', (stack) => {
    expect(stackOf({ stack })).toBe(stack);
  });
  it.each(['', 'Dev', '2dev', 'a b', '../dev', 'a'.repeat(31)])('refuses %j', (stack) => {
    expect(() => stackOf({ stack })).toThrow(/^--stack is ".*", but a stack's name is 1 to 30/);
  });
});

it('help names every option with what it does', () => {
  expect(help('x', command)).toBe(
    [
      'do a thing',
      '',
      '  plinth x [options]',
      '',
      '  -s, --stack <stack>  the environment (default: dev)',
      '      --json           print JSON',
      '  -h, --help           print this',
    ].join('\n'),
  );
});

it.each(Object.keys(commands))(
  '%s has a summary of one line and help for every option',
  async (name) => {
    const { command: real } = await (commands[name] ?? fail)();
    expect(real.summary).toMatch(/^\S.{10,100}$/);
    for (const option of Object.values(real.options)) expect(option.help).toMatch(/^\S.{3,}$/);
  },
);

function fail(): never {
  throw new Error('no such command');
}
