// What the containers of a stack have said, from Docker.

import { spawn } from 'node:child_process';
import { UserError } from '../../lib/errors.ts';
import { containerIds, docker } from '../containers.ts';
import { Assembler } from './assemble.ts';
import type { Entry } from './entry.ts';
import { lineFrom, LineCutter, type Line } from './lines.ts';

export interface Source {
  readonly part: string;
  readonly container: string;
  readonly running: boolean;
}

/** The containers of a stack's parts, running or not, by part. */
export async function sourcesOf(stack: string): Promise<Source[]> {
  const ids = await containerIds(`plinth.stack=${stack}`, 'plinth.kind=service');
  if (ids.length === 0) return [];
  const format = '{{.Id}}\t{{index .Config.Labels "plinth.part"}}\t{{.State.Running}}';
  const said = await docker(['inspect', '--format', format, ...ids]);
  return said
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [container = '', part = '', running] = line.split('\t');
      return { part, container, running: running === 'true' };
    })
    .sort((a, b) => (a.part < b.part ? -1 : 1));
}

/** Both ends belong to it; texts that Docker understands. */
export interface Span {
  readonly since?: string;
  readonly until?: string;
}

/** How long a line waits for more that belongs to it, when nothing else comes. */
const SETTLE_MS = 200;

/** What a container has said, to its end. */
export async function* past(source: Source, span: Span): AsyncGenerator<Entry> {
  const assembler = new Assembler(source.part);
  for await (const line of lines(source, span, false)) {
    const entry = assembler.push(line.time, line.text);
    if (entry !== undefined) yield entry;
  }
  const last = assembler.end();
  if (last !== undefined) yield last;
}

/** What a container has said and says, until it stops. `take` hears each as soon as it is whole. */
export async function live(
  source: Source,
  since: string,
  take: (entry: Entry) => void,
  signal: AbortSignal,
): Promise<void> {
  const assembler = new Assembler(source.part);
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    const entry = assembler.end();
    if (entry !== undefined) take(entry);
  };
  for await (const line of lines(source, { since }, true, signal)) {
    clearTimeout(timer);
    const entry = assembler.push(line.time, line.text);
    if (entry !== undefined) take(entry);
    timer = setTimeout(settle, SETTLE_MS);
  }
  clearTimeout(timer);
  settle();
}

/** Lines as one stream: the two that Docker prints would have to be read at the same pace. */
async function* lines(
  { part, container }: Source,
  { since, until }: Span,
  follow: boolean,
  signal?: AbortSignal,
): AsyncGenerator<Line> {
  const args = [
    ...['logs', '--timestamps'],
    ...(since === undefined ? [] : ['--since', since]),
    ...(until === undefined ? [] : ['--until', until]),
    ...(follow ? ['--follow'] : []),
    container,
  ];
  const child = spawn('sh', ['-c', 'exec docker "$@" 2>&1', 'docker', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 0));
  });
  const stop = (): void => void child.kill();
  if (signal?.aborted === true) stop();
  else signal?.addEventListener('abort', stop);
  const cutter = new LineCutter();
  let complaint = '';
  let time: string | undefined;
  // Without a time before it, it is the rest of a very long line, or Docker itself complains.
  const lineOf = (bytes: Buffer): Line[] => {
    const line = lineFrom(bytes);
    if (line === undefined) complaint = bytes.toString('utf8');
    time = line?.time ?? time;
    return line === undefined && time !== undefined
      ? [{ time, text: complaint }]
      : line === undefined
        ? []
        : [line];
  };
  try {
    for await (const chunk of child.stdout) {
      for (const bytes of cutter.push(chunk as Buffer)) yield* lineOf(bytes);
    }
    for (const bytes of cutter.end()) yield* lineOf(bytes);
    const code = await ended;
    if (code !== 0 && signal?.aborted !== true) {
      throw new UserError(
        `what ${part} said cannot be read (${complaint === '' ? `docker logs: exit code ${String(code)}` : complaint})`,
        "see 'npx plinth status'",
      );
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    child.kill();
  }
}
