/** Throughput at the two levels of the tenant's context: pure text and arithmetic. */
import type { ContextMode } from '../../rls/model/tenant-context.ts';

/** A run of one side. */
export interface Turn<Side extends string> {
  readonly side: Side;
  /** Transactions a second. */
  readonly tps: number;
  /** Processor time of one transaction in microseconds, all that takes part in it together. */
  readonly us: number;
}

/** What pgbench counted. */
export interface Throughput {
  readonly tps: number;
  readonly transactions: number;
}

/** Prints the processor time of a container from inside, under either version of control groups. */
export const PROCESSOR_TIME =
  'cat /sys/fs/cgroup/cpu.stat 2>/dev/null || cat /sys/fs/cgroup/cpuacct/cpuacct.usage';

/** Microseconds, from what PROCESSOR_TIME printed. */
export function processorTime(said: string): number {
  const us = /^usage_usec (\d+)$/m.exec(said)?.[1];
  const ns = /^\d+$/.exec(said.trim())?.[0];
  if (us === undefined && ns === undefined)
    throw new Error(`the container says no processor time:\n${said}`);
  return us === undefined ? Number(ns) / 1000 : Number(us);
}

/** Whose turn it is: A B, B A, A B, … so that a machine that grows slower or faster meanwhile does so for both. */
export function turns<Side extends string>(sides: readonly Side[], pairs: number): Side[] {
  return Array.from({ length: pairs }, (_, pair) =>
    pair % 2 === 0 ? [...sides] : sides.toReversed(),
  ).flat();
}

/** The second side's number as a share of the first's, in each pair of turns. */
export function pairs<Side extends string>(
  done: readonly Turn<Side>[],
  [first, second]: readonly Side[],
  number: 'tps' | 'us',
): number[] {
  return Array.from({ length: Math.floor(done.length / 2) }, (_, pair) => {
    const both = done.slice(pair * 2, pair * 2 + 2);
    const of = (side?: Side): number =>
      both.find((turn) => turn.side === side)?.[number] ?? Number.NaN;
    return of(second) / of(first);
  });
}

/**
 * A transaction of the application for pgbench: it says who it is, and asks for one classroom's students. Both levels get a
 * parameter, as a client sends it.
 */
export function script(level: ContextMode): string {
  const says = {
    setting: `SELECT set_config('app.facilitator_id', :who, true);`,
    signed: 'SELECT tenant.enter(:who);',
  };
  const asks = 'SELECT id, anonymous_id FROM students WHERE classroom_id = :classroom;';
  return ['BEGIN;', says[level], asks, 'COMMIT;', ''].join('\n');
}

/** What pgbench says of a run. */
export function throughput(said: string): Throughput {
  const tps = /^tps = ([\d.]+)/m.exec(said)?.[1];
  if (tps === undefined) throw new Error(`pgbench says no throughput:\n${said}`);
  // What failed was no transaction, and fast.
  const failed = /number of failed transactions: (\d+)/.exec(said)?.[1];
  if (failed !== '0') throw new Error(`${failed ?? 'unknown'} transactions failed:\n${said}`);
  const transactions = /actually processed: (\d+)/.exec(said)?.[1];
  return { tps: Number(tps), transactions: Number(transactions) };
}
