import { execHere } from '../backup/docker.ts';
import {
  jsonOption,
  stackOf,
  stackOption,
  UsageError,
  type Command,
  type Values,
} from '../command.ts';

/** Arguments for the program in the container. */
export function argumentsOf(values: Values, positionals: readonly string[]): string[] {
  const [id, ...more] = positionals;
  if (more.length > 0) throw new UsageError('plinth drill takes one backup, by its id or label');
  return [
    'drill',
    'now',
    ...(id === undefined ? [] : [id]),
    ...(values['json'] === true ? ['--json'] : []),
  ];
}

export const command: Command = {
  summary: 'restore the newest backup into a server that is thrown away, and look at everything',
  details: [
    'Checks the files, the key, every row count, every page and index, every role, grant and policy against the server that',
    'the backup was made of, and tries on the restored rows that no tenant reaches those of another. The report is kept',
    'with those of the schedule. Exit code 1: something is not as it should be; 75: another drill is under way.',
  ].join('\n'),
  options: { stack: stackOption, json: jsonOption },
  positionals: '[<id>]',
  run: (values, positionals) =>
    execHere(stackOf(values), 'drill', argumentsOf(values, positionals)),
};
