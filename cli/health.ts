// How services are: each is asked by its own health check, now. Docker's own answer may be minutes old.

import { run } from '../lib/process.ts';

export type Health = 'healthy' | 'starting' | 'unhealthy' | 'stopped';

export interface HealthAnswer {
  readonly health: Health;
  /** The last line of what the check said. */
  readonly words?: string;
}

/** A container, as far as it matters here. */
export interface Askable {
  readonly id: string;
  /** Label `plinth.health`: the check as a JSON array of words. */
  readonly label: string | undefined;
  /** Docker's own check. */
  readonly dockerTest: readonly string[] | undefined;
  /** Undefined when it does not run. */
  readonly startedAt: string | undefined;
}

/** What a check says: exit code, and its output. */
export type Ask = (
  id: string,
  question: readonly string[],
) => Promise<{ readonly code: number; readonly output: string }>;

const OWN = ['/usr/local/bin/plinth-health'];
/** A check that takes longer has not passed. */
export const ASK_SEC = 20;
/** More at a time would slow each other down, and the services with them. */
const AT_ONCE = 4;
/** A service that does not answer yet, this soon after its start, is starting. */
const STARTING_MS = 60_000;

/** The program that says how a container is, and its arguments. */
export function questionOf({
  label,
  dockerTest = [],
}: Pick<Askable, 'label' | 'dockerTest'>): readonly string[] {
  if (label !== undefined) return JSON.parse(label) as readonly string[];
  // A container from before there was the label.
  const [kind, ...words] = dockerTest;
  if (kind === 'CMD') return words;
  return kind === 'CMD-SHELL' ? ['sh', '-c', ...words] : OWN;
}

/** How each of the containers is, by its id. */
export async function askAll(
  containers: readonly Askable[],
  ask: Ask = askByExec,
  nowMs: () => number = Date.now,
): Promise<Record<string, HealthAnswer>> {
  const left = [...containers];
  const found: Record<string, HealthAnswer> = {};
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      found[next.id] = await askOne(next, ask, nowMs);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

async function askOne(container: Askable, ask: Ask, nowMs: () => number): Promise<HealthAnswer> {
  const { id, startedAt } = container;
  if (startedAt === undefined) return { health: 'stopped' };
  const { code, output } = await ask(id, questionOf(container));
  if (code === 0) return { health: 'healthy' };
  const words = output.trim().split('\n').at(-1) ?? '';
  const young = nowMs() - Date.parse(startedAt) < STARTING_MS;
  return { health: young ? 'starting' : 'unhealthy', words };
}

async function askByExec(
  id: string,
  question: readonly string[],
): Promise<{ code: number; output: string }> {
  const begun = Date.now();
  const timeoutMs = ASK_SEC * 1000;
  const { code, stdout, stderr } = await run('docker', ['exec', id, ...question], { timeoutMs });
  if (code !== 0 && Date.now() - begun >= timeoutMs) {
    return { code, output: `its health check did not answer within ${ASK_SEC} s` };
  }
  return { code, output: stdout + stderr };
}
