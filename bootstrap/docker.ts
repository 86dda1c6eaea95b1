// The Docker engine: found where it answers, started where it is installed, installed on Debian.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canInstall, distribution, install } from './apt.ts';
import { withLock } from '../lib/lock.mjs';
import type { Context, Finding, Part } from './part.ts';
import type { Paths } from '../lib/paths.ts';
import { runSetup } from './part.ts';
import { UserError } from '../lib/errors.ts';
import type { Step } from '../lib/progress.ts';
import { lastLines, run, which } from '../lib/process.ts';

const packages = ['docker.io', 'iptables', 'ca-certificates'];
const answerTimeoutMs = 20_000;
const startTimeoutMs = 60_000;
const pollMs = 300;
const pidFile = '/var/run/docker.pid';

/** The engine's version; undefined when none answers. */
async function engineVersion(): Promise<string | undefined> {
  if (which('docker') === undefined) return undefined;
  const { code, stdout } = await run('docker', ['version', '--format', '{{.Server.Version}}'], {
    timeoutMs: answerTimeoutMs,
  });
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

async function find(): Promise<Finding> {
  const version = await engineVersion();
  if (version !== undefined) return { version, origin: 'system' };
  const host = process.env['DOCKER_HOST'];
  if (host !== undefined && host !== '') {
    return {
      missing: `no Docker engine answers at DOCKER_HOST=${host}`,
      remedy: 'start it, or unset DOCKER_HOST to use the one of this machine',
    };
  }
  if (which('docker') !== undefined && which('dockerd') === undefined && !canInstall()) {
    return {
      missing: 'no Docker engine answers and none is installed here',
      remedy: "start Docker, or check with 'docker version' that this user may talk to it",
    };
  }
  return which('dockerd') === undefined
    ? { missing: 'Docker is not installed', remedy: runSetup }
    : { missing: 'Docker is installed, but its engine does not answer', remedy: runSetup };
}

function asRootOrFail(): void {
  if (process.getuid?.() === 0) return;
  throw new UserError(
    'the Docker engine does not answer, and only root can start it',
    "run 'sudo systemctl start docker' (or 'sudo dockerd'), make this user a member of the group docker, and run again",
  );
}

/** A pid file of an engine that is gone keeps the next one from starting. */
function removeStalePidFile(): void {
  if (!existsSync(pidFile)) return;
  const pid = readFileSync(pidFile, 'utf8').trim();
  let name = '';
  try {
    name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    // No such process: nobody holds the file.
  }
  if (name !== 'dockerd') rmSync(pidFile, { force: true });
}

/** Where the engine that set-up starts writes its log. */
export function engineLog(places: Paths): string {
  const system = '/var/log';
  return existsSync(system) ? join(system, 'dockerd.log') : join(places.cache, 'dockerd.log');
}

async function waitUntilItAnswers(log: string, ended: () => number | undefined): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if ((await engineVersion()) !== undefined) return;
    const code = ended();
    if (code !== undefined) {
      const said = existsSync(log) ? lastLines(readFileSync(log, 'utf8')) : '';
      throw new UserError(`dockerd ended with exit code ${code}:\n${said}`, `see ${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new UserError(`dockerd does not answer after ${startTimeoutMs / 1000} s`, `see ${log}`);
}

/** Starts the engine by itself, on a machine without a service manager; it outlives this process. */
async function startByHand(places: Paths): Promise<void> {
  const program = which('dockerd');
  if (program === undefined) {
    throw new UserError('there is no dockerd', 'install Docker Engine from your distribution');
  }
  removeStalePidFile();
  const log = engineLog(places);
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a');
  const child = spawn(program, [], { detached: true, stdio: ['ignore', output, output], cwd: '/' });
  closeSync(output);
  let code: number | undefined;
  child.once('exit', (exit) => {
    code = exit ?? 1;
  });
  child.once('error', () => {
    code = 1;
  });
  child.unref();
  await waitUntilItAnswers(log, () => code);
}

async function start(places: Paths): Promise<void> {
  if ((await engineVersion()) !== undefined) return;
  if (existsSync('/run/systemd/system')) {
    await run('systemctl', ['start', 'docker']);
    await waitUntilItAnswers('the journal: journalctl -u docker', () => undefined);
    return;
  }
  await startByHand(places);
}

async function provide(context: Context, step: Step): Promise<void> {
  if (which('dockerd') === undefined) {
    if (!canInstall()) {
      throw new UserError(
        `Docker is missing and cannot be installed by itself on ${distribution()} as this user`,
        'install Docker Engine from your distribution, start it, and run again',
      );
    }
    step.detail('apt-get');
    await install(context, packages);
  }
  asRootOrFail();
  step.detail('starting dockerd');
  await withLock(join(context.places.cache, 'locks', 'dockerd'), () => start(context.places));
}

export const docker: Part = {
  id: 'docker',
  title: 'Docker engine',
  needs: [],
  find,
  how: 'installing and starting',
  provide,
};
