// Pulumi itself: the command line (which is the engine), the language host and the plugins, in the
// places where Pulumi looks for them.

import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { toolchain } from '../config/versions.ts';
import { build, buildFolder, type GoProgram } from './go-build.ts';
import { cuts } from './go-cuts.ts';
import { installFile, installText } from './install-file.ts';
import { officialIsReachable } from './official.ts';
import { runSetup, type Context, type Finding, type Part } from './part.ts';
import type { Step } from '../lib/progress.ts';
import { run } from '../lib/process.ts';

type PluginName = keyof typeof toolchain.plugins;
const pluginNames = Object.keys(toolchain.plugins).sort() as PluginName[];
const release = 'plinth.local/toolchain/providers/release';
/** Lies beside what was built here; official installations have none. */
const mark = 'built-here';
const downloadTimeoutMs = 300_000;

const wholeEngine: GoProgram = {
  module: 'engine',
  programs: { 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi': 'pulumi' },
  variables: {
    'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': `v${toolchain.pulumi}`,
  },
  cuts: [],
};

/** Without the SDKs of clouds, which only a state or a key in one of them needs. */
const leanEngine: GoProgram = { ...wholeEngine, cuts: cuts.engine };

/** The builds of the command line that will do, the one to make first. */
export function enginesFor(
  environment: Readonly<Record<string, string | undefined>>,
): readonly GoProgram[] {
  // One that was built whole can all that the other can, so it stays where it is no longer asked for.
  return environment['PLINTH_FULL_ENGINE'] === '1' ? [wholeEngine] : [leanEngine, wholeEngine];
}

const providers: GoProgram = {
  module: 'providers',
  programs: Object.fromEntries(pluginNames.map((name) => [`./${name}`, pluginProgram(name)])),
  variables: Object.fromEntries(
    pluginNames.map((name) => [
      `${release}.${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      toolchain.plugins[name],
    ]),
  ),
  cuts: cuts.providers,
};

function pluginProgram(name: string): string {
  return `pulumi-resource-${name}`;
}

function pluginFolder(context: Context, name: PluginName): string {
  const folder = `resource-${name}-v${toolchain.plugins[name]}`;
  return join(context.places.pulumiHome, 'plugins', folder);
}

/** What was installed from which build; undefined for official installations. */
function builtFrom(folder: string): string | undefined {
  const file = join(folder, mark);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** A program that is there counts, unless it was built here from something else than what is here now. */
function finding(
  context: Context,
  part: { title: string; version: string; program: string; from: readonly GoProgram[] },
): Finding {
  const { title, version, program, from } = part;
  if (!existsSync(program)) return { missing: `${title} ${version} is missing`, remedy: runSetup };
  const built = builtFrom(dirname(program));
  if (built === undefined) return { version, origin: 'official' };
  if (from.some((one) => built === basename(buildFolder(context, one)))) {
    return { version, origin: 'built here' };
  }
  return { missing: `${title} ${version} was built from an older recipe`, remedy: runSetup };
}

async function download(step: Step, program: string, args: readonly string[]): Promise<boolean> {
  step.detail('official download');
  const { code } = await run(program, args, { timeoutMs: downloadTimeoutMs });
  return code === 0;
}

async function provideCli(context: Context, step: Step): Promise<void> {
  const { pulumiCli, root } = context.places;
  const outdated = builtFrom(dirname(pulumiCli)) !== undefined;
  if (!outdated && (await officialIsReachable(context))) {
    // npm's package `pulumi` is the official installer: it downloads on first use.
    const installer = join(root, 'node_modules', '.bin', 'pulumi');
    if ((await download(step, installer, ['version'])) && existsSync(pulumiCli)) return;
  }
  const [engine = leanEngine] = enginesFor(process.env);
  const folder = await build(context, engine, step);
  installFile(join(folder, 'pulumi'), pulumiCli);
  installText(`${basename(folder)}\n`, join(dirname(pulumiCli), mark));
}

async function providePlugin(context: Context, step: Step, name: PluginName): Promise<void> {
  const folder = pluginFolder(context, name);
  const outdated = builtFrom(folder) !== undefined;
  if (!outdated && (await officialIsReachable(context))) {
    await context.ready('pulumi');
    const version = `v${toolchain.plugins[name]}`;
    const args = ['plugin', 'install', 'resource', name, version];
    if (await download(step, context.places.pulumiCli, args)) return;
  }
  const built = await context.once('providers', async () => {
    // After the command line, so that what they share is compiled by then. Its failures are reported there.
    await context.ready('pulumi').catch(() => undefined);
    return build(context, providers, step);
  });
  installFile(join(built, pluginProgram(name)), join(folder, pluginProgram(name)));
  installText(`${basename(built)}\n`, join(folder, mark));
}

export const pulumiCli: Part = {
  id: 'pulumi',
  title: 'Pulumi CLI',
  needs: [],
  find: (context) =>
    Promise.resolve(
      finding(context, {
        title: 'the Pulumi CLI',
        version: toolchain.pulumi,
        program: context.places.pulumiCli,
        from: enginesFor(process.env),
      }),
    ),
  how: 'downloading or building',
  provide: provideCli,
};

const hostFiles = ['host.ts', 'program.ts', 'package.json'];
const launcher = 'pulumi-language-nodejs';

function hostFolder(context: Context): string {
  return join(dirname(dirname(context.places.pulumiCli)), 'plinth-language-host');
}

function sameContent(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && readFileSync(one).equals(readFileSync(other));
}

/** Pairs of a file in the checkout and where it is installed. */
function hostPairs(context: Context): readonly (readonly [string, string])[] {
  const source = join(context.places.root, 'bootstrap', 'language-host');
  return [
    ...hostFiles.map((file) => [join(source, file), join(hostFolder(context), file)] as const),
    [join(source, launcher), join(dirname(context.places.pulumiCli), launcher)],
  ];
}

function findHost(context: Context): Finding {
  const installed = join(dirname(context.places.pulumiCli), launcher);
  const version = toolchain.pulumi;
  if (!existsSync(installed)) {
    return { missing: `the Node language host ${version} is missing`, remedy: runSetup };
  }
  if (!existsSync(hostFolder(context))) return { version, origin: 'official' };
  return hostPairs(context).every(([source, target]) => sameContent(source, target))
    ? { version, origin: 'built here' }
    : { missing: 'the Node language host was installed from an older recipe', remedy: runSetup };
}

async function provideHost(context: Context): Promise<void> {
  for (const [source, target] of hostPairs(context)) {
    const executable = target.endsWith(launcher);
    installText(readFileSync(source, 'utf8'), target, executable ? 0o755 : 0o644);
  }
  await Promise.resolve();
}

export const languageHost: Part = {
  id: 'language-host',
  title: 'Node language host',
  // The official one comes with the command line.
  needs: ['pulumi'],
  find: (context) => Promise.resolve(findHost(context)),
  how: 'installing beside the CLI',
  provide: provideHost,
};

export const plugins: readonly Part[] = pluginNames.map((name) => ({
  id: `plugin-${name}`,
  title: `Plugin ${name}`,
  needs: [],
  find: (context) =>
    Promise.resolve(
      finding(context, {
        title: `the plugin ${name}`,
        version: toolchain.plugins[name],
        program: join(pluginFolder(context, name), pluginProgram(name)),
        from: [providers],
      }),
    ),
  how: 'downloading or building',
  provide: (context, step) => providePlugin(context, step, name),
}));
