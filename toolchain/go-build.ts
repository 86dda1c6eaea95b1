// Building programs from the Go modules below toolchain/go, once per machine and content.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { go } from './go-toolchain.ts';
import { contentTag } from './image-tag.ts';
import { withLock } from './lock.mjs';
import { isMissing, type Context } from './part.ts';
import { Problem } from './problem.ts';
import type { Step } from './progress.ts';
import { lastLines, run } from './run.ts';

/** A set of programs that one Go module makes. */
export interface GoProgram {
  /** Folder below toolchain/go. */
  readonly module: string;
  /** Package to build → name of the program. */
  readonly programs: Readonly<Record<string, string>>;
  /** Variables that are set at link time. */
  readonly variables: Readonly<Record<string, string>>;
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

/** The folder of the shared cache that holds what a module's content makes. */
export function buildFolder(context: Context, program: GoProgram): string {
  const key = contentTag(join(context.places.root, 'toolchain', 'go', program.module), {
    platform: `${process.platform}-${process.arch}`,
    flags: linkerFlags(program.variables),
    programs: JSON.stringify(program.programs),
  });
  return join(context.places.cache, 'built', `${program.module}-${key}`);
}

const unfinishedMark = '.unfinished-';

/** Removes what killed builds of a module have left; the caller holds the module's lock. */
function removeUnfinished(module: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${module}-`) || !name.includes(unfinishedMark)) continue;
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

async function compile(
  context: Context,
  program: GoProgram,
  target: string,
  step: Step,
): Promise<void> {
  const found = await go.find(context);
  if (isMissing(found)) {
    throw new Problem(
      `Pulumi's downloads cannot be reached, so it is to be built here, but ${found.missing}`,
      found.remedy,
    );
  }
  // Beside the target, so that the last step is one rename; what a killed build leaves is nobody's.
  removeUnfinished(program.module, dirname(target));
  const unfinished = mkdtempSync(`${target}${unfinishedMark}`);
  let packages = 0;
  try {
    const { code, stderr } = await run(
      'go',
      [
        'build',
        '-v',
        '-trimpath',
        '-ldflags',
        linkerFlags(program.variables),
        '-o',
        `${unfinished}/`,
        ...Object.keys(program.programs),
      ],
      {
        cwd: join(context.places.root, 'toolchain', 'go', program.module),
        env: {
          CGO_ENABLED: '0',
          GOFLAGS: '-mod=readonly',
          ...(totalmem() > memoryForFewCollectionsBytes ? { GOGC: '800' } : {}),
        },
        onLine: (line) => {
          if (line.startsWith('go: downloading')) step.detail('fetching modules');
          else step.detail(`${String((packages += 1))} packages compiled`);
        },
      },
    );
    if (code !== 0) {
      throw new Problem(
        `go build of toolchain/go/${program.module} failed with exit code ${code}:\n${lastLines(stderr)}`,
        'check that a Go module proxy can be reached (go env GOPROXY) and run again',
      );
    }
    for (const [source, name] of Object.entries(program.programs)) {
      const built = source.replace(/^.*\//, '');
      if (built !== name) renameSync(join(unfinished, built), join(unfinished, name));
    }
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Builds a module's programs unless that was done before; returns the folder they are in. */
export async function build(context: Context, program: GoProgram, step: Step): Promise<string> {
  const target = buildFolder(context, program);
  if (existsSync(target)) return target;
  await withLock(
    join(context.places.cache, 'locks', program.module),
    async () => {
      if (!existsSync(target)) await compile(context, program, target, step);
    },
    (holder) => step.detail(`waiting for process ${holder.pid}, which builds it`),
  );
  return target;
}
