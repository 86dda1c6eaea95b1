// Runs cheap collectors at each scrape and expensive ones in the background, and renders the metrics page.

import { setTimeout as wait } from 'node:timers/promises';
import type { Health } from '../lib/http-server.ts';
import { errorMessage, type Log } from '../lib/json-log.ts';
import { renderSamples, type Sample } from '../lib/metrics.ts';
import { PartialResult, type Collector, type ExporterSample } from './collector.ts';
import { FAMILIES } from './metrics.ts';

/** A scrape is answered within this time, even if collectors still run. Prometheus waits for 10 s or the scrape interval. */
export const DEADLINE_MS = 4_000;
/** A failed background collector is retried after at most this time. */
const RETRY_SEC = 60;

export interface ScraperArgs {
  /** The collector that checks whether the server responds. */
  readonly up: Collector;
  /** Collectors that query the server at each scrape, one after the other. */
  readonly asked: readonly Collector[];
  /** Other collectors that run at each scrape. */
  readonly others: readonly Collector[];
  /** Collectors with their own interval. */
  readonly background: readonly Collector[];
  /** Samples that need no collector. */
  readonly known: () => readonly ExporterSample[];
  readonly log: Log;
  readonly deadlineMs: number;
}

interface Outcome {
  readonly ok: boolean;
  readonly seconds: number;
  readonly samples: readonly ExporterSample[];
}

export class Scraper {
  readonly #args: ScraperArgs;
  readonly #outcomes = new Map<string, Outcome>();
  /** Names of the collectors whose failure was logged. */
  readonly #told = new Set<string>();
  #round: Promise<void> | undefined;

  constructor(args: ScraperArgs) {
    this.#args = args;
  }

  /** Runs the collectors and renders the page. Concurrent scrapes share one run. */
  async page(): Promise<string> {
    const round = (this.#round ??= this.#measure().finally(() => (this.#round = undefined)));
    const late = new AbortController();
    const deadline = wait(this.#args.deadlineMs, undefined, { signal: late.signal });
    await Promise.race([round, deadline.catch(() => undefined)]);
    late.abort();
    return renderSamples(this.#samples(), FAMILIES);
  }

  /** Healthy as long as one collector succeeds. */
  health(): Health {
    const all = [...this.#outcomes];
    const failed = all.filter(([, { ok }]) => !ok).map(([name]) => name);
    const reason = failed.length === 0 ? 'all is measured' : `not measured: ${failed.join(', ')}`;
    return { healthy: all.length === 0 || failed.length < all.length, reason };
  }

  /** Runs the background collectors until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#args.background.map(async (collector) => {
        const everySec = collector.everySec ?? RETRY_SEC;
        while (!signal.aborted) {
          const ok = await this.#one(collector, 'keep');
          const pauseSec = ok ? everySec : Math.min(everySec, RETRY_SEC);
          await wait(pauseSec * 1000, undefined, { signal }).catch(() => undefined);
        }
      }),
    );
  }

  async #measure(): Promise<void> {
    const { up, asked, others } = this.#args;
    // Drop the old results until the collectors have run again.
    for (const { name } of [up, ...asked]) this.#forget(name);
    await Promise.all([this.#ask(), ...others.map((one) => this.#one(one, 'drop'))]);
  }

  async #ask(): Promise<void> {
    const { up, asked } = this.#args;
    // If the server does not respond, skip the other queries; one log line is enough.
    if (!(await this.#one(up, 'drop'))) return;
    for (const one of asked) await this.#one(one, 'drop');
  }

  #forget(name: string): void {
    const before = this.#outcomes.get(name);
    this.#outcomes.set(name, { ok: false, seconds: before?.seconds ?? 0, samples: [] });
  }

  /** @param before what happens to the previous samples if the collector fails */
  async #one({ name, collect }: Collector, before: 'keep' | 'drop'): Promise<boolean> {
    const started = performance.now();
    const end = (ok: boolean, samples: readonly ExporterSample[]): boolean => {
      this.#outcomes.set(name, { ok, seconds: (performance.now() - started) / 1000, samples });
      return ok;
    };
    try {
      const samples = await collect();
      if (this.#told.delete(name)) this.#args.log.info(`${name} can be measured again`);
      return end(true, samples);
    } catch (error) {
      if (!this.#told.has(name)) {
        this.#told.add(name);
        this.#args.log.warn(`${name} cannot be measured`, { reason: errorMessage(error) });
      }
      const kept = before === 'keep' ? (this.#outcomes.get(name)?.samples ?? []) : [];
      return end(false, error instanceof PartialResult ? error.samples : kept);
    }
  }

  #samples(): Sample[] {
    const outcomes = [...this.#outcomes].sort(([a], [b]) => (a < b ? -1 : 1));
    const up = this.#outcomes.get(this.#args.up.name)?.ok === true;
    const own = outcomes.flatMap(([collector, { ok, seconds }]): ExporterSample[] => [
      { name: 'plinth_watch_collector_success', value: ok ? 1 : 0, labels: { collector } },
      { name: 'plinth_watch_collector_duration_seconds', value: seconds, labels: { collector } },
    ]);
    return [
      { name: 'plinth_postgres_up', value: up ? 1 : 0 },
      ...outcomes.flatMap(([, { samples }]) => samples),
      ...this.#args.known(),
      ...own,
    ];
  }
}
