// The `plinth` command: finds the subcommand, reads its arguments, turns errors into sentences.

import { commands } from './commands.ts';
import { help, parse, UsageError, type Command } from './command.ts';
import { asksForOverview, asksForVersion, printOverview } from './overview.mjs';

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

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const command = await load(name);
  const { values, positionals } = parse(name, command, args);
  if (values['help'] === true) {
    console.log(help(name, command));
    return 0;
  }
  return command.run(values, positionals);
}

const words = process.argv.slice(2);
try {
  if (asksForOverview(words)) printOverview(words);
  else if (asksForVersion(words)) (await import('./version.mjs')).printVersion();
  else process.exitCode = await main(words);
} catch (error) {
  // Sentences for people; the stack only of what nobody foresaw.
  const known =
    error instanceof Error && ['UsageError', 'Problem', 'SetupFailed'].includes(error.name);
  const lines = known ? error.message : (error as Error).stack;
  for (const line of (lines ?? String(error)).split('\n')) console.error(`plinth: ${line}`);
  process.exitCode = error instanceof UsageError ? usageCode : failureCode;
}
