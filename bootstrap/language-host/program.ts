// What the language host needs to know about a program: its command line and its packages.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What decides the command line of one run of the program. */
export interface ProgramRun {
  /** Path of the SDK's own runner. */
  readonly runner: string;
  /** Arguments for Node itself, separated by blanks, as `runtime.options.nodeargs` says them. */
  readonly nodeArgs: string;
  /** Flags of the runner; an empty value is left out. */
  readonly flags: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  /** The program's file, or `.` for what package.json names as `main`. */
  readonly entry: string;
  readonly args: readonly string[];
}

/** The command line of a run, without Node itself. */
export function programArguments(run: ProgramRun): string[] {
  return [
    ...run.nodeArgs.split(/\s+/).filter((arg) => arg !== ''),
    run.runner,
    ...Object.entries(run.flags)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `--${name}=${value}`),
    ...(run.dryRun ? ['--dry-run'] : []),
    run.entry,
    ...run.args,
  ];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
  };
}

function readManifest(file: string): Manifest | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined;
}

/** The folder of the nearest package.json at or above `directory`, or undefined. */
function packageRoot(directory: string): string | undefined {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : packageRoot(above);
}

/** Direct dependencies of the program's package with the versions that are installed. */
export function declaredDependencies(directory: string): { name: string; version: string }[] {
  const root = packageRoot(directory);
  if (root === undefined) return [];
  return Object.keys(readManifest(join(root, 'package.json'))?.dependencies ?? {}).flatMap(
    (name) => {
      const installed = readManifest(join(root, 'node_modules', name, 'package.json'));
      return installed?.version === undefined ? [] : [{ name, version: installed.version }];
    },
  );
}

/** A resource plugin the program's packages ask for; `version` without a leading `v`. */
export interface RequiredPlugin {
  readonly name: string;
  readonly version: string;
  readonly server: string;
}

/** Plugins of the program's direct dependencies, as their package.json says under `pulumi`. */
export function requiredPlugins(directory: string): RequiredPlugin[] {
  const root = packageRoot(directory);
  if (root === undefined) return [];
  return declaredDependencies(directory).flatMap(({ name, version }) => {
    const plugin = readManifest(join(root, 'node_modules', name, 'package.json'))?.pulumi;
    if (plugin?.resource !== true) return [];
    return [
      {
        name: plugin.name ?? name.replace('@pulumi/', ''),
        version: (plugin.version ?? version).replace(/^v/, ''),
        server: plugin.server ?? '',
      },
    ];
  });
}
