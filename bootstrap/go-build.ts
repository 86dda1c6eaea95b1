// Building programs from the Go modules below bootstrap/go, once per machine and content.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareCut } from './go-cut.ts';
import type { Cut } from './go-cuts.ts';
import { go } from './go-toolchain.ts';
import { contentTag } from './image-tag.ts';
import { withLock } from '../lib/lock.mjs';
import { isMissing, type Context } from './part.ts';
import { UserError } from '../lib/errors.ts';
import type { Step } from '../lib/progress.ts';
import { lastLines, run } from '../lib/process.ts';

/** A set of programs that one Go module makes. */
export interface GoProgram {
  /** Folder below bootstrap/go. */
  readonly module: string;
  /** Package to build → name of the program. */
  readonly programs: Readonly<Record<string, string>>;
  /** Variables that are set at link time. */
  readonly variables: Readonly<Record<string, string>>;
  /** What is left out of its dependencies. */
  readonly cuts: readonly Cut[];
}

const gib = 1024 ** 3;
/** With much memory the compiler may collect its garbage rarely, which saves a third of the time. */
const memoryForFewCollectionsBytes = 12 * gib;

/** The linker's flags: no symbol tables, and the variables in one order everywhere. */
export function linkerFlags(variables: Readonly<Record<string, string>>): string {
  const settings = Object.keys(variables)
    .sort()
    .map((name) => `-X ${name}=${variables[name] ?? ''}`);
  return ['-s', '-w', ...settings].join(' ');
}

/** What all packages are compiled with: no symbols for a debugger, which the linker would drop anyway. */
const compilerFlags = '-gcflags=all=-dwarf=false';

/** Where it lies what is laid over modules that are built in a changed form. */
function cutsFolder(context: Context): string {
  return join(context.places.root, 'bootstrap', 'go', 'cuts');
}

/** The folder of the shared cache that holds what a module's content makes. */
export function buildFolder(context: Context, program: GoProgram): string {
  const key = contentTag(join(context.places.root, 'bootstrap', 'go', program.module), {
    platform: `${process.platform}-${process.arch}`,
    flags: `${compilerFlags} ${linkerFlags(program.variables)}`,
    cuts: program.cuts.length === 0 ? '' : cutsTag(context, program.cuts),
    programs: JSON.stringify(program.programs),
  });
  return join(context.places.cache, 'built', `${program.module}-${key}`);
}

function cutsTag(context: Context, cuts: readonly Cut[]): string {
  return contentTag(cutsFolder(context), { cuts: JSON.stringify(cuts) });
}

const unfinishedMark = '.unfinished-';

/** Removes what killed builds of a module have left; the caller holds the lock. */
function removeUnfinished(module: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${module}-`) || !name.includes(unfinishedMark)) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function buildArguments(program: GoProgram, into: string): string[] {
  return [
    'build',
    '-v',
    '-trimpath',
    compilerFlags,
    '-ldflags',
    linkerFlags(program.variables),
    '-o',
    `${into}/`,
    ...Object.keys(program.programs),
  ];
}

async function compile(
  context: Context,
  program: GoProgram,
  target: string,
  step: Step,
): Promise<void> {
  const found = await go.find(context);
  if (isMissing(found)) {
    throw new UserError(
      `Pulumi's downloads cannot be reached, so it is to be built here, but ${found.missing}`,
      found.remedy,
    );
  }
  // Beside the target, so that the last step is one rename; what a killed build leaves is nobody's.
  removeUnfinished(program.module, dirname(target));
  const unfinished = mkdtempSync(`${target}${unfinishedMark}`);
  const sources = join(unfinished, 'sources');
  const { root } = context.places;
  const module = join(root, 'bootstrap', 'go', program.module);
  let packages = 0;
  try {
    step.detail('fetching modules');
    const whole = program.cuts.length === 0;
    const folder = whole
      ? module
      : await prepareCut(module, program.cuts, cutsFolder(context), sources);
    const { code, stderr } = await run('go', buildArguments(program, unfinished), {
      cwd: folder,
      env: {
        CGO_ENABLED: '0',
        GOFLAGS: whole ? '-mod=readonly' : '-mod=mod',
        ...(totalmem() > memoryForFewCollectionsBytes ? { GOGC: '800' } : {}),
      },
      onLine: (line) => {
        if (line.startsWith('go: downloading')) step.detail('fetching modules');
        else step.detail(`${String((packages += 1))} packages compiled`);
      },
    });
    if (code !== 0) {
      throw new UserError(
        `go build of bootstrap/go/${program.module} failed with exit code ${code}:\n${lastLines(stderr)}`,
        'check that a Go module proxy can be reached (go env GOPROXY) and run again',
      );
    }
    for (const [source, name] of Object.entries(program.programs)) {
      const built = source.replace(/^.*\//, '');
      if (built !== name) renameSync(join(unfinished, built), join(unfinished, name));
    }
    rmSync(sources, { recursive: true, force: true });
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Builds a module's programs unless that was done before; returns the folder they are in. */
export async function build(context: Context, program: GoProgram, step: Step): Promise<string> {
  const target = buildFolder(context, program);
  if (existsSync(target)) return target;
  // One after the other: a build uses all cores, and the next one finds what they share compiled.
  await withLock(
    join(context.places.cache, 'locks', 'go-build'),
    async () => {
      if (!existsSync(target)) await compile(context, program, target, step);
    },
    (holder) => step.detail(`waiting for process ${holder.pid}, which builds`),
  );
  return target;
}
