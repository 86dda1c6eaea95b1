// Makes the folder in which a Go module is built with parts of its dependencies left out.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cut, Edit } from './go-cuts.ts';
import { UserError } from '../lib/errors.ts';
import { lastLines, run } from '../lib/process.ts';

/** A text with one edit made. Undefined when the text is not the one that the edit was written for. */
export function edited(text: string, { from, until, rest, by }: Edit): string | undefined {
  const start = text.indexOf(from);
  if (start < 0 || text.includes(from, start + from.length)) return undefined;
  if (rest === true) return text.slice(0, start) + by;
  if (until === undefined) return text.slice(0, start) + by + text.slice(start + from.length);
  const end = text.indexOf(until, start + from.length);
  return end < 0 ? undefined : text.slice(0, start) + by + text.slice(end);
}

/** Copies sources so that they can be changed: tests stay behind, and so do the module cache's modes. */
export function copySources(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory()) {
      if (name !== 'testdata' && name !== '.git') copySources(join(from, name), join(to, name));
    } else if (!name.endsWith('_test.go')) {
      copyFileSync(join(from, name), join(to, name));
      chmodSync(join(to, name), 0o644);
    }
  }
}

/** Makes one cut on a copy. */
export function applyCut(cut: Cut, copy: string, laidOver: string): void {
  for (const path of cut.remove ?? []) {
    if (!existsSync(join(copy, path))) throw outdated(cut, path);
    rmSync(join(copy, path), { recursive: true });
  }
  for (const edit of cut.edits ?? []) {
    const file = join(copy, edit.file);
    const text = existsSync(file) ? edited(readFileSync(file, 'utf8'), edit) : undefined;
    if (text === undefined) throw outdated(cut, `${edit.file}: ${edit.from.trim()}`);
    writeFileSync(file, text);
  }
  if (existsSync(laidOver)) copySources(laidOver, copy);
}

function outdated(cut: Cut, what: string): UserError {
  return new UserError(
    `${cut.module} is another version than bootstrap/go-cuts.ts was written for (${what} is not in it)`,
    'bring that file up to the version in go.mod, or build whole with PLINTH_FULL_ENGINE=1',
  );
}

async function go(folder: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, {
    cwd: folder,
    env: { GOFLAGS: '-mod=mod' },
  });
  if (code === 0) return stdout.trim();
  throw new UserError(
    `go ${args.slice(0, 2).join(' ')} failed with exit code ${code}:\n${lastLines(stderr)}`,
    'check that a Go module proxy can be reached (go env GOPROXY) and run again',
  );
}

/**
 * Copies a module of ours and what is cut of its dependencies to `folder`, and has the first use the second.
 *
 * @param source the module of ours
 * @param over folder with what is laid over copies, by module
 * @returns the folder to build in
 */
export async function prepareCut(
  source: string,
  cuts: readonly Cut[],
  over: string,
  folder: string,
): Promise<string> {
  const main = join(folder, 'main');
  copySources(source, main);
  const needed = cuts.filter(({ standIn }) => standIn !== true).map(({ module }) => module);
  if (needed.length > 0) await go(main, 'mod', 'download', ...needed);
  for (const cut of cuts) {
    const copy = join(folder, 'modules', cut.module);
    mkdirSync(dirname(copy), { recursive: true });
    if (cut.standIn !== true) {
      copySources(await go(main, 'list', '-m', '-f', '{{.Dir}}', cut.module), copy);
    }
    applyCut(cut, copy, join(over, cut.module));
  }
  for (const { module } of cuts) {
    await go(main, 'mod', 'edit', `-replace=${module}=${join(folder, 'modules', module)}`);
  }
  return main;
}
