// What `plinth --help` prints. Plain JavaScript without imports: any Node prints it at once, before
// the npm packages are there, and no command is loaded for it.

/** The commands in the order in which help lists them, each with the summary of its own help. */
export const summaries = {
  up: 'bring an environment up, with everything it takes',
  down: 'take an environment down (what happens to its data is in its config)',
  status: 'show the running parts, and what would be lost now',
  urls: 'print endpoints and connection strings (passwords only with --show)',
  alerts: 'list alerts; test receivers; silence an alert',
  logs: 'read what every part says, as one; the slowest statements; a report of pgBadger',
  access: 'who may see what: compare the running server with what was deployed, find mistakes',
  psql: 'open psql, or run a statement, as one of the users',
  doctor: 'list every part of the toolchain: version, origin, and what to do about a missing one',
  setup: 'provide what this machine lacks: Docker, Pulumi, plugins, images',
  recover: 'clear up after a killed `pulumi up` (plain `pulumi` does it by itself)',
  adopts: 'tell whether `up` takes over data that an earlier stack left (exit code 0: yes)',
  env: 'print what a Pulumi of your own needs to know: eval "$(npx plinth env)"',
  backup: 'make a backup now; list, verify or remove backups; make a key',
  restore: 'bring data back: into a new volume first, then switch to it',
  drill: 'restore the newest backup into a server that is thrown away, and look at everything',
  prove: 'prove on a running environment that no tenant reaches the rows of another',
  test: 'run the tests: type check, unit and component tests, and real environments',
  bench: 'measure something side by side, on an environment of its own',
  check: 'types, lint, format and generated files, in seconds',
  docs: 'write the reference of commands and settings: docs/reference/',
  build: 'write what is generated: JSON Schema, reference, programs of images',
};

/**
 * Whether the arguments ask for the list of commands.
 *
 * @param {readonly string[]} args
 */
export function asksForOverview([name]) {
  return name === undefined || ['help', '--help', '-h'].includes(name);
}

/**
 * Whether the arguments ask for the version.
 *
 * @param {readonly string[]} args
 */
export function asksForVersion([name]) {
  return name !== undefined && ['version', '--version'].includes(name);
}

/** The list of commands. */
export function overview() {
  const width = Math.max(...Object.keys(summaries).map((name) => name.length));
  return [
    'plinth: the Postgres platform under an application',
    '',
    '  plinth <command> [options]',
    '',
    ...Object.entries(summaries).map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'plinth <command> --help tells more about one of them, plinth --version which version this is.',
  ].join('\n');
}

/**
 * Prints it; without any command it is the answer to a mistake, with exit code 2.
 *
 * @param {readonly string[]} args
 */
export function printOverview([name]) {
  console.log(overview());
  process.exitCode = name === undefined ? 2 : 0;
}
