// Collectors: each one measures a part, and a failing collector does not affect the others.

import type { Query } from '../lib/query.ts';
import type { Sample } from '../lib/metrics.ts';
import type { MetricName } from './metrics.ts';

export interface Collector {
  /** Also the label of its success metric. */
  readonly name: string;
  /** Interval in seconds. @default - at every scrape */
  readonly everySec?: number;
  /** @throws if the collector fails */
  readonly collect: () => Promise<readonly ExporterSample[]>;
}

export interface ExporterSample extends Sample {
  readonly name: MetricName;
}

/** A partial failure: the samples that could be collected, with the reason in the message. */
export class PartialResult extends Error {
  readonly samples: readonly ExporterSample[];

  constructor(message: string, samples: readonly ExporterSample[]) {
    super(message);
    this.samples = samples;
  }
}

/** The database session that collectors use. */
export interface CollectorContext {
  readonly query: Query;
  /** The schema of an extension, as an identifier. */
  readonly schemaOf: (extension: string) => Promise<string>;
}

/** One SQL statement and the meaning of its columns. */
export interface SqlCollector {
  readonly name: string;
  /** @default - at every scrape */
  readonly everySec?: number;
  /** The extension that the statement uses; `{extension}` in the SQL is replaced by its schema. */
  readonly extension?: string;
  /** Must return numbers as float8; a NULL gives no sample. */
  readonly sql: string;
  /** Columns that become labels of all samples of the row. @default none */
  readonly labels?: readonly string[];
  /** Columns that become samples, with their metric names. */
  readonly metrics: Readonly<Record<string, MetricName>>;
}

/** A collector that runs a SQL statement. */
export function sqlCollector(spec: SqlCollector, { query, schemaOf }: CollectorContext): Collector {
  const { name, everySec, extension, sql } = spec;
  return {
    name,
    ...(everySec === undefined ? {} : { everySec }),
    collect: async () => {
      const schema = extension === undefined ? '' : await schemaOf(extension);
      return samplesOf(spec, await query(sql.replaceAll('{extension}', () => schema)));
    },
  };
}

/** Converts rows to samples. */
export function samplesOf(
  { labels = [], metrics }: Pick<SqlCollector, 'labels' | 'metrics'>,
  rows: readonly Readonly<Record<string, unknown>>[],
): ExporterSample[] {
  return rows.flatMap((row) => {
    const named = Object.fromEntries(labels.map((label) => [label, textOf(row[label])]));
    return Object.entries(metrics).flatMap(([column, name]) => {
      const value = row[column];
      if (typeof value !== 'number') return [];
      return [labels.length === 0 ? { name, value } : { name, value, labels: named }];
    });
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
