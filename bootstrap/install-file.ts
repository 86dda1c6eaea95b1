import { copyFileSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A name beside `target` that nobody else uses. */
function beside(target: string): string {
  mkdirSync(dirname(target), { recursive: true });
  return `${target}.${process.pid}.${Date.now().toString(36)}`;
}

/**
 * Puts a file to where it is used, in one step: a program that runs keeps its old file. A hard link
 * where the file system allows it, so that it costs no space.
 */
export function installFile(source: string, target: string): void {
  const temporary = beside(target);
  try {
    try {
      linkSync(source, temporary);
    } catch {
      copyFileSync(source, temporary);
    }
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Writes a file in one step. */
export function installText(text: string, target: string, mode = 0o644): void {
  const temporary = beside(target);
  try {
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}
