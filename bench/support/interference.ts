/**
 * What one program adds to the times of another that runs beside it: pure arithmetic.
 *
 * The moments at which the first one works are compared with the quiet ones just before and after. On a machine that is
 * slower in one minute than in the next, both are equally slow, where two runs would not be.
 */
import { quantile } from './compare.ts';

/** A transaction, by when it was due. */
export interface Transaction {
  readonly atMs: number;
  readonly ms: number;
}

/** A stretch of time between two looks at the processor time of whatever is suspected. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cpuMs: number;
}

export interface Interference {
  /** What all transactions take, as a multiple of what they take alone; 1 is nothing added. */
  readonly ratio: number;
  /** The same where the moments are taken to have been at other times: nothing is added there, so this is how far off it is. */
  readonly control: { readonly mean: number; readonly deviation: number };
  /** Share of the transactions that met the program at work. */
  readonly met: number;
  /** What those took more than their neighbours, as a factor. */
  readonly factor: number;
  /** How many moments there were. */
  readonly moments: number;
}

/** Processor time in one stretch from which on the program counts as at work. */
const WORKS_MS = 1;
/** Stretches on either side that are the quiet neighbours of a moment. */
const REACH = 8;
/** Fewer transactions say nothing about a neighbourhood. */
const ENOUGH = 10;
/** Share of the moments at either end that is not looked at: a machine that stood still. */
const TRIM = 0.1;
/** Other times: so many, and so many stretches further each time. Neither divides what is done at regular times. */
const CONTROLS = 40;
const CONTROL_STEP = 83;

/** @param stretches one after the other, without gaps */
export function interference(
  transactions: readonly Transaction[],
  stretches: readonly Stretch[],
): Interference {
  const times = assigned(transactions, stretches);
  const works = stretches.map(({ cpuMs }) => cpuMs >= WORKS_MS);
  const { ratio, met, factor, moments } = added(times, works);
  const others = Array.from({ length: CONTROLS }, (_, index) => {
    const shift = ((index + 1) * CONTROL_STEP) % works.length;
    return added(times, [...works.slice(shift), ...works.slice(0, shift)]).ratio;
  });
  const mean = others.reduce((sum, one) => sum + one, 0) / CONTROLS;
  const variance = others.reduce((sum, one) => sum + (one - mean) ** 2, 0) / CONTROLS;
  return { ratio, control: { mean, deviation: Math.sqrt(variance) }, met, factor, moments };
}

/** What is added if the program works in some stretches, and in no others. */
function added(times: readonly (readonly number[])[], works: readonly boolean[]) {
  // What is measured begins before it is seen and ends after it.
  const busy = works.map(
    (at, index) => at || works[index - 1] === true || works[index + 1] === true,
  );
  const moments = momentsOf(busy).flatMap(([from, to]): Moment[] => {
    const met = times.slice(from, to).flat();
    const near = times
      .slice(Math.max(0, from - REACH), to + REACH)
      .filter((_, index) => busy[Math.max(0, from - REACH) + index] !== true)
      .flat();
    return met.length === 0 || near.length < ENOUGH
      ? []
      : [{ weight: met.length, factor: quantile(met, 0.5) / quantile(near, 0.5) }];
  });
  const met = times.filter((_, index) => busy[index]).flat().length / times.flat().length;
  const factor = trimmedMean(moments);
  return { ratio: 1 + met * (factor - 1), met, factor, moments: moments.length };
}

interface Moment {
  readonly weight: number;
  readonly factor: number;
}

/** Times of the transactions that were due in each stretch. */
function assigned(transactions: readonly Transaction[], stretches: readonly Stretch[]): number[][] {
  const times: number[][] = stretches.map(() => []);
  let index = 0;
  for (const { atMs, ms } of [...transactions].sort((a, b) => a.atMs - b.atMs)) {
    while (index < stretches.length && (stretches[index]?.toMs ?? Infinity) <= atMs) index += 1;
    if (atMs >= (stretches[index]?.fromMs ?? Infinity)) times[index]?.push(ms);
  }
  return times;
}

/** Where `true` begins, and where it has ended. */
function momentsOf(busy: readonly boolean[]): [number, number][] {
  const moments: [number, number][] = [];
  for (const [index, at] of busy.entries()) {
    if (at && busy[index - 1] !== true) moments.push([index, index + 1]);
    else if (at) (moments.at(-1) as [number, number])[1] = index + 1;
  }
  return moments;
}

/**
 * The geometric mean, for half as long is as far from the same as twice as long; by how many transactions each moment had,
 * without the slowest and the fastest tenth of the moments.
 */
function trimmedMean(moments: readonly Moment[]): number {
  const sorted = [...moments].sort((a, b) => a.factor - b.factor);
  const cut = Math.floor(sorted.length * TRIM);
  const kept = sorted.slice(cut, sorted.length - cut);
  const weight = kept.reduce((sum, one) => sum + one.weight, 0);
  const logs = kept.reduce((sum, one) => sum + one.weight * Math.log(one.factor), 0);
  return Math.exp(logs / weight);
}
