import { applicationFrom, type DeployedApplication } from '../application.ts';
import { reconcileContainers } from '../reconcile-containers.ts';
import { keepState } from '../backup/state-backup.ts';
import { setup } from '../../bootstrap/setup.ts';
import { duration } from '../../lib/progress.ts';
import { run } from '../../lib/process.ts';
import { services, type ServiceStatus } from '../containers.ts';
import { parsed } from '../logs/parsers.ts';
import { endpointsFrom, maskedUrls, urlsFrom } from '../connections.ts';
import { stackOf, stackOption, type Command, type Values } from '../command.ts';
import { outputs, runPulumi } from '../pulumi.ts';
import { advice, allHealthy, settled, statusTable } from './status.ts';
import { urlList } from './urls.ts';

/** What to try next: the samples of the application. */
export function nextSteps(stack: string, { samples }: DeployedApplication): string {
  const option = stack === 'dev' ? '' : ` --stack ${stack}`;
  return [
    ...samples.flatMap(({ title, tenant, sql }, index) => [
      index === 0 ? `Try it: ${title}` : title,
      '',
      `  npx plinth psql${option}${tenant === undefined ? '' : ` --tenant ${word(tenant)}`} -c ${quoted(sql)}`,
      '',
    ]),
    `Passwords: npx plinth urls${option} --show    Take it down: npx plinth down${option}`,
  ].join('\n');
}

/** A word for the shell, in quotes only where it needs them. */
function word(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How Pulumi is asked for it. */
export function upArguments(values: Values): string[] {
  const refresh = values['refresh'] === true ? ['--refresh'] : [];
  return ['up', '--yes', '--skip-preview', ...refresh, '--stack', stackOf(values)];
}

/**
 * What Pulumi's message leaves out: how the services are now. One that has become healthy meanwhile is not named.
 *
 * @returns lines for a person
 */
export async function explanation(
  all: readonly ServiceStatus[],
  log: (container: string) => Promise<string>,
): Promise<string[]> {
  const ailing = all.filter(({ health }) => health !== 'healthy');
  const said = ailing.map(async ({ part, container, health, words }) => {
    const lines = (await log(container)).split('\n').filter((line) => line.trim() !== '');
    return [
      '',
      `${container} is ${health}${words === undefined ? '' : `: ${words}`}`,
      ...(lines.length === 0 ? ['it has logged nothing'] : ['its last log lines:']),
      ...lines.map((line) => `  ${plain(part, line)}`),
    ];
  });
  if (ailing.length === 0 && all.length > 0) {
    return ['', 'every service is healthy now: run the same command again'];
  }
  return (await Promise.all(said)).flat();
}

function plain(part: string, line: string): string {
  const entry = parsed(part, line);
  return entry === undefined ? line : `${entry.severity.toUpperCase()}: ${entry.text}`;
}

async function lastLines(container: string): Promise<string> {
  const { stdout, stderr } = await run('docker', ['logs', '--tail', '8', container]);
  return stdout + stderr;
}

export const command: Command = {
  summary: 'bring an environment up, with everything it takes',
  details: [
    'Does the set-up, brings back containers that were stopped or removed by hand, then `pulumi up`, then shows what runs and how',
    'to reach it. What was changed by hand inside the server is taken back with --refresh.',
  ].join('\n'),
  options: {
    stack: stackOption,
    refresh: {
      type: 'boolean',
      help: 'look at what is there first, and take back what was changed by hand',
    },
  },
  run: async (values) => {
    const started = Date.now();
    const stack = stackOf(values);
    await setup({ stack });
    await reconcileContainers(stack);
    const code = await runPulumi(upArguments(values));
    if (code !== 0) {
      for (const line of await explanation(await services(stack), lastLines)) console.error(line);
      console.error(
        `\nplinth: pulumi up of ${stack} failed with exit code ${code}: its message is above; ` +
          `'npx plinth status --stack ${stack}' shows what runs`,
      );
      return code;
    }
    const all = await settled(stack);
    const why = await keepState(stack);
    if (why !== undefined) console.error(`the stack's state is not in its backups: ${why}`);
    const out = await outputs(stack);
    console.log(`\n${statusTable(all, Date.now())}`);
    console.log(`\n${urlList(endpointsFrom(out), maskedUrls(urlsFrom(out)))}`);
    console.log(`\n${nextSteps(stack, applicationFrom(out, stack))}`);
    const what = advice(stack, all);
    if (what !== undefined) console.error(`\n${what}`);
    const well = allHealthy(all);
    const says = well ? `✓ ${stack} is up` : `✗ ${stack} is up, and not all of it is well`;
    console.error(`\n${says} (${duration(Date.now() - started)})`);
    return well ? 0 : 1;
  },
};
