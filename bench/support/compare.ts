/** Two ways of doing the same, timed side by side: pure arithmetic and the loop around it. */

export interface Summary {
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** The value below which `share` of the values lie; nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return sorted[rank] ?? Number.NaN;
}

export function summary(values: readonly number[]): Summary {
  return { medianMs: quantile(values, 0.5), p99Ms: quantile(values, 0.99) };
}

/**
 * Runs every side once a round, in an order that turns from round to round, so that what disturbs one side disturbs the
 * others as well.
 *
 * @param rounds how often; the first tenth is not counted
 * @param sides what is measured; each says itself how many milliseconds counted
 */
export async function alternately<Side extends string>(
  rounds: number,
  sides: Readonly<Record<Side, (round: number) => Promise<number>>>,
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Side,
    number[]
  >;
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of names.keys()) {
      const name = names[(turn + round) % names.length] as Side;
      const ms = await sides[name](round);
      if (round >= rounds / 10) times[name].push(ms);
    }
  }
  return times;
}
