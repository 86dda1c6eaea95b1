import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { places } from '../../lib/paths.ts';
import { run, runHere } from '../../lib/process.ts';
import { lastRestoreTest } from '../backup/last-restore-test.ts';
import { formatCount, planText, size } from '../backup/plan.ts';
import {
  keyOf,
  newVolume,
  pointInTimeContainer,
  printSql,
  restoreLogical,
  restorePoint,
} from '../backup/run.ts';
import { checkValues, restoreOptions } from '../backup/options.ts';
import { manifestOf, manifestsOf, sourceOf } from '../backup/source.ts';
import { stepsTo, volumeIn } from '../backup/promote.ts';
import { recoveryTargetOf, type RecoveryTarget } from '../backup/recovery-target.ts';
import { afterRestore, afterSwitch, pointText } from '../backup/format.ts';
import { dataVolumes, defaultVolume, knownDataVolumes } from '../backup/volumes.ts';
import {
  jsonOption,
  stackOf,
  stackOption,
  text,
  UsageError,
  type Command,
  type Values,
} from '../command.ts';
import { runPulumi } from '../pulumi.ts';
import { table } from '../table.ts';

type Subcommand = (values: Values, word: string | undefined) => Promise<number>;

const subcommands: Readonly<Record<string, Subcommand>> = {
  list,
  plan,
  run: runRestore,
  switch: switchTo,
};

async function list(values: Values): Promise<number> {
  const stack = stackOf(values);
  const source = await sourceOf(stack, text(values, 'from'));
  const manifests = (await manifestsOf(source, await source.ids())).reverse();
  const volumes = await knownDataVolumes(stack);
  const container = await pointInTimeContainer(stack);
  if (values['json'] === true) {
    const backups = manifests.map(({ id, label, startedAt, totals }) => ({
      id,
      label,
      startedAt,
      ...totals,
    }));
    console.log(
      JSON.stringify({ stack, backups, volumes, pointInTime: container !== undefined }, null, 2),
    );
    return 0;
  }
  const rows = manifests.map(({ id, startedAt, totals, databases }) => [
    id,
    startedAt,
    formatCount(totals.rows),
    size(totals.bytes),
    databases.map(({ name }) => name).join(', '),
  ]);
  console.log(
    rows.length === 0
      ? `no backup in the ${source.where}`
      : table([['BACKUP', 'STATE OF', 'ROWS', 'SIZE', 'DATABASES'], ...rows]),
  );
  if (container !== undefined) {
    console.log('\npoint-in-time recovery');
    await runHere('docker', ['exec', container, 'plinth-backup', 'pitr', 'list']);
  }
  if (volumes.length > 0) {
    const served = volumeIn(configText(stack)) ?? defaultVolume(stack);
    const lines = volumes.map(({ name, restored, createdAt }) => [
      name,
      createdAt,
      restored ?? '-',
      name === served ? 'in the environment file' : '',
    ]);
    console.log(`\n${table([['VOLUME', 'MADE', 'RESTORED FROM', ''], ...lines])}`);
  }
  return 0;
}

async function wanted(
  values: Values,
): Promise<{ wanted: RecoveryTarget; container: string | undefined }> {
  const container = await pointInTimeContainer(stackOf(values));
  return { wanted: recoveryTargetOf(values, container !== undefined), container };
}

async function plan(values: Values): Promise<number> {
  const stack = stackOf(values);
  const asked = await wanted(values);
  const volume = await newVolume(stack, new Date());
  const present = (await dataVolumes(stack)).map(({ name }) => name);
  if (asked.wanted.kind === 'point') {
    console.log(pointText(stack, asked.wanted.says, volume, present));
    return 0;
  }
  const source = await sourceOf(stack, text(values, 'from'));
  const manifest = await manifestOf(source, asked.wanted.which);
  const drilled = await lastRestoreTest(stack);
  const only = [text(values, 'database'), text(values, 'table')].filter((one) => one !== undefined);
  const facts = { stack, where: source.where, manifest, volume, present, drilled };
  if (values['json'] === true) {
    const { id, startedAt, totals } = manifest;
    console.log(
      JSON.stringify({ stack, backup: { id, startedAt, ...totals }, volume, present }, null, 2),
    );
  } else {
    console.log(planText({ ...facts, only: only.length === 0 ? undefined : only.join(', ') }));
  }
  return 0;
}

