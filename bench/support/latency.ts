/** What pgbench logs of each transaction: pure text. */
import type { Transaction } from './interference.ts';

/** Transactions in pgbench's log of them, from when each was due: waiting counts. */
export function transactionsFrom(log: string): Transaction[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const found = /^\d+ \d+ (\d+) \d+ (\d+) (\d+)\b/.exec(line);
      if (found === null) throw new Error(`pgbench logs no time of a transaction: ${line}`);
      const [us = 0, seconds = 0, rest = 0] = found.slice(1).map(Number);
      const ms = us / 1000;
      return { atMs: seconds * 1000 + rest / 1000 - ms, ms };
    });
}
