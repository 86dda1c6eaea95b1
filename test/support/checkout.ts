import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const run = promisify(execFile);
const PROJECT = path.resolve(import.meta.dirname, '../..');
const MAX_OUTPUT = 64 * 1024 * 1024;

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * This project in a folder of its own, as a clone would have it: what git knows and has not been told to ignore, so no
 * state and no passphrase; and the npm packages.
 */
export class Checkout {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'plinth-checkout-'));
  private readonly stack: string;

  private constructor(stack: string) {
    this.stack = stack;
  }

  /** @param settings the environment's file, below `config:` */
  static async create(
    stack: string,
    settings: Readonly<Record<string, unknown>>,
  ): Promise<Checkout> {
    const checkout = new Checkout(stack);
    const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: PROJECT,
      maxBuffer: MAX_OUTPUT,
    });
    for (const file of stdout.split('\0').filter((name) => name !== '')) {
      const to = path.join(checkout.folder, file);
      mkdirSync(path.dirname(to), { recursive: true });
      cpSync(path.join(PROJECT, file), to, { force: true, preserveTimestamps: true });
      // The line that belongs to a passphrase, which git leaves out.
      if (/^Pulumi\.\w+\.yaml$/.test(file)) {
        writeFileSync(to, readFileSync(to, 'utf8').replace(/^encryptionsalt:.*\n/m, ''));
      }
    }
    // The same bytes under other names: an npm ci in there takes nothing away from here.
    const packages = ['node_modules', path.join(checkout.folder, 'node_modules')] as const;
    await run('cp', ['-al', ...packages], { cwd: PROJECT }).catch(() =>
      run('cp', ['-a', ...packages], { cwd: PROJECT }),
    );
    writeFileSync(
      path.join(checkout.folder, `Pulumi.${stack}.yaml`),
      stringify({ config: settings }),
    );
    return checkout;
  }

  /** What `npx plinth setup` does. */
  async setup(): Promise<void> {
    const { code, stderr } = await this.run('setup');
    if (code !== 0) throw new Error(`plinth setup ended with ${String(code)}\n${stderr}`);
  }

  /** `plinth <words> --stack …`, as typed in the folder. */
  async plinth(...words: string[]): Promise<Said> {
    return this.run(...words, '--stack', this.stack);
  }

  private async run(...words: string[]): Promise<Said> {
    const program = path.join(this.folder, 'cli/plinth.mjs');
    const env = { ...process.env, NO_COLOR: '1', PULUMI_BACKEND_URL: undefined };
    try {
      const said = await run(process.execPath, [program, ...words], {
        cwd: this.folder,
        env,
        maxBuffer: MAX_OUTPUT,
      });
      return { code: 0, ...said };
    } catch (error) {
      const { code, stdout, stderr } = error as Said;
      return { code, stdout, stderr };
    }
  }

  /** The same, which must succeed; its standard output. */
  async expect(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.plinth(...words);
    if (code === 0) return stdout;
    throw new Error(`plinth ${words.join(' ')} ended with ${String(code)}\n${stdout}\n${stderr}`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
