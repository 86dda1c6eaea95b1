// Running other programs.

import { spawn, type SpawnOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Outcome {
  /** Exit code; 127 when the program could not be started, 128 + n when signal n ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Stops the program after that long. @default - never */
  readonly timeoutMs?: number;
  /** Hears each line of output, of both streams, as it comes. */
  readonly onLine?: (line: string) => void;
}

const failedToStart = 127;
const signalBase = 128;

function splitter(onLine: ((line: string) => void) | undefined): (text: string) => void {
  let rest = '';
  return (text) => {
    if (onLine === undefined) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  };
}

/** Runs a program to its end and keeps what it says. Never throws: a failure is an exit code. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const settings: SpawnOptions = {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    };
    const child = spawn(program, [...args], settings);
    let stdout = '';
    let stderr = '';
    const lines = splitter(options.onLine);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      lines(text);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      lines(text);
    });
    child.once('error', (error) =>
      resolve({ code: failedToStart, stdout, stderr: stderr + error.message }),
    );
    child.once('close', (code, signal) =>
      resolve({ code: code ?? signalBase + (signal === null ? 0 : 15), stdout, stderr }),
    );
    // A program that ends without reading is no failure of ours.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Runs a program on this terminal and returns its exit code. */
export function runHere(
  program: string,
  args: readonly string[],
  options: Pick<RunOptions, 'cwd' | 'env'> = {},
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      stdio: 'inherit',
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    // Ctrl-C reaches the program as well, and it is the one to decide what that means.
    const wait = (): void => undefined;
    process.on('SIGINT', wait);
    const end = (code: number): void => {
      process.off('SIGINT', wait);
      resolve(code);
    };
    child.once('error', () => end(failedToStart));
    child.once('exit', (code) => end(code ?? signalBase));
  });
}

const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Full path of a program on PATH or in the system's folders; undefined when there is none. */
export function which(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The last lines of a text, for an error message. */
export function lastLines(text: string, count = 5): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
