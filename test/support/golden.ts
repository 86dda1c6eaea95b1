/** Files that people read and a test compares byte for byte. `UPDATE_GOLDEN=1` writes them anew. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const UPDATE = 'UPDATE_GOLDEN=1 npx jest golden --selectProjects unit';

/**
 * Compares rendered files with the ones below `folder`.
 *
 * @param folder relative to the checkout
 * @param rendered content by path relative to `folder`
 * @returns one sentence for each file that differs, is missing, or is rendered no longer
 */
export function compareGolden(
  folder: string,
  rendered: Readonly<Record<string, string>>,
  update = process.env['UPDATE_GOLDEN'] === '1',
): string[] {
  const root = path.join(PROJECT, folder);
  if (update) write(root, rendered);
  const stored = filesBelow(root);
  const how = `look at it, and if it is meant: ${UPDATE}`;
  const news = Object.entries(rendered).flatMap(([file, text]) => {
    if (!stored.includes(file)) return [`${folder}/${file} is missing: ${how}`];
    const golden = readFileSync(path.join(root, file), 'utf8');
    return golden === text
      ? []
      : [`${folder}/${file} differs in line ${firstDifference(golden, text)}: ${how}`];
  });
  const gone = stored.filter((file) => !Object.hasOwn(rendered, file));
  return [...news, ...gone.map((file) => `${folder}/${file} is rendered no longer: ${how}`)];
}

function write(root: string, rendered: Readonly<Record<string, string>>): void {
  rmSync(root, { recursive: true, force: true });
  for (const [file, text] of Object.entries(rendered)) {
    const target = path.join(root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

function filesBelow(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

/** `3, where "work_mem = 1" became "work_mem = 2"` */
function firstDifference(before: string, after: string): string {
  const [old, young] = [before.split('\n'), after.split('\n')];
  const line = old.findIndex((text, index) => text !== young[index]);
  const at = line < 0 ? old.length : line;
  return `${at + 1}, where ${show(old[at])} became ${show(young[at])}`;
}

function show(line: string | undefined): string {
  return line === undefined ? 'the end' : JSON.stringify(line);
}
