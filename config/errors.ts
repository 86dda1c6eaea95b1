/**
 * Error messages: `<path> is <got> but <allowed>: <remedy>`. One error contains all mistakes.
 */
import type { z } from 'zod';
import { nearest } from '../lib/suggest.ts';

/**
 * One mistake. `paths` are the settings involved, the wrong one first. They prevent a second error that only follows
 * from this one.
 */
export interface ConfigProblem {
  readonly paths: readonly Path[];
  readonly text: string;
}

/** The keys of a setting, from the top: `['postgres', 'port']`. */
export type Path = readonly PropertyKey[];

/** The error for an invalid configuration. */
export class ConfigError extends Error {
  /** The mistakes, one sentence each. */
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    const count = problems.length === 1 ? 'one mistake' : `${problems.length} mistakes`;
    super(
      [`${where} has ${count}, nothing was touched:`, ...problems.map((p) => `  ${p}`)].join('\n'),
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Access to the schema: the known keys of a group, and advice for certain keys. */
export interface SchemaGuide {
  keysAt(path: Path): readonly string[];
  /** A special message for an unknown key, without the path. */
  adviceFor(path: Path, key: string): string | undefined;
}

/** Converts zod issues to problems. The messages of the schema complete the sentence. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  guide: SchemaGuide,
): ConfigProblem[] {
  return issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [
        {
          paths: [issue.path],
          text: `${formatPath(issue.path)} is ${show(issue.input)} ${issue.message}`,
        },
      ];
    }
    return issue.keys.map((key) => unknownKey(issue.path, key, guide));
  });
}

function unknownKey(parent: Path, key: string, guide: SchemaGuide): ConfigProblem {
  const path = [...parent, key];
  const text = formatPath(path);
  const advice = guide.adviceFor(parent, key);
  if (advice !== undefined) return { paths: [path], text: `${text} ${advice}` };
  const known = guide.keysAt(parent);
  const meant = nearest(key, known);
  if (meant !== undefined) {
    return {
      paths: [path, [...parent, meant]],
      text: `${text} is not a setting: did you mean ${meant}?`,
    };
  }
  const group = parent.length === 0 ? 'an environment' : formatPath(parent);
  const offer = known.length > 24 ? 'remove it' : `${group} knows ${known.join(', ')}`;
  return { paths: [path], text: `${text} is not a setting: ${offer}` };
}

/** Formats a path as `users.app.rotation`. Keys with unusual characters are in brackets and quotes. */
export function formatPath(path: Path): string {
  let text = '';
  for (const key of path) {
    const name = String(key);
    if (typeof key === 'number') text += `[${name}]`;
    else if (!/^[A-Za-z_][\w-]{0,63}$/.test(name)) text += `[${quote(name)}]`;
    else text += text === '' ? name : `.${name}`;
  }
  return text;
}

/** Formats any value on one short line. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (typeof value === 'string') return value === '' ? 'an empty string' : quote(value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of settings';
  return `${value as number | boolean}`;
}

function quote(text: string): string {
  const short = text.length > 80 ? `${[...text].slice(0, 77).join('')}…` : text;
  // JSON.stringify does not escape these characters, but a terminal may interpret them.
  return JSON.stringify(short).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether path `a` starts with path `b`, or is a prefix of it. */
export function overlap(a: Path, b: Path): boolean {
  return a.slice(0, b.length).every((key, index) => key === b[index]);
}
