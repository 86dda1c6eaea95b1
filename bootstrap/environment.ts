// What a person's own Pulumi needs to know to work in the checkout. bootstrap/shim/pulumi says the
// same in shell, for everybody else; a test holds the two together.

import { dirname, join } from 'node:path';
import type { Paths } from '../lib/paths.ts';

/** Environment variables for Pulumi in this checkout, without PATH. */
export function pulumiVariables(places: Paths): Readonly<Record<string, string>> {
  return {
    PULUMI_BACKEND_URL: `file://${places.state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: places.passphrase,
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    NODE_COMPILE_CACHE: places.compileCache,
    GOGC: '400',
  };
}

/** Folders that come first on PATH: the checkout's Node, then the command line beside its language host. */
export function pathFolders(places: Paths): readonly string[] {
  return [join(places.root, 'node_modules', '.bin'), dirname(places.pulumiCli)];
}

/** One value as a word of the shell. */
export function shellWord(value: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** The exports as a shell reads them: `eval "$(npx plinth env)"`. */
export function shellExports(places: Paths): string {
  const lines = Object.entries(pulumiVariables(places)).map(
    ([name, value]) => `export ${name}=${shellWord(value)}`,
  );
  const folders = pathFolders(places).map(shellWord).join(':');
  return [...lines, `export PATH=${folders}:"$PATH"`].join('\n');
}
