// docs/reference/cli.md: every command as its own help tells of it.

import { help, type Command, type Option } from '../../cli/command.ts';
import { commands } from '../../cli/commands.ts';
import { code, notice, sentence, table } from './markdown.ts';

/** The page, before it is formatted. */
export async function cliReference(): Promise<string> {
  const all = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => [name, (await load()).command] as const),
  );
  return [
    '# Commands',
    ...notice('the commands in `cli/commands/`'),
    'Everything is one command, `npx plinth`, after `npm ci` or the first `npm run up`. `npx plinth --help` lists the commands,',
    '`npx plinth <command> --help` prints what is here about one of them, `npx plinth --version` prints the version.',
    '',
    'Exit codes: 0 when it worked, 1 when it failed, 2 when it was typed wrong.',
    ...table(
      ['command', 'what it does'],
      all.map(([name, { summary }]) => [`[${code(name)}](#plinth-${name})`, summary]),
    ),
    ...all.flatMap(([name, command]) => section(name, command)),
    '',
  ].join('\n');
}

/** One command: its summary, how it is called, and its options. */
export function section(name: string, command: Command): string[] {
  return [
    '',
    `## plinth ${name}`,
    '',
    sentence(command.summary),
    '',
    '```text',
    ...usage(name, command),
    '```',
    ...table(
      ['option', 'default', 'what it does'],
      [
        ...Object.entries(command.options).map(([option, described]) => row(option, described)),
        [code('-h, --help'), '', 'print this'],
      ],
    ),
  ];
}

/** What help prints between the summary and the options. */
function usage(name: string, command: Command): string[] {
  const [, ...paragraphs] = help(name, command).split('\n\n');
  const lines = paragraphs.slice(0, -1).join('\n\n').split('\n');
  return lines.map((line, index) => (index === 0 ? line.trimStart() : line));
}

function row(name: string, option: Option): string[] {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const value = option.value === undefined ? '' : ` ${option.value}`;
  const preset = typeof option.default === 'string' ? code(option.default) : '';
  return [code(`${short}--${name}${value}`), preset, option.help];
}
