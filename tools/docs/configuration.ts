// docs/reference/configuration.md: every setting, as config.schema.json describes it.

import { stackFileSchema } from '../../config/json-schema.ts';
import { namespace } from '../../config/parse.ts';
import { code, notice, sentence, table } from './markdown.ts';
import { presetNames, settingOf, type Schema, type Setting } from './setting.ts';

/** A group of settings: what it is about, and those that stand directly in it. */
export interface Group {
  /** The dotted path, without the namespace; empty for the settings that stand alone. */
  readonly path: string;
  readonly description: string;
  readonly settings: readonly Setting[];
}

/** The page, before it is formatted. */
export function configurationReference(): string {
  return [
    '# Configuration',
    ...notice('`config.schema.json`'),
    'An environment is a file, `Pulumi.<stack>.yaml`. Every setting is optional. What stands before the first dot is a key of the',
    'file, the rest is indented under it:',
    '',
    '```yaml',
    'config:',
    `  ${namespace}:preset: medium`,
    `  ${namespace}:postgres:`,
    '    memory: 4GiB',
    '    volume: { onDestroy: keep }',
    '```',
    '',
    'Sizes and durations are written with one of their units, as `512MiB` or `30s`. Numbers have none: the column names what they',
    'count. A name in angle brackets is one that you choose.',
    ...groups().flatMap(section),
    '',
  ].join('\n');
}

/** Every group that has settings of its own, in the order of the schema. */
export function groups(): readonly Group[] {
  const { properties } = stackFileSchema() as { properties: { config: Schema } };
  const keys = Object.entries(properties.config.properties ?? {}).map(
    ([key, schema]) => [key.slice(namespace.length + 1), schema] as const,
  );
  return below('', { properties: Object.fromEntries(keys) });
}

function below(path: string, schema: Schema): readonly Group[] {
  const { description = '', properties = {}, additionalProperties } = schema;
  const inner: [string, Schema][] = Object.entries(properties).map(([name, one]) => [
    path === '' ? name : `${path}.${name}`,
    one,
  ]);
  if (typeof additionalProperties === 'object')
    inner.push([`${path}.<name>`, additionalProperties]);
  const settings = inner.filter(([, one]) => one.type !== 'object');
  const further = inner.filter(([, one]) => one.type === 'object');
  return [
    { path, description, settings: settings.map(([key, one]) => settingOf(key, one)) },
    ...further.flatMap(([key, one]) => below(key, one)),
  ];
}

function section({ path, description, settings }: Group): string[] {
  const depth = path === '' ? 1 : Math.min(path.split('.').length, 2);
  const shows = (key: string): string => code(`${namespace}:${key}`);
  return [
    '',
    `${'#'.repeat(depth + 1)} ${path === '' ? 'Settings that stand alone' : shows(path)}`,
    ...(description === '' ? [] : ['', sentence(description)]),
    ...table(
      ['setting', 'type', 'unit', 'default', 'description'],
      settings.map(({ key, type, unit, fallback, description: what }) => [
        path === '' ? shows(key) : code(key),
        type,
        unit,
        fallback,
        what,
      ]),
    ),
    ...table(
      ['default by preset', ...presetNames.map(code)],
      settings.flatMap(({ key, byPreset }) =>
        byPreset === undefined ? [] : [[code(key), ...byPreset]],
      ),
    ),
  ];
}
