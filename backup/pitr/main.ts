// plinth-backup pitr: point-in-time recovery.

import { parseArgs } from 'node:util';
import { jsonLog, errorMessage, textLog } from '../../lib/json-log.ts';
import { serveHttp } from '../../lib/http-server.ts';
import { httpPort } from '../store/paths.ts';
import { loadSettings } from '../settings.ts';
import { labelProblem } from '../store/id.ts';
import { listInWords, listOf, metricsOf, metricsText } from './facts.ts';
import type { BackupType } from './info.ts';
import { check, makeLabel, refuseTaken, takeBackup, verify } from './jobs.ts';
import { parseInstant } from './instant.ts';
import { LOCKED, PgbackrestFailed } from './pgbackrest.ts';
import { leftBehindIn, readInfo, readRepository, walRangesIn, withTimes } from './repository.ts';
import { restoreTo } from './restore.ts';
import { liveState, noteVerified, PointInTimeService } from './serve.ts';
import { VOLUME } from './settings.ts';
import type { Target } from './target.ts';
import { parseLsn } from './wal.ts';

const USAGE = `plinth-backup pitr <command>

  serve                                       makes backups on a schedule; metrics on port 9188
  now [--type full|diff|incr] [--label x]     makes a backup now; the label is a recovery target
  list                                        lists the backups, labels and reachable times
  check                                       checks that WAL is archived without gaps
  verify                                      verifies the whole repository
  status                                      prints the metrics
  restore --to-time <time with zone> | --to-label <label> | --to-lsn <position> | --latest
          --environment <stack>               the environment that the data is for (default: the stack of this container)
          [--timeline <n>]                    an older timeline, from before an earlier restore
          [--to <folder>]                     the volume (default ${VOLUME})

  --json prints the output as JSON`;

const EXIT = { ok: 0, failed: 1, usage: 2, busy: 75 } as const;

class Usage extends Error {}

/** @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    console.log(USAGE);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const stop = new AbortController();
  const onStop = (): void => stop.abort(new Error('it was stopped'));
  process.once('SIGTERM', onStop).once('SIGINT', onStop);
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw new Usage(`there is no command ${JSON.stringify(name)}`);
    return await command(parse(rest), stop.signal);
  } catch (error) {
    if (error instanceof Usage) {
      console.error(`${error.message}\n\n${USAGE}`);
      return EXIT.usage;
    }
    if (name === 'serve' && stop.signal.aborted) return EXIT.ok;
    console.error(`pitr: ${errorMessage(error)}`);
    return error instanceof PgbackrestFailed && error.code === LOCKED ? EXIT.busy : EXIT.failed;
  } finally {
    process.off('SIGTERM', onStop).off('SIGINT', onStop);
  }
}

type Options = ReturnType<typeof parse>;
type Command = (options: Options, signal: AbortSignal) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  serve,
  now,
  list,
  check: isWhole,
  verify: verifyAll,
  status,
  restore,
};

/** @throws Usage */
function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        type: { type: 'string' },
        label: { type: 'string' },
        json: { type: 'boolean', default: false },
        latest: { type: 'boolean', default: false },
        'to-time': { type: 'string' },
        'to-label': { type: 'string' },
        'to-lsn': { type: 'string' },
        timeline: { type: 'string' },
        environment: { type: 'string' },
        to: { type: 'string', default: VOLUME },
      },
    });
    return values;
  } catch (error) {
    throw new Usage(errorMessage(error));
  }
}

async function serve(_options: Options, signal: AbortSignal): Promise<number> {
  const { pointInTime, timezone } = loadSettings();
  if (pointInTime === undefined) {
    throw new Error(
      'the settings have no pointInTime: this container needs point-in-time recovery to be enabled',
    );
  }
  const log = jsonLog('pitr');
  const service = new PointInTimeService({ settings: pointInTime, timezone, log, signal });
  const server = await serveHttp(
    {
      metrics: async () => metricsText(service.metrics()),
      health: async () => ({
        healthy: service.problem === undefined,
        reason: service.problem ?? 'ok',
      }),
    },
    httpPort,
  );
  try {
    await service.run();
  } finally {
    server.close();
  }
  return EXIT.ok;
}

