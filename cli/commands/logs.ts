import { join } from 'node:path';
import { UserError } from '../../lib/errors.ts';
import {
  jsonOption,
  onlyTakes,
  stackOf,
  stackOption,
  text,
  UsageError,
  type Command,
  type Values,
} from '../command.ts';
import type { Entry } from '../logs/entry.ts';
import { countOf, filterOf, partsOf, type Filter } from '../logs/filter.ts';
import { follow } from '../logs/follow.ts';
import { lastOf, merged } from '../logs/merge.ts';
import { report } from '../logs/report.ts';
import { asJson, shown } from '../logs/show.ts';
import { past, sourcesOf, type Source, type Span } from '../logs/source.ts';
import { Summing, summaryText } from '../logs/summary.ts';
import { parseTimestamp } from '../time-options.ts';

const LINES = 200;
const DAY = '24h';
/** What is said in the last moment may not be written yet; from there on it is followed instead. */
const OVERLAP_MS = 2000;

/** What each subcommand takes beside `--stack`; `show` is what no word means. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  show: ['part', 'since', 'until', 'severity', 'grep', 'lines', 'follow', 'json'],
  summary: ['part', 'since', 'until', 'severity', 'grep', 'json'],
  report: ['since', 'until', 'output'],
};

/**
 * Which of the subcommands was typed.
 *
 * @throws UsageError with what is allowed
 */
export function logsRequestOf(values: Values, [name = 'show', ...more]: readonly string[]): string {
  const takes = Object.hasOwn(TAKES, name) ? TAKES[name] : undefined;
  if (takes === undefined || more.length > 0) {
    throw new UsageError(
      `plinth logs does not know ${JSON.stringify([name, ...more].join(' '))}: it has ${Object.keys(TAKES).join(', ')}; parts are named with --part`,
    );
  }
  onlyTakes(`logs ${name}`, values, takes);
  if (values['follow'] === true && values['until'] !== undefined) {
    throw new UsageError('--follow has no end, so --until cannot be with it');
  }
  return name;
}

/**
 * The time that is asked for.
 *
 * @throws UsageError with what is allowed
 */
export function spanFrom(values: Values, now: Date, fallback?: string): Span {
  const since = text(values, 'since') ?? fallback;
  const until = text(values, 'until');
  const from = since === undefined ? undefined : parseTimestamp('since', since, now);
  const to = until === undefined ? undefined : parseTimestamp('until', until, now);
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError('--until is not after --since');
  }
  return {
    ...(from === undefined ? {} : { since: from.toISOString() }),
    ...(to === undefined ? {} : { until: to.toISOString() }),
  };
}

/** All that was said, of several containers, as one. */
function said(sources: readonly Source[], span: Span): AsyncGenerator<Entry> {
  return merged(sources.map((source) => past(source, span)));
}

async function* matching(entries: AsyncIterable<Entry>, wanted: Filter): AsyncGenerator<Entry> {
  for await (const entry of entries) if (wanted(entry)) yield entry;
}

/** Whoever reads may have had enough, as `head` does. */
const reader = { gone: false };

/** Waits where the reader is slower; false when nobody reads any more. */
async function print(line: string): Promise<boolean> {
  const { stdout } = process;
  if (!reader.gone && !stdout.write(`${line}\n`)) {
    await new Promise<void>((resolve) => {
      const go = (): void => {
        stdout.off('drain', go);
        stdout.off('close', go);
        resolve();
      };
      stdout.once('drain', go);
      stdout.once('close', go);
    });
  }
  return !reader.gone;
}

