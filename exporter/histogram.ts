import type { MetricName } from './metrics.ts';
import type { ExporterSample } from './collector.ts';

/** A Prometheus histogram of durations, since its creation. */
export class Histogram {
  readonly #name: MetricName;
  /** Upper bounds of the buckets in seconds, ascending and unique. */
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(name: MetricName, bounds: readonly number[]) {
    this.#name = name;
    this.#bounds = [...new Set(bounds)].sort((a, b) => a - b);
    this.#counts = this.#bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.#sum += seconds;
    this.#count += 1;
    const index = this.#bounds.findIndex((bound) => seconds <= bound);
    if (index >= 0) this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  samples(): ExporterSample[] {
    const name = this.#name;
    let below = 0;
    return [
      ...this.#bounds.map((bound, index): ExporterSample => {
        below += this.#counts[index] ?? 0;
        return { name, part: 'bucket', value: below, labels: { le: String(bound) } };
      }),
      { name, part: 'bucket', value: this.#count, labels: { le: '+Inf' } },
      { name, part: 'sum', value: this.#sum },
      { name, part: 'count', value: this.#count },
    ];
  }
}
