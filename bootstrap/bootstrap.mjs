// The first thing every npm script runs, on whatever Node the machine has: it provides the npm
// packages and with them a Node that runs TypeScript, and hands over to the `plinth` command there.
//
//   node bootstrap/bootstrap.mjs <command> [arguments]

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withLock } from '../lib/lock.mjs';

/** The first Node that runs TypeScript files as they are. */
const needed = [22, 18];
const tickSec = 15;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.plinth-packages');
const command = join(root, 'cli', 'plinth.ts');

function runsTypeScript(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > needed[0] || (major === needed[0] && minor >= needed[1]);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function stop(problem, remedy) {
  say(`plinth: ${problem}: ${remedy}`);
  process.exit(1);
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Whether node_modules is what package-lock.json says; an npm ci by hand counts as well. */
function packagesAreThere() {
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === lockHash();
  const byNpm = join(modules, '.package-lock.json');
  if (!existsSync(byNpm)) return false;
  if (statSync(byNpm).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) return false;
  writeFileSync(stamp, lockHash());
  return true;
}

/** Runs npm; resolves with its exit code and what it said. */
function npm(args, onFail) {
  return new Promise((resolve) => {
    const child = spawn('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.once('error', (error) => onFail(error));
    child.once('close', (code) => resolve({ code, output }));
  });
}

async function installPackages() {
  const started = Date.now();
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say('· npm packages: npm ci');
  const ticker = setInterval(() => say(`  … ${elapsed()}: npm`), tickSec * 1000);
  const noNpm = (error) =>
    stop(`npm could not be started (${error.message})`, 'install npm beside Node and run again');
  let result = await npm(['ci'], noNpm);
  if (result.code !== 0 && result.output.includes('EUSAGE')) {
    // Some registries lack packages of other platforms, and npm ci then calls the lock incomplete.
    say(
      '  npm ci refuses package-lock.json with this registry: npm install --no-save keeps to it as far as it can',
    );
    result = await npm(['install', '--no-save'], noNpm);
  }
  clearInterval(ticker);
  if (result.code !== 0) {
    say(result.output.trimEnd().split('\n').slice(0, 15).join('\n'));
    stop(
      `npm failed with exit code ${result.code} after ${elapsed()}`,
      'its message is above; check that an npm registry can be reached and run again',
    );
  }
  writeFileSync(stamp, lockHash());
  say(`✓ npm packages (${elapsed()})`);
}

async function providePackages() {
  if (packagesAreThere()) return;
  await withLock(
    join(root, '.plinth', 'locks', 'npm'),
    async () => {
      if (!packagesAreThere()) await installPackages();
    },
    (holder) => say(`· npm packages: waiting for process ${holder.pid}, which installs them`),
  );
}

/** The Node that came with the packages. */
function findNode() {
  const places = [
    join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node'),
    join(modules, '.bin', 'node'),
  ];
  const found = places.find((place) => existsSync(place));
  return (
    found ??
    stop(
      `Node ${needed.join('.')} or newer is needed, this is ${process.version}, and npm brought none for ` +
        `${process.platform}-${process.arch}`,
      'install Node 22 or newer and run again',
    )
  );
}

/** Starts the command on another Node, and ends as it ends. */
function runOn(node) {
  const child = spawn(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      join(root, 'bootstrap', 'fast-start.mjs'),
      command,
      ...process.argv.slice(2),
    ],
    { stdio: 'inherit' },
  );
  // The terminal sends its signals to both of us; the command decides when it has ended.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT') child.kill(signal);
    });
  }
  child.once('error', (error) =>
    stop(`the command could not be started (${error.message})`, 'run npm ci'),
  );
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

/** Runs the command in this process. */
async function runHere() {
  const [print] = process.listeners('warning');
  process.removeAllListeners('warning');
  // Node 22 calls running TypeScript an experiment.
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') print?.(warning);
  });
  await import('./fast-start.mjs');
  await import(pathToFileURL(command).href);
}

await providePackages();
if (runsTypeScript(process.version)) await runHere();
else runOn(findNode());