async function show(stack: string, values: Values, sources: readonly Source[]): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.stdout.on('error', () => {
    reader.gone = true;
    end();
  });
  const wanted = filterOf(values);
  const typed = text(values, 'lines');
  const lines = typed === undefined ? undefined : countOf('lines', typed);
  const now = new Date();
  const following = values['follow'] === true;
  const seam = new Date(now.getTime() - OVERLAP_MS);
  const span = spanFrom(values, now);
  // Its last nanosecond: Docker counts both ends in.
  const before = `${new Date(seam.getTime() - 1).toISOString().slice(0, -1)}999999Z`;
  const width = Math.max(...sources.map(({ part }) => part.length));
  const line = (entry: Entry): string =>
    values['json'] === true ? asJson(entry) : shown(entry, width);

  const early = span.since !== undefined && span.since >= seam.toISOString();
  const all = early && following ? [] : sources;
  const entries = matching(said(all, following ? { ...span, until: before } : span), wanted);
  const limit = lines ?? (span.since === undefined ? LINES : undefined);
  for await (const entry of limit === undefined ? entries : await lastOf(entries, limit)) {
    if (!(await print(line(entry)))) return;
  }
  if (!following) return;
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const part = text(values, 'part');
  const wantedParts = new Set(sources.map((one) => one.part));
  await follow(
    async () =>
      (await sourcesOf(stack)).filter((one) => part === undefined || wantedParts.has(one.part)),
    early ? new Date(span.since) : seam,
    (entry) => {
      if (wanted(entry)) process.stdout.write(`${line(entry)}\n`);
    },
    stop.signal,
  );
}

async function summarise(values: Values, sources: readonly Source[]): Promise<void> {
  const sum = new Summing();
  const entries = said(sources, spanFrom(values, new Date(), DAY));
  for await (const entry of matching(entries, filterOf(values))) sum.add(entry);
  const summary = sum.end();
  console.log(values['json'] === true ? JSON.stringify(summary, null, 2) : summaryText(summary));
}

async function makeReport(stack: string, values: Values, all: readonly Source[]): Promise<void> {
  const now = new Date();
  const sources = partsOf('postgres', all);
  const name = `postgres-${stack}-${now.toISOString().slice(0, 16).replace(':', '')}.html`;
  const file = text(values, 'output') ?? join(process.cwd(), name);
  const { lines } = await report(said(sources, spanFrom(values, now, DAY)), file);
  console.log(file);
  console.error(`a report of ${String(lines)} entries of Postgres's log; open it in a browser`);
}

export const command: Command = {
  summary: 'read what every part says, as one; the slowest statements; a report of pgBadger',
  details: [
    '  show      (when nothing is said) entries of all parts in order; without --since the last 200',
    '  summary   how much of what, the slowest statements, the errors that come most often; of 24 h',
    "  report    pgBadger's report of Postgres's log, as a page; of 24 h",
    '',
    'Passwords and keys are masked. What a parser does not know is shown as it is, as info. Times are UTC. A time is how',
    'long ago (90s, 10m, 2h, 7d) or when (2026-01-31T12:00). Docker keeps 30 MB of each part, of the container there is now.',
  ].join('\n'),
  options: {
    stack: stackOption,
    part: { type: 'string', value: '<a,b>', help: 'only these parts' },
    since: { type: 'string', value: '<time>', help: 'from then on' },
    until: { type: 'string', value: '<time>', help: 'up to then' },
    severity: {
      type: 'string',
      value: '<least>',
      help: 'debug, info, warning, error or fatal, and what is graver',
    },
    grep: { type: 'string', value: '<pattern>', help: 'only what matches, in any letter case' },
    lines: { type: 'string', value: '<n>', help: 'show: only the last so many' },
    follow: { type: 'boolean', short: 'f', help: 'show: go on until Ctrl-C' },
    output: { type: 'string', value: '<file>', help: 'report: where it goes' },
    json: jsonOption,
  },
  positionals: '[show | summary | report]',
  run: async (values, positionals) => {
    const asked = logsRequestOf(values, positionals);
    const stack = stackOf(values);
    filterOf(values);
    spanFrom(values, new Date());
    const all = await sourcesOf(stack);
    if (all.length === 0) {
      throw new UserError(`nothing of ${stack} is here`, `run 'npx plinth up --stack ${stack}'`);
    }
    if (asked === 'report') await makeReport(stack, values, all);
    else {
      const sources = partsOf(text(values, 'part'), all);
      if (asked === 'summary') await summarise(values, sources);
      else await show(stack, values, sources);
    }
    return 0;
  },
};
