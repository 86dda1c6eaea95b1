import { configOf } from '../rls-show.ts';
import { waves, type Fault } from '../fault-injection/faults.ts';
import { monitorsOf } from '../alerts/prometheus-client.ts';
import { allNotified, runFaults, type FaultResult } from '../fault-injection/runner.ts';
import { FaultTarget } from '../fault-injection/target.ts';
import { dockerExec } from '../backup/docker.ts';
import { partsOf } from '../containers.ts';
import { table } from '../table.ts';
import { UserError } from '../../lib/errors.ts';
import {
  jsonOption,
  stackOf,
  stackOption,
  text,
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

/** The rows a person reads. */
export function faultTable(done: readonly FaultResult[]): string {
  const seconds = (value: number | undefined) =>
    value === undefined ? 'never' : `${value.toFixed(0)} s`;
  const rows = done.map(({ alert, what, toldSec, resolvedSec, problem }) => [
    alert,
    seconds(toldSec),
    toldSec === undefined ? '-' : seconds(resolvedSec),
    problem === undefined ? what : `${what}: ${problem}`,
  ]);
  return table([['ALERT', 'TOLD AFTER', 'ENDED AFTER', 'FAULT'], ...rows]);
}

/** Waves with the faults that were asked for, and whose part is there. */
export function chosen(
  all: readonly (readonly Fault[])[],
  parts: ReadonlySet<string>,
  only: string | undefined,
): Fault[][] {
  const known = all.flat().map(({ alert }) => alert);
  const wanted = only?.split(',') ?? known;
  const unknown = wanted.filter((alert) => !known.includes(alert));
  if (unknown.length > 0) {
    throw new UsageError(
      `plinth drill alerts: ${unknown.join(', ')} cannot be made; what can is ${known.join(', ')}`,
    );
  }
  return all
    .map((wave) => wave.filter(({ alert, part }) => wanted.includes(alert) && parts.has(part)))
    .filter((wave) => wave.length > 0);
}

const PATIENCE = { toldSec: 900, resolvedSec: 1800 };

async function drillAlerts(values: Values): Promise<number> {
  const stack = stackOf(values);
  const { preset } = await configOf(stack);
  if (preset === 'large') {
    throw new UserError(
      `${stack} is of the preset large, and a drill of alerts breaks it for some minutes`,
      'make it in another environment: the rules are the same',
    );
  }
  const monitors = await monitorsOf(stack);
  const stage = await FaultTarget.of(stack);
  const parts = new Set(await partsOf(stack));
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const made = chosen(waves, parts, text(values, 'only'));
  const done = await runFaults(made, stage, monitors, PATIENCE, say);
  console.log(
    values['json'] === true ? JSON.stringify({ stack, done }, null, 2) : faultTable(done),
  );
  return allNotified(done) ? 0 : 1;
}

export const command: Command = {
  summary: 'restore the newest backup into a server that is thrown away, and look at everything',
  details: [
    'Checks the files, the key, every row count, every page and index, every role, grant and policy against the server that',
    'the backup was made of, and tries on the restored rows that no tenant reaches those of another. The report is kept',
    'with those of the schedule. Exit code 1: something is not as it should be; 75: another drill is under way.',
    '',
    'plinth drill alerts makes faults on the running environment, one wave after the other, waits for its notification, takes',
    'it back, and waits until its alert has ended. It interrupts what runs there, and is refused in the preset large.',
  ].join('\n'),
  options: {
    stack: stackOption,
    json: jsonOption,
    only: { type: 'string', value: '<alert,…>', help: 'with alerts: only these faults' },
  },
  positionals: '[<id> | alerts]',
  run: (values, positionals) =>
    positionals[0] === 'alerts' && positionals.length === 1
      ? drillAlerts(values)
      : dockerExec(stackOf(values), 'drill', argumentsOf(values, positionals)),
};
