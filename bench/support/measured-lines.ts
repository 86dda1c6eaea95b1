/** What a benchmark of costs has found, and whether its goals are met. */
import { table } from '../../cli/table.ts';
import type { Cost } from './container-cost.ts';

interface Goal {
  readonly name: string;
  readonly ratio: number;
  readonly most: number;
}

export class Lines {
  private readonly costs = new Map<string, Cost>();
  private readonly goals: Goal[] = [];
  private readonly facts: string[] = [];

  /** Does something, notes what it cost, and says so at once. */
  async add(name: string, work: () => Promise<Cost>): Promise<Cost> {
    process.stderr.write(`${name}\n`);
    const cost = await work();
    process.stderr.write(`  ${cost.seconds.toFixed(1)} s\n`);
    this.costs.set(name, cost);
    return cost;
  }

  fact(sentence: string): void {
    this.facts.push(sentence);
  }

  /** @throws {Error} for something that was not measured */
  seconds(name: string): number {
    const cost = this.costs.get(name);
    if (cost === undefined) throw new Error(`${name} was not measured`);
    return cost.seconds;
  }

  goal(name: string, ratio: number, most: number): void {
    this.goals.push({ name, ratio, most });
  }

  passed(): boolean {
    return this.goals.length > 0 && this.goals.every(({ ratio, most }) => ratio <= most);
  }

  json(): string {
    const costs = Object.fromEntries(this.costs);
    return JSON.stringify({ costs, facts: this.facts, goals: this.goals }, undefined, 2);
  }

  text(): string {
    const rows = [...this.costs].map(([name, { seconds, cpuSeconds, peakBytes }]) => [
      name,
      seconds.toFixed(1),
      cpuSeconds.toFixed(1),
      String(Math.round(peakBytes / 1024 ** 2)),
    ]);
    return [
      table([['WHAT', 'SECONDS', 'CPU SECONDS', 'PEAK MiB'], ...rows]),
      '',
      ...this.facts,
      '',
      ...this.goals.map(
        ({ name, ratio, most }) =>
          `ratio ${ratio.toFixed(2)} goal ${most.toFixed(2)}: ${ratio <= most ? 'pass' : 'fail'} (${name})`,
      ),
    ].join('\n');
  }
}
