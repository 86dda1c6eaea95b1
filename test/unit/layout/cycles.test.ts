import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const IMPORT = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** What each source imports, types included. */
function importGraph(): ReadonlyMap<string, readonly string[]> {
  const files = execFileSync('git', ['ls-files', '*.ts'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && !file.startsWith('test/'));
  return new Map(
    files.map((file) => {
      const source = readFileSync(path.join(ROOT, file), 'utf8');
      const imports = [...source.matchAll(IMPORT)].map(([, name = '']) =>
        path.posix.join(path.posix.dirname(file), name),
      );
      return [file, imports.filter((name) => files.includes(name))];
    }),
  );
}

/** Groups of files each of which imports all others, directly or not (Tarjan's algorithm). */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.size - 1);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

describe('imports', () => {
  it('finds a cycle through three files', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['a']],
    ]);
    expect(cycles(graph)).toEqual([['a', 'b', 'c']]);
  });

  it('no two files of the product import each other, directly or through others', () => {
    expect(cycles(importGraph())).toEqual([]);
  });
});
