// plinth-backup: the program of the backup containers. It makes, verifies, restores and tests backups.

import { exit, print, UsageError, type Command } from './command.ts';
import { errorMessage } from '../lib/json-log.ts';

/** Commands are loaded on demand, so that a health check does not load the code for backups. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).command,
  now: async () => (await import('./commands/now.ts')).command,
  list: async () => (await import('./commands/list.ts')).command,
  verify: async () => (await import('./commands/verify.ts')).command,
  status: async () => (await import('./commands/status.ts')).command,
  'keep-state': async () => (await import('./commands/keep-state.ts')).command,
  forget: async () => (await import('./commands/forget.ts')).command,
  keygen: async () => (await import('./commands/keygen.ts')).command,
};

/** Groups of commands with their own help. */
const parts: Readonly<Record<string, () => Promise<Part>>> = {
  restore: () => import('./restore/main.ts'),
  drill: () => import('./restore-test/main.ts'),
  pitr: () => import('./pitr/main.ts'),
};

interface Part {
  run(args: readonly string[]): Promise<number>;
}

const HELP = `plinth-backup <command>

  serve             makes backups on a schedule; /metrics and /healthz on port 9188
  now               makes a backup now
  list              lists the backups and why each is kept
  verify            verifies the checksums of a backup
  status            shows the last attempt and the time of the next backup
  keep-state        stores the state of the stack; the following backups include it
  forget            removes a backup
  keygen            generates an age key

  restore           restores a backup
  drill             runs a restore test: restores the newest backup and checks it
  pitr              physical backups and point-in-time recovery

Use <command> --help for details. Exit codes: 0 success, 1 failure, 2 invalid usage, 75 another run is in
progress.`;

/** @returns the exit code */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    print(HELP);
    return name === undefined ? exit.typedWrong : exit.ok;
  }
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part !== undefined) return (await part()).run(args);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new UsageError(`there is no command ${name}`);
  const command = await load();
  if (args.includes('--help')) {
    print(`plinth-backup ${command.help}`);
    return exit.ok;
  }
  return command.run(args);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const typed = error instanceof UsageError;
    const hint = typed ? ': see plinth-backup --help' : '';
    process.stderr.write(`backup: ${errorMessage(error)}${hint}\n`);
    process.exitCode = typed ? exit.typedWrong : exit.failed;
  },
);
