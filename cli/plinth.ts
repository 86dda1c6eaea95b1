// The `plinth` command: finds the subcommand, reads its arguments, turns errors into sentences.

import { commands } from './commands.ts';
import { help, parse, UsageError, type Command } from './command.ts';

const usageCode = 2;
const failureCode = 1;

async function load(name: string): Promise<Command> {
  const loader = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (loader === undefined) {
    throw new UsageError(
      `plinth has no command ${JSON.stringify(name)}: it has ${Object.keys(commands).join(', ')}`,
    );
  }
  return (await loader()).command;
}

async function overview(): Promise<string> {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  const lines = await Promise.all(
    names.map(async (name) => `  ${name.padEnd(width)}  ${(await load(name)).summary}`),
  );
  return [
    'plinth: the Postgres platform under an application',
    '',
    '  plinth <command> [options]',
    '',
    ...lines,
    '',
    'plinth <command> --help tells more about one of them.',
  ].join('\n');
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    console.log(await overview());
    return name === undefined ? usageCode : 0;
  }
  const command = await load(name);
  const { values, positionals } = parse(name, command, args);
  if (values['help'] === true) {
    console.log(help(name, command));
    return 0;
  }
  return command.run(values, positionals);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Sentences for people; the stack only of what nobody foresaw.
  const known =
    error instanceof Error && ['UsageError', 'Problem', 'SetupFailed'].includes(error.name);
  const lines = known ? error.message : (error as Error).stack;
  for (const line of (lines ?? String(error)).split('\n')) console.error(`plinth: ${line}`);
  process.exitCode = error instanceof UsageError ? usageCode : failureCode;
}
