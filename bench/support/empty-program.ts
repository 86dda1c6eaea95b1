/** A Pulumi program without resources: what a preview costs before there is anything to look at. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pulumiVariables } from '../../bootstrap/environment.ts';
import { places } from '../../lib/paths.ts';

const STACK = 'empty';

export interface EmptyProgram {
  /** A preview, as a command line. */
  readonly preview: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly remove: () => void;
}

/** Makes it in a folder of its own, with this checkout's CLI, language host, SDK and caches, and brings it up. */
export function emptyProgram(): EmptyProgram {
  const here = places();
  const cwd = mkdtempSync(join(tmpdir(), 'plinth-empty-'));
  const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  mkdirSync(join(cwd, 'state'));
  symlinkSync(join(here.root, 'node_modules'), join(cwd, 'node_modules'));
  write('index.js', '');
  write('package.json', '{ "dependencies": { "@pulumi/pulumi": "*" } }\n');
  write('Pulumi.yaml', 'name: empty\nruntime: { name: nodejs, options: { typescript: false } }\n');
  const env = {
    ...process.env,
    ...pulumiVariables(here),
    PULUMI_BACKEND_URL: `file://${cwd}/state`,
    PULUMI_CONFIG_PASSPHRASE: 'only-for-this-benchmark',
    PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
  };
  const pulumi = (...args: string[]) => [here.pulumiCli, ...args, '--non-interactive'];
  for (const args of [
    pulumi('stack', 'init', STACK),
    pulumi('up', '--yes', '--skip-preview', '--stack', STACK),
  ]) {
    const { status, stderr } = spawnSync(args[0] ?? '', args.slice(1), {
      cwd,
      env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}\n${stderr}`);
  }
  return {
    preview: pulumi('preview', '--stack', STACK),
    cwd,
    env,
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  };
}
