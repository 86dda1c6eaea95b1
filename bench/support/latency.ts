/** How long transactions take on each of two sides: pure text and arithmetic. */
import { quantile } from './compare.ts';
import { pairs } from './levels.ts';

/** What is said of the times of one run, in milliseconds. */
export const STATISTICS = {
  median: (times) => quantile(times, 0.5),
  p95: (times) => quantile(times, 0.95),
  mean: (times) => times.reduce((sum, ms) => sum + ms, 0) / times.length,
} satisfies Record<string, (times: readonly number[]) => number>;
export type Statistic = keyof typeof STATISTICS;

/** The times of one run of one side, in milliseconds. */
export interface TimedTurn<Side extends string> {
  readonly side: Side;
  readonly times: readonly number[];
}

/** One statistic of both sides. */
export interface Compared {
  /** Milliseconds, in the middle of the runs. */
  readonly first: number;
  readonly second: number;
  /** The second side as a share of the first, in each pair of turns. */
  readonly ratios: readonly number[];
  /** The first side as a share of itself, one turn to the next: what the machine alone makes of the same work. */
  readonly noise: readonly number[];
}

/** Milliseconds of each transaction, from pgbench's log of them: since it was due, so that waiting counts. */
export function transactionTimes(log: string): number[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const us = /^\d+ \d+ (\d+) /.exec(line)?.[1];
      if (us === undefined) throw new Error(`pgbench logs no time of a transaction: ${line}`);
      return Number(us) / 1000;
    });
}

/** One statistic of turns that come in pairs, in whatever order within a pair. */
export function compared<Side extends string>(
  done: readonly TimedTurn<Side>[],
  sides: readonly [Side, Side],
  statistic: Statistic,
): Compared {
  const each = done.map(({ side, times }) => ({ side, ms: STATISTICS[statistic](times) }));
  const of = (side: Side) => each.filter((turn) => turn.side === side).map(({ ms }) => ms);
  const [first, second] = [of(sides[0]), of(sides[1])];
  return {
    first: quantile(first, 0.5),
    second: quantile(second, 0.5),
    ratios: pairs(
      each.map(({ side, ms }) => ({ side, us: ms, tps: Number.NaN })),
      sides,
      'us',
    ),
    noise: first.slice(1).map((ms, index) => ms / (first[index] ?? Number.NaN)),
  };
}
