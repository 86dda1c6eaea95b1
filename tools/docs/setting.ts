// One setting of the JSON Schema, taken apart: its type, its unit, its limits, its default.

import { postgresqlConf } from '../../components/postgres/settings.ts';
import type { EnvironmentConfig } from '../../config/environment.ts';
import { resolve } from '../../config/resolve.ts';
import { environmentSchema } from '../../config/schema.ts';
import { code } from './markdown.ts';

/** What the JSON Schema says of a setting or of a group of settings. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

export const presetNames = ['small', 'medium', 'large'] as const;
type PresetName = (typeof presetNames)[number];

/** A setting as a row of the reference shows it. */
export interface Setting {
  readonly key: string;
  readonly type: string;
  readonly unit: string;
  /** What holds when nothing is written; "by preset" where `byPreset` has it. */
  readonly fallback: string;
  readonly byPreset?: readonly string[];
  readonly description: string;
}

const RANGE = / ?From (\S+) to (\S+)\.$/;
/** The sentence about the default: a full stop ends it, a decimal point does not. */
const DEFAULT = / ?Default:? (.*?)\.(?=\s|$)/;
const OF_POSTGRES = /^Postgres parameter: (.*?)(?: with a unit of Postgres \((.*)\))?\.$/;

/** @param key the dotted path, without the namespace */
export function settingOf(key: string, schema: Schema): Setting {
  const told = schema.description ?? '';
  const own = OF_POSTGRES.exec(told);
  if (own !== null) {
    const [, type = '', unit = ''] = own;
    return { key, type, unit, fallback: ofThePlatform(key), description: '' };
  }
  const words = DEFAULT.exec(told)?.[1] ?? '';
  const values = byPreset(key, words);
  return {
    key,
    type: typeOf(schema, RANGE.exec(told)),
    unit: unitOf(key, schema),
    fallback: values === undefined ? written(words) : 'by preset',
    ...(values === undefined ? {} : { byPreset: values }),
    description: told.replace(RANGE, '').replace(DEFAULT, '').trim(),
  };
}

function typeOf(schema: Schema, range: RegExpExecArray | null): string {
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  const limits =
    range !== null
      ? `, ${String(range[1])} to ${String(range[2])}`
      : schema.minimum !== undefined && schema.maximum !== undefined
        ? `, ${String(schema.minimum)} to ${String(schema.maximum)}`
        : '';
  switch (schema.type) {
    case 'integer':
      return `whole number${limits}`;
    case 'number':
      return `number${limits}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return 'list of texts';
    default:
      if (schema.pattern?.includes('KiB') === true) return `size${limits}`;
      return schema.pattern?.includes('min') === true ? `duration${limits}` : 'text';
  }
}

function unitOf(key: string, { pattern, description = '' }: Schema): string {
  const written = /\((\w+(?:\|\w+)+)\)/.exec(pattern ?? '')?.[1];
  if (written !== undefined) return written.replaceAll('|', ', ');
  if (key.endsWith('Sec')) return 's';
  if (description.includes('in percent')) return '%';
  return key.endsWith('cpus') ? 'processors' : '';
}

/** The default in each preset, where it differs by preset. */
function byPreset(key: string, words: string): readonly string[] | undefined {
  const listed = /^(.+), (.+), (.+) by preset$/.exec(words);
  if (listed !== null) return listed.slice(1).map(code);
  if (!/\bpreset\b/.test(words)) return undefined;
  return presetNames.map((preset) => code(String(resolved(preset, key))));
}

/** What an environment of that preset has at a path; undefined where the path is called otherwise there. */
export function resolved(preset: PresetName, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>(
      (value, step) => (value as Readonly<Record<string, unknown>> | undefined)?.[step],
      environment(preset),
    );
}

function environment(preset: PresetName): EnvironmentConfig {
  return resolve(environmentSchema.parse({ preset }), 'plinth', 'dev', 'app');
}

/** What the platform writes to postgresql.conf, in words where it writes nothing. */
function ofThePlatform(key: string): string {
  const name = key.replace(/^.*\./, '');
  const values = presetNames.map((preset) => {
    const { postgres, timezone } = environment(preset);
    const line = new RegExp(`^${name} = (.*)$`, 'm').exec(postgresqlConf(postgres, timezone));
    return line?.[1]?.replaceAll("'", '');
  });
  const [value] = values;
  if (values.some((other) => other !== value)) {
    throw new Error(`${key} differs by preset, and the reference has no place for that`);
  }
  return value === undefined ? "Postgres's own" : code(value);
}

/** Values are code, explanations are words. */
function written(words: string): string {
  const explains = / (of|the|is|from|Docker) /.test(` ${words} `);
  return explains ? words : code(words);
}
