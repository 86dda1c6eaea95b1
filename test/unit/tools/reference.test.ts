import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../../cli/commands.ts';
import { parseDuration, parseSize } from '../../../config/units.ts';
import { section } from '../../../tools/docs/cli.ts';
import { groups } from '../../../tools/docs/configuration.ts';
import { table } from '../../../tools/docs/markdown.ts';
import { presetNames, resolved, settingOf } from '../../../tools/docs/setting.ts';

const root = join(import.meta.dirname, '../../..');
const page = (name: string) => readFileSync(join(root, 'docs/reference', name), 'utf8');
const all = groups().flatMap(({ settings }) => settings);

describe('a setting', () => {
  it.each([
    [
      'postgres.memory',
      {
        type: 'string',
        pattern: '^[0-9]+(B|KiB|MiB|GiB)$',
        description: 'Memory. Default: 1GiB, 2GiB, 3GiB by preset. From 1MiB to 4GiB.',
      },
      {
        type: 'size, 1MiB to 4GiB',
        unit: 'B, KiB, MiB, GiB',
        fallback: 'by preset',
        byPreset: ['`1GiB`', '`2GiB`', '`3GiB`'],
        description: 'Memory.',
      },
    ],
    [
      'a.waitSec',
      { type: 'integer', minimum: 1, maximum: 60, description: 'A wait. Default 5.' },
      { type: 'whole number, 1 to 60', unit: 's', fallback: '`5`', description: 'A wait.' },
    ],
    [
      'a.share',
      { type: 'number', minimum: 50, maximum: 99.9, description: 'In percent. Default 99.9.' },
      { type: 'number, 50 to 99.9', unit: '', fallback: '`99.9`', description: 'In percent.' },
    ],
    [
      'a.kind',
      { type: 'string', enum: ['x', 'y'], description: 'Which. Default: the one of before.' },
      { type: '`x`, `y`', unit: '', fallback: 'the one of before', description: 'Which.' },
    ],
    [
      'a.when',
      { type: 'string', description: 'When. Default 15 2 * * *.' },
      { type: 'text', unit: '', fallback: '`15 2 * * *`', description: 'When.' },
    ],
    [
      'backup.rollbackPoints',
      {
        type: 'boolean',
        description: 'Whether. Default: false in the preset small, otherwise true.',
      },
      {
        type: '`true`, `false`',
        unit: '',
        fallback: 'by preset',
        byPreset: ['`false`', '`true`', '`true`'],
        description: 'Whether.',
      },
    ],
  ])('is taken apart: %s', (key, schema, expected) => {
    expect(settingOf(key, schema)).toEqual({ key, ...expected });
  });

  it('has in the reference what an environment of each preset gets', () => {
    const differ = all.filter(({ byPreset }) => byPreset !== undefined);
    expect(differ.length).toBeGreaterThan(30);
    let compared = 0;
    for (const { key, byPreset = [] } of differ) {
      presetNames.forEach((preset, index) => {
        const told = byPreset[index]!.replaceAll('`', '');
        const size = parseSize(told);
        const time = parseDuration(told);
        const [field, meant] =
          'value' in size
            ? [`${key}Bytes`, size.value]
            : 'value' in time
              ? [`${key}Sec`, time.value / 1000]
              : [key, told];
        const real = resolved(preset, field);
        expect({ key, preset, value: String(real) }).toEqual({ key, preset, value: String(meant) });
        compared += 1;
      });
    }
    expect(compared).toBe(differ.length * presetNames.length);
  });
});

describe('the reference of settings', () => {
  it('has every setting once, with a type', () => {
    const keys = all.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(150);
    expect(all.filter(({ type }) => type === '')).toEqual([]);
    for (const key of keys) expect(page('configuration.md')).toContain(`${key}\``);
  });

  it('tells what the platform writes to postgresql.conf', () => {
    const find = (name: string) => all.find(({ key }) => key === `postgres.settings.${name}`);
    expect(find('random_page_cost')).toMatchObject({ type: 'a number', fallback: '`1.1`' });
    expect(find('seq_page_cost')).toMatchObject({ fallback: "Postgres's own" });
  });
});

describe('the reference of commands', () => {
  it.each(Object.entries(commands))('has %s with every option', async (name, load) => {
    const { command } = await load();
    expect(page('cli.md')).toContain(`\n## plinth ${name}\n`);
    const text = section(name, command).join('\n');
    for (const option of Object.keys(command.options)) expect(text).toContain(`--${option}`);
    for (const line of (command.details ?? '').split('\n')) {
      expect(page('cli.md')).toContain(line);
    }
  });
});

it('the reference that is committed is what the program writes', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--experimental-strip-types',
      join(root, 'tools/docs/main.ts'),
      '--check',
    ],
    { cwd: root, encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

it('a table leaves out empty columns, and keeps a bar inside a cell', () => {
  expect(table(['a', 'b', 'c'], [['1|2', '', 'x']])).toEqual([
    '',
    '| a | c |',
    '| --- | --- |',
    '| 1\\|2 | x |',
  ]);
  expect(table(['a'], [])).toEqual([]);
});
