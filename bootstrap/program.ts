// Programs of ours that run inside containers. They are TypeScript like everything else, but the
// Node of Debian runs JavaScript only: so an image that holds one is built from a folder made here,
// with the types taken out and the npm packages beside it.

import { createRequire } from 'node:module';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { stripped } from './stripped.mjs';

/** A program as JavaScript: its files by path, and the packages it needs. */
export interface Program {
  /** Paths as in the checkout, with `.js` for `.ts`. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders of npm packages by name, those that packages need included. */
  readonly packages: Readonly<Record<string, string>>;
}

/** What follows `from`, `import` or `import(`: the name of another module. */
const IMPORTED = /(\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g;

/** `entry` (relative to `root`) and everything it imports. */
export function programOf(root: string, entry: string): Program {
  const files: Record<string, string> = {};
  const packages: Record<string, string> = {};
  const visit = (path: string): void => {
    const name = path.replace(/\.ts$/, '.js');
    if (Object.hasOwn(files, name)) return;
    const { code, imports } = javascript(readFileSync(join(root, path), 'utf8'), join(root, path));
    files[name] = code;
    for (const source of imports) {
      if (source.startsWith('.')) visit(relative(root, resolve(root, dirname(path), source)));
      else if (!source.startsWith('node:')) addPackage(packages, packageName(source), root);
    }
  };
  visit(entry);
  return { files, packages };
}

/** A module without its types, importing modules without theirs. */
export function javascript(source: string, name = source): { code: string; imports: string[] } {
  const plain = stripped(source, name);
  const imports = [...plain.matchAll(IMPORTED)].map((match) => match[2] ?? '');
  const code = plain.replaceAll(IMPORTED, (whole: string, before: string, name: string) =>
    name.startsWith('.') ? `${before}'${name.replace(/\.ts$/, '.js')}'` : whole,
  );
  return { code, imports };
}

/** The packages' versions by name. */
export function packageVersions({ packages }: Program): Record<string, string> {
  return Object.fromEntries(
    Object.entries(packages).map(([name, folder]) => [name, packageJson(folder).version]),
  );
}

/** Writes a program to an empty folder. */
export function writeProgram({ files, packages }: Program, folder: string): void {
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
  for (const [name, from] of Object.entries(packages)) {
    cpSync(from, join(folder, 'node_modules', name), {
      recursive: true,
      dereference: true,
      filter: (path) => !/\.(d\.c?ts|map|md|umd\.js)$/.test(path),
    });
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
}

/**
 * The folder that an image with a program is built from: its own files, and the program beside them
 * in `program/`. Made anew under another name whenever something in it changes, and never changed.
 *
 * @param tag names the content; the caller computes it from what goes in
 */
export function stage(root: string, context: string, program: Program, tag: string): string {
  const staged = `./.plinth/images/${tag}`;
  const folder = join(root, staged);
  if (existsSync(folder)) return staged;
  const unfinished = `${folder}.${String(process.pid)}`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(join(root, context), unfinished, { recursive: true });
  writeProgram(program, join(unfinished, 'program'));
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process has just made the same one.
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
  return staged;
}

function packageName(source: string): string {
  return source
    .split('/')
    .slice(0, source.startsWith('@') ? 2 : 1)
    .join('/');
}

function addPackage(packages: Record<string, string>, name: string, from: string): void {
  if (Object.hasOwn(packages, name)) return;
  const folder = packageFolder(name, from);
  packages[name] = folder;
  const { dependencies = {} } = packageJson(folder);
  for (const needed of Object.keys(dependencies)) addPackage(packages, needed, folder);
}

function packageJson(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
}

interface PackageJson {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Where Node would look for it, starting from a folder. */
function packageFolder(name: string, from: string): string {
  const places = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  const found = places.map((place) => join(place, name)).find((place) => existsSync(place));
  if (found === undefined) throw new Error(`the npm package ${name} is not installed: run npm ci`);
  return found;
}