async function runRestore(values: Values): Promise<number> {
  const stack = stackOf(values);
  const asked = await wanted(values);
  const fresh = await newVolume(stack, new Date());
  if (asked.wanted.kind === 'point') {
    const code = await restorePoint(stack, asked.container ?? '', asked.wanted.args, fresh);
    return done(values, code, fresh);
  }
  const source = await sourceOf(stack, text(values, 'from'));
  const manifest = await manifestOf(source, asked.wanted.which);
  const restore = {
    stack,
    source,
    manifest,
    key: await keyOf(source, manifest, text(values, 'key'), values['gpg'] === true),
    jobs: text(values, 'jobs') ?? '2',
    database: text(values, 'database'),
    table: text(values, 'table'),
  };
  if (values['sql'] === true) return printSql(restore);
  return done(values, await restoreLogical(restore, fresh), fresh);
}

function done(values: Values, code: number, volume: string): number {
  const stack = stackOf(values);
  if (code !== 0) {
    console.error(
      `\nnothing was restored, and nothing was changed: the volume ${volume} is gone again`,
    );
    return code;
  }
  if (values['json'] === true) console.log(JSON.stringify({ stack, volume }, null, 2));
  else
    console.log(
      `\n${afterRestore(stack, volume, volume === defaultVolume(stack), text(values, 'table'))}`,
    );
  return 0;
}

function configFile(stack: string): string {
  return join(places().root, `Pulumi.${stack}.yaml`);
}

function configText(stack: string): string {
  try {
    return readFileSync(configFile(stack), 'utf8');
  } catch {
    return '';
  }
}

async function switchTo(values: Values, volume: string | undefined): Promise<number> {
  const stack = stackOf(values);
  const known = (await dataVolumes(stack)).map(({ name }) => name);
  if (volume === undefined || !known.includes(volume)) {
    throw new UsageError(
      `plinth restore switch: name a volume with data of ${stack}: ${known.length === 0 ? 'there is none' : known.join(', ')}`,
    );
  }
  const file = configFile(stack);
  const before = configText(stack);
  if (before === '') throw new UserError(`${file} is not there`, 'name another stack with --stack');
  const served = volumeIn(before) ?? defaultVolume(stack);
  for (const { text: written, up } of stepsTo(volume, before, stack, file)) {
    writeFileSync(file, written);
    const code = await runPulumi(['up', ...up, '--yes', '--skip-preview', '--stack', stack]);
    if (code === 0) continue;
    console.error(
      `\nplinth: pulumi up failed with exit code ${String(code)}: its message is above. Run the command again, ` +
        `or go back with 'npx plinth restore switch ${served} --stack ${stack}'`,
    );
    return code;
  }
  const { code } = await run('docker', ['volume', 'inspect', served]);
  console.log(
    `\n${afterSwitch(stack, volume, code === 0 && served !== volume ? served : undefined)}`,
  );
  return 0;
}

export const command: Command = {
  summary: 'bring data back: into a new volume first, then switch to it',
  details: [
    '  list      what there is to go back to, and the volumes that restores have made',
    '  plan      what a restore would do; changes nothing',
    '  run       restores into a new volume; what is served goes on being served',
    '  switch    serves another volume from now on; the one before stays, and is the way back',
    '',
    'On a machine that has lost everything: restore run --latest --from <folder> --key <file>, then plinth up.',
  ].join('\n'),
  options: { stack: stackOption, ...restoreOptions, json: jsonOption },
  positionals: 'list | plan | run | switch <volume>',
  run: async (values, [name, word, ...more]) => {
    const known = Object.keys(subcommands).join(', ');
    if (name === undefined) throw new UsageError(`plinth restore: say what to do: ${known}`);
    const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
    if (subcommand === undefined) {
      throw new UsageError(`plinth restore has no ${JSON.stringify(name)}: it has ${known}`);
    }
    if (more.length > 0 || (word !== undefined && name !== 'switch')) {
      throw new UsageError(
        `plinth restore ${name} takes ${name === 'switch' ? 'one volume' : 'options only'}`,
      );
    }
    checkValues(name, values);
    return subcommand(values, word);
  },
};
