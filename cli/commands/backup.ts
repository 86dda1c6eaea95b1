import { existsSync, writeFileSync } from 'node:fs';
import { labelProblem } from '../../backup/store/id.ts';
import { UserError } from '../../lib/errors.ts';
import { keepState } from '../backup/state-backup.ts';
import { BACKUP_UID } from '../backup/users.ts';
import { builtImage } from '../../bootstrap/built-image.ts';
import { docker } from '../containers.ts';
import { dockerExec, ephemeralArguments } from '../backup/docker.ts';
import {
  jsonOption,
  onlyTakes,
  stackOf,
  stackOption,
  text,
  UsageError,
  type Command,
  type Values,
} from '../command.ts';

/** What each subcommand takes beside `--stack`. */
const TAKES: Readonly<
  Record<string, { readonly options: readonly string[]; readonly id: boolean }>
> = {
  now: { options: ['label', 'json'], id: false },
  list: { options: ['json'], id: false },
  verify: { options: ['all', 'json'], id: true },
  forget: { options: [], id: true },
  keygen: { options: ['output'], id: false },
};

export interface BackupRequest {
  readonly name: string;
  readonly id: string | undefined;
}

/**
 * What was typed.
 *
 * @throws UsageError with what is allowed
 */
export function backupRequestOf(
  values: Values,
  [name, id, ...more]: readonly string[],
): BackupRequest {
  const known = Object.keys(TAKES).join(', ');
  if (name === undefined) throw new UsageError(`plinth backup: say what to do: ${known}`);
  const takes = Object.hasOwn(TAKES, name) ? TAKES[name] : undefined;
  if (takes === undefined) {
    throw new UsageError(`plinth backup has no ${JSON.stringify(name)}: it has ${known}`);
  }
  onlyTakes(`backup ${name}`, values, takes.options);
  if (more.length > 0 || (id !== undefined && !takes.id)) {
    throw new UsageError(`plinth backup ${name} takes ${takes.id ? 'one id' : 'no id'}`);
  }
  if (name === 'forget' && id === undefined) {
    throw new UsageError(
      "plinth backup forget: say which backup, by its id: see 'plinth backup list'",
    );
  }
  const label = text(values, 'label');
  const problem = label === undefined ? undefined : labelProblem(label);
  if (problem !== undefined) throw new UsageError(`--label: ${problem}`);
  return { name, id };
}

/** The same words for the program in the container. */
export function argumentsOf(values: Values, { name, id }: BackupRequest): string[] {
  const label = text(values, 'label');
  return [
    name,
    ...(id === undefined ? [] : [id]),
    ...(label === undefined ? [] : ['--label', label]),
    ...(values['all'] === true ? ['--all'] : []),
    ...(values['json'] === true ? ['--json'] : []),
  ];
}

async function keygen(values: Values): Promise<number> {
  const output = text(values, 'output');
  if (output !== undefined && existsSync(output)) {
    throw new UsageError(
      `${output} is there already, and a key that is written over is lost: name another file`,
    );
  }
  const image = await builtImage('backup');
  const made = await docker(ephemeralArguments({ image, user: BACKUP_UID, args: ['keygen'] }));
  if (output === undefined) {
    process.stdout.write(made);
    return 0;
  }
  writeFileSync(output, made, { mode: 0o600, flag: 'wx' });
  const recipient = /age1[0-9a-z]+/.exec(made)?.[0] ?? '';
  console.log(recipient);
  console.error(
    `The key is in ${output}: keep it, and a copy of it, away from this machine. What is printed above is its public ` +
      'part, for backup.recipients in the environment file.',
  );
  return 0;
}

export const command: Command = {
  summary: 'make a backup now; list, verify or remove backups; make a key',
  details: [
    '  now       a backup now, beside those of the schedule',
    '  list      what there is, and why each stays',
    '  verify    reads every byte of the newest, of one, or of all, and compares; needs no key',
    '  forget    removes one for good; never the last good one',
    '  keygen    a new age key; what it prints first is secret',
    '',
    "That a backup can be restored is shown by 'plinth drill'; restoring is 'plinth restore'.",
  ].join('\n'),
  options: {
    stack: stackOption,
    label: { type: 'string', value: '<label>', help: 'now: a word in its name, of a-z, 0-9 and -' },
    all: { type: 'boolean', help: 'verify: all of them' },
    output: { type: 'string', value: '<file>', help: 'keygen: where the key goes' },
    json: jsonOption,
  },
  positionals: 'now | list | verify [<id>] | forget <id> | keygen',
  run: async (values, positionals) => {
    const asked = backupRequestOf(values, positionals);
    const stack = stackOf(values);
    if (asked.name === 'keygen') return keygen(values);
    if (asked.name === 'now') {
      const why = await keepState(stack);
      if (why !== undefined) console.error(`the stack's state is not in this backup: ${why}`);
    }
    const code = await dockerExec(stack, 'backup', argumentsOf(values, asked));
    if (code !== 126 && code !== 127) return code;
    throw new UserError(
      `the backup container of ${stack} has no plinth-backup`,
      "run 'npx plinth up'",
    );
  },
};