async function now({ type, label, json }: Options, signal: AbortSignal): Promise<number> {
  const wanted = type ?? 'incr';
  if (!isType(wanted)) throw new Usage(`--type is ${wanted}, but must be full, diff or incr`);
  const problem = label === undefined ? undefined : labelProblem(label);
  if (problem !== undefined) throw new Usage(problem);
  const log = textLog('pitr');
  const options = { onMessage: (message: string) => log.info(message), signal };
  const before = await readInfo(signal);
  if (label !== undefined) refuseTaken(label, before.restorePoints);
  const first = !before.backups.some(
    ({ type: kind, archiveId }) => kind === 'full' && archiveId === before.currentArchiveId,
  );
  if (label !== undefined && first) await takeBackup('full', options);
  const point = label === undefined ? undefined : await makeLabel(label, options);
  await takeBackup(wanted, { ...options, label });
  const { backups } = await readInfo(signal);
  const taken = backups.at(-1);
  if (json) {
    console.log(
      JSON.stringify({
        id: taken?.id,
        type: taken?.type,
        label: label ?? null,
        lsn: point?.lsn ?? null,
      }),
    );
  }
  return EXIT.ok;
}

async function list({ json }: Options, signal: AbortSignal): Promise<number> {
  const repository = await readRepository(signal);
  const reaches = await withTimes(walRangesIn(repository), signal);
  const leftBehind = await withTimes(leftBehindIn(repository), signal);
  const listed = listOf(repository.info, reaches, leftBehind, liveState());
  console.log(json ? JSON.stringify(listed, null, 2) : listInWords(listed));
  return EXIT.ok;
}

async function isWhole(_options: Options, signal: AbortSignal): Promise<number> {
  await check({ signal });
  console.log('WAL is archived without gaps');
  return EXIT.ok;
}

async function verifyAll({ json }: Options, signal: AbortSignal): Promise<number> {
  const problems = await verify({ signal });
  noteVerified(problems);
  if (json) console.log(JSON.stringify({ ok: problems.length === 0, problems }, null, 2));
  else
    console.log(
      problems.length === 0
        ? 'the repository is complete and all checksums match'
        : problems.join('\n'),
    );
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

async function status({ json }: Options, signal: AbortSignal): Promise<number> {
  const live = liveState();
  if (live === undefined)
    throw new Error(
      '`pitr serve` does not run in this container: run this command in the container that runs it',
    );
  const metrics = Object.entries(metricsOf(await readInfo(signal), live)).map(
    ([name, { value }]) => [name, value] as const,
  );
  if (json) console.log(JSON.stringify({ metrics: Object.fromEntries(metrics) }, null, 2));
  else console.log(metrics.map(([name, value]) => `${name} ${String(value)}`).join('\n'));
  return EXIT.ok;
}

async function restore(options: Options, signal: AbortSignal): Promise<number> {
  const target = targetOf(options);
  const timeline = options.timeline === undefined ? undefined : Number(options.timeline);
  if (timeline !== undefined && !(Number.isInteger(timeline) && timeline > 0)) {
    throw new Usage(
      `--timeline is ${String(options.timeline)}, but must be a whole number from 1 on`,
    );
  }
  const log = textLog('pitr');
  const restored = await restoreTo({
    target,
    timeline,
    environment: options.environment ?? loadSettings().stack,
    volume: options.to,
    onStep: (step) => log.info(step),
    signal,
  });
  const { backup, lastCommitAt, lsn } = restored;
  log.info(
    `done: backup ${backup} and its WAL up to ${lsn}, last transaction ${lastCommitAt ?? 'before the end of the backup'}`,
  );
  if (options.json) console.log(JSON.stringify(restored, null, 2));
  return EXIT.ok;
}

/** @throws Usage */
export function targetOf(
  options: Pick<Options, 'latest'> & Partial<Pick<Options, 'to-time' | 'to-label' | 'to-lsn'>>,
): Target {
  const { latest, 'to-time': time, 'to-label': label, 'to-lsn': position } = options;
  const given = [latest ? 'latest' : undefined, time, label, position].filter(
    (each) => each !== undefined,
  );
  if (given.length !== 1)
    throw new Usage(
      'give exactly one recovery target: --to-time, --to-label, --to-lsn or --latest',
    );
  if (latest) return { kind: 'latest' };
  if (label !== undefined) return { kind: 'label', label };
  if (time !== undefined) {
    try {
      return { kind: 'time', at: parseInstant(time) };
    } catch (error) {
      throw new Usage(errorMessage(error));
    }
  }
  const lsn = parseLsn(position ?? '');
  if (lsn === undefined)
    throw new Usage(`--to-lsn is ${String(position)}, but must be like 0/5000130`);
  return { kind: 'lsn', lsn };
}

function isType(value: string): value is BackupType {
  return ['full', 'diff', 'incr'].includes(value);
}
