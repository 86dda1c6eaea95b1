// plinth-backup: what runs in the containers that make, try and keep backups.

import { exit, print, TypedWrong, type Command } from './command.ts';
import { reasonOf } from '../log.ts';

/** Loaded when they are asked for: a check of health must not wait for what makes a backup. */
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

/** Parts with commands, and help, of their own. */
const parts: Readonly<Record<string, () => Promise<Part>>> = {
  restore: () => import('./restore/main.ts'),
  drill: () => import('./drill/main.ts'),
  pitr: () => import('./pitr/main.ts'),
};

interface Part {
  run(args: readonly string[]): Promise<number>;
}

const HELP = `plinth-backup <command>

  serve             backups by the schedule; /metrics and /healthz on port 9188
  now               a backup now
  list              the backups there are, and why each stays
  verify            whether a backup is what was written
  status            what was tried last, and when the next one is due
  keep-state        keeps the state of the stack for the backups that follow
  forget            removes a backup
  keygen            a new age key

  restore           brings a backup back
  drill             restores the newest backup and compares it
  pitr              backups of the whole server, and going back to any moment

Each says more with --help. Ends with 0, 1 when it failed, 2 when it was typed wrong, 75 when another run
is under way.`;

/** @returns the exit code */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    print(HELP);
    return name === undefined ? exit.typedWrong : exit.ok;
  }
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part !== undefined) return (await part()).run(args);
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new TypedWrong(`there is no command ${name}`);
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
    const typed = error instanceof TypedWrong;
    const hint = typed ? ': see plinth-backup --help' : '';
    process.stderr.write(`backup: ${reasonOf(error)}${hint}\n`);
    process.exitCode = typed ? exit.typedWrong : exit.failed;
  },
);
