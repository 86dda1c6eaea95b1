// What `plinth --version` prints. Plain JavaScript, as any Node prints it before the npm packages are there.

import { readFileSync } from 'node:fs';

/** The version that package.json names. */
export function version() {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return /** @type {{ version: string }} */ (JSON.parse(text)).version;
}

/** Prints it. */
export function printVersion() {
  console.log(`plinth ${version()}`);
}
