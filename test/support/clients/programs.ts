/** Runs the clients' programs: Node's on this machine, Python's in a container beside the pooler. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { baseTag } from '../../../bootstrap/image-list.ts';
import { contentTag } from '../../../bootstrap/image-tag.ts';
import { run, type Outcome } from '../../../lib/process.ts';
import { docker } from '../stack.ts';

export const CHECKOUT = path.resolve(import.meta.dirname, '../../..');
const EXAMPLES = path.join(CHECKOUT, 'examples/clients');
const HERE = import.meta.dirname;
const PRISMA_SOURCES = path.join(HERE, 'prisma');
/** Far above what a task takes; a client that hangs is told as such. */
const LIMIT_MS = 300_000;

export interface Order {
  readonly client: string;
  readonly task: 'load' | 'session' | 'faults' | 'tokens' | 'extension';
  readonly url: string;
}

/** Runs one task of a client to its end; its report. */
export type Program = (order: Order & Readonly<Record<string, unknown>>) => Promise<unknown>;

/**
 * Prisma with a client generated from examples/clients/schema.prisma: from the npm registry once for each
 * lock file, kept in the checkout.
 *
 * @returns the folder of its packages
 */
export async function providePrisma(): Promise<string> {
  const folder = path.join(CHECKOUT, '.plinth/test-prisma');
  const modules = path.join(folder, 'node_modules');
  const stamp = path.join(modules, '.tag');
  const tag = contentTag(PRISMA_SOURCES);
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json', 'types.ts.txt'])
    copyFileSync(path.join(PRISMA_SOURCES, file), path.join(folder, file.replace(/\.txt$/, '')));
  copyFileSync(path.join(EXAMPLES, 'prisma.ts'), path.join(folder, 'with-tenant.ts'));
  copyFileSync(path.join(EXAMPLES, 'schema.prisma'), path.join(folder, 'schema.prisma'));
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== tag) {
    succeeded(
      'npm ci for Prisma (does an npm registry answer?)',
      await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder }),
    );
    writeFileSync(stamp, tag);
  }
  rmSync(path.join(folder, 'generated'), { recursive: true, force: true });
  succeeded(
    'prisma generate',
    await run(process.execPath, [path.join(modules, 'prisma/build/index.js'), 'generate'], {
      cwd: folder,
      // Given a program, it downloads no engine; generating a client starts none either.
      env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
    }),
  );
  return folder;
}

/** What the compiler says of prisma/types.ts.txt; empty when nothing. */
export async function prismaTypes(folder: string): Promise<string> {
  const compiler = path.join(CHECKOUT, 'node_modules/typescript/bin/tsc');
  const roots = path.join(CHECKOUT, 'node_modules/@types');
  const { stdout, stderr } = await run(
    process.execPath,
    [
      ...[
        compiler,
        '--ignoreConfig',
        '--noEmit',
        '--strict',
        '--exactOptionalPropertyTypes',
        '--skipLibCheck',
      ],
      ...['--target', 'es2024', '--module', 'nodenext', '--allowImportingTsExtensions'],
      ...['--types', 'node', '--typeRoots', roots, 'types.ts'],
    ],
    { cwd: folder },
  );
  return stdout + stderr;
}

/** @param prisma folder of Prisma's packages */
export function nodeProgram(prisma: string): Program {
  return async (order) => {
    const input = JSON.stringify({ ...order, folder: prisma });
    const program = path.join(HERE, 'run.ts');
    return report(await run(process.execPath, [program], { input, timeoutMs: LIMIT_MS }));
  };
}

/** The image with SQLAlchemy, from Debian's packages. */
export async function providePython(): Promise<string> {
  const base = baseTag(CHECKOUT);
  const image = `plinth/test-python:${base}`;
  const folder = path.join(HERE, 'python');
  const args = ['build', '--build-arg', `BASE=plinth/base:${base}`, '--tag', image, folder];
  succeeded(
    'the Python image (does the Debian mirror answer?)',
    await run('docker', args, { env: { DOCKER_BUILDKIT: '0' } }),
  );
  return image;
}

/**
 * @param image with SQLAlchemy
 * @param network where the pooler is `pgbouncer`
 */
export function pythonProgram(image: string, network: string): Program {
  return async (order) => {
    const url = new URL(order.url);
    url.host = 'pgbouncer:6432';
    const limit = ['timeout', String(LIMIT_MS / 1000)];
    const id = await docker(
      ...[
        'create',
        '-i',
        '--network',
        network,
        '--label',
        `plinth.stack=${network.slice('plinth-'.length)}`,
      ],
      ...[image, ...limit, 'python3', 'run.py'],
    );
    try {
      await docker('cp', `${path.join(HERE, 'python')}/.`, `${id}:/tmp/`);
      await docker('cp', path.join(EXAMPLES, 'tenant.py'), `${id}:/tmp/`);
      const input = JSON.stringify({ ...order, url: url.href });
      return report(await run('docker', ['start', '--attach', '--interactive', id], { input }));
    } finally {
      await docker('rm', '-f', id);
    }
  };
}

function report(outcome: Outcome): unknown {
  succeeded('a client under test', outcome);
  return JSON.parse(outcome.stdout);
}

function succeeded(what: string, { code, stdout, stderr }: Outcome): void {
  if (code !== 0)
    throw new Error(`${what} ended with ${code}\n${`${stdout}\n${stderr}`.slice(-4000)}`);
}
