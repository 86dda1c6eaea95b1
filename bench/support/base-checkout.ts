/** The sources of another commit beside this checkout, for benchmarks that measure both in the same run. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { lastLines, run, runHere } from '../../lib/process.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

export interface BaseCheckout {
  /** Holds the files of the commit. */
  readonly folder: string;
  /** The full hash. */
  readonly commit: string;
  /** Removes the folder, and what git knows about it. */
  readonly remove: () => Promise<void>;
}

/**
 * Checks a commit out into a temporary folder. It has no npm packages yet.
 *
 * @param revision anything that git resolves to a commit: `f6a5ad5`, `main`
 * @throws {UserError} when this checkout does not have the commit
 */
export async function baseCheckout(revision: string): Promise<BaseCheckout> {
  const commit = (
    await git(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], () => {
      const remedy = 'fetch the whole history, or name another commit with --base';
      return new UserError(`this checkout does not have the commit ${revision}`, remedy);
    })
  ).trim();
  // git wants a folder that is empty or not there.
  const parent = mkdtempSync(path.join(tmpdir(), 'plinth-base-'));
  const folder = path.join(parent, commit.slice(0, 12));
  const remove = async () => {
    await run('git', ['worktree', 'remove', '--force', folder], { cwd: PROJECT });
    rmSync(parent, { recursive: true, force: true });
    await run('git', ['worktree', 'prune'], { cwd: PROJECT });
  };
  try {
    await git(['worktree', 'add', '--detach', folder, commit]);
  } catch (error) {
    await remove();
    throw error;
  }
  return { folder, commit, remove };
}

/** Gives a checkout the npm packages of this one, if both ask for the same; `false` if they differ. */
export function sharePackages(folder: string): boolean {
  const lock = (root: string) => readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const packages = path.join(PROJECT, 'node_modules');
  if (lock(folder) !== lock(PROJECT) || !existsSync(packages)) return false;
  symlinkSync(packages, path.join(folder, 'node_modules'), 'dir');
  return true;
}

/**
 * Runs the set-up of a checkout: npm packages, tools, images.
 *
 * @throws {UserError} when it fails; what it said is on this terminal
 */
export async function setUp(folder: string): Promise<void> {
  const code = await runHere('node', ['bootstrap/bootstrap.mjs', 'setup'], { cwd: folder });
  if (code === 0) return;
  throw new UserError(`the set-up of ${folder} failed with exit code ${code}`, 'see above');
}

async function git(args: readonly string[], whenItFails?: () => UserError): Promise<string> {
  const { code, stdout, stderr } = await run('git', args, { cwd: PROJECT });
  if (code === 0) return stdout;
  if (whenItFails !== undefined && code === 1) throw whenItFails();
  const command = `git ${args.slice(0, 2).join(' ')}`;
  throw new UserError(`${command} failed (${lastLines(stderr)})`, 'see what git says');
}
