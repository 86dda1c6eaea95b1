// What is measured, piece by piece: one that fails does not keep the others from being shown.

import type { Query } from '../lib/query.ts';
import type { Sample } from '../lib/metrics.ts';
import type { MetricName } from './metrics.ts';

export interface Collector {
  /** Also the label of its own success. */
  readonly name: string;
  /** How often, in seconds. @default - whenever somebody looks */
  readonly everySec?: number;
  /** @throws when it cannot be measured */
  readonly collect: () => Promise<readonly ExporterSample[]>;
}

export interface ExporterSample extends Sample {
  readonly name: MetricName;
}

/** What could be measured in part; what it is about is in the message. */
export class PartialResult extends Error {
  readonly samples: readonly ExporterSample[];

  constructor(message: string, samples: readonly ExporterSample[]) {
    super(message);
    this.samples = samples;
  }
}

/** Whom collectors ask. */
export interface CollectorContext {
  readonly query: Query;
  /** The schema an extension is in, as an identifier. */
  readonly schemaOf: (extension: string) => Promise<string>;
}

/** One statement, and what its columns are. */
export interface SqlCollector {
  readonly name: string;
  /** @default - whenever somebody looks */
  readonly everySec?: number;
  /** Extension that it asks; its schema stands in the SQL as `{extension}`. */
  readonly extension?: string;
  /** Numbers as float8; NULL is nothing to say. */
  readonly sql: string;
  /** Columns that are labels of every number in the row. @default none */
  readonly labels?: readonly string[];
  /** Columns that are numbers, with the metric each is. */
  readonly metrics: Readonly<Record<string, MetricName>>;
}

/** A statement as something to measure. */
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

/** Rows as what they say. */
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
