// The first thing every npm script runs, on whatever Node the machine has: it provides the npm
// packages and with them a Node that runs TypeScript, and hands over to the `plinth` command there.
//
//   node toolchain/bootstrap.mjs <command> [arguments]

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

/** The first Node that runs TypeScript files as they are. */
const needed = [22, 18];
const tickSec = 15;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.plinth-packages');

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

function npmCi() {
  return new Promise((resolve) => {
    const started = Date.now();
    const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`;
    say('· npm packages: npm ci');
    const ticker = setInterval(() => say(`  … ${elapsed()}: npm ci`), tickSec * 1000);
    // npm's own Node may be told by the environment to use other settings; only its output matters.
    const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', (error) => {
      clearInterval(ticker);
      stop(`npm could not be started (${error.message})`, 'install npm beside Node and run again');
    });
    child.once('exit', (code) => {
      clearInterval(ticker);
      if (code !== 0) {
        stop(
          `npm ci failed with exit code ${code} after ${elapsed()}`,
          'its message is above; check that an npm registry can be reached and run again',
        );
      }
      writeFileSync(stamp, lockHash());
      say(`✓ npm packages (${elapsed()})`);
      resolve();
    });
  });
}

async function providePackages() {
  if (packagesAreThere()) return;
  await withLock(
    join(root, '.plinth', 'locks', 'npm'),
    async () => {
      if (!packagesAreThere()) await npmCi();
    },
    (holder) => say(`· npm packages: waiting for process ${holder.pid}, which installs them`),
  );
}

/** A Node that runs TypeScript: this one, or the one that came with the packages. */
function findNode() {
  if (runsTypeScript(process.version)) return process.execPath;
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

await providePackages();

const child = spawn(
  findNode(),
  [
    '--disable-warning=ExperimentalWarning',
    join(root, 'cli', 'plinth.ts'),
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
child.once('error', (error) => stop(`the command could not be started (${error.message})`, 'run npm ci'));
child.once('exit', (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});
