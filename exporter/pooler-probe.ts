// Probes the path of the application: a minimal query through PgBouncer, at a fixed interval.

import pg from 'pg';
import { errorMessage, type Log } from '../lib/json-log.ts';
import type { ExporterSample } from './collector.ts';
import { Histogram } from './histogram.ts';
import type { Login } from './session.ts';

const TIMEOUT_MS = 5_000;
const BOUNDS_SEC = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Sends one query; rejects if there is no answer in time. */
export type ProbeQuery = () => Promise<void>;

/** The results of the queries so far. An interval in which an earlier query is still failing counts as failed, too. */
export class Probe {
  readonly #ask: ProbeQuery;
  readonly #everyMs: number;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #durations: Histogram;
  #ok = 0;
  #failed = 0;
  #failing = false;
  #asking = false;

  constructor(
    ask: ProbeQuery,
    everyMs: number,
    objectiveMs: number,
    log: Log,
    now: () => number = () => performance.now(),
  ) {
    this.#ask = ask;
    this.#everyMs = everyMs;
    this.#log = log;
    this.#now = now;
    this.#durations = new Histogram('plinth_probe_duration_seconds', [
      ...BOUNDS_SEC,
      objectiveMs / 1000,
    ]);
  }

  /** Call this once per interval. Only one query runs at a time. */
  async tick(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const started = this.#now();
    try {
      await this.#ask();
      this.#ok += 1;
      this.#durations.observe((this.#now() - started) / 1000);
      this.#tell(undefined);
    } catch (error) {
      this.#failed += Math.max(1, Math.round((this.#now() - started) / this.#everyMs));
      this.#tell(error);
    } finally {
      this.#asking = false;
    }
  }

  samples(): ExporterSample[] {
    const name = 'plinth_probe_requests_total';
    return [
      { name, value: this.#ok, labels: { result: 'ok' } },
      { name, value: this.#failed, labels: { result: 'failed' } },
      ...this.#durations.samples(),
    ];
  }

  #tell(error: unknown): void {
    const failing = error !== undefined;
    if (failing === this.#failing) return;
    this.#failing = failing;
    if (failing) this.#log.warn('no answer through the pooler', { reason: errorMessage(error) });
    else this.#log.info('the pooler answers again');
  }
}

/** Keeps its connection open while it works, as the pool of an application does. */
export function pooledProbe({ host, port, user, database, password }: Login): {
  readonly ask: ProbeQuery;
  readonly end: () => Promise<void>;
} {
  let client: pg.Client | undefined;
  const drop = (one: pg.Client): void => {
    if (client === one) client = undefined;
    one.end().catch(() => undefined);
  };
  const connect = async (): Promise<pg.Client> => {
    const fresh = new pg.Client({
      ...{ host, port, user, database, password },
      application_name: 'plinth-watch',
      connectionTimeoutMillis: TIMEOUT_MS,
      keepAlive: true,
    });
    fresh.on('error', () => drop(fresh));
    try {
      await fresh.connect();
    } catch (error) {
      drop(fresh);
      throw error;
    }
    return fresh;
  };
  return {
    ask: async () => {
      const until = performance.now() + TIMEOUT_MS;
      client ??= await connect();
      const one = client;
      // Closing the connection cancels the query.
      const given = { up: false };
      const timer = setTimeout(() => {
        given.up = true;
        drop(one);
      }, until - performance.now());
      try {
        // Without parameters it is a single message, which works with transaction pooling.
        await one.query('select 1');
      } catch (error) {
        drop(one);
        throw given.up ? new Error(`nothing within ${String(TIMEOUT_MS / 1000)} s`) : error;
      } finally {
        clearTimeout(timer);
      }
    },
    end: async () => {
      await client?.end().catch(() => undefined);
    },
  };
}
