/** Asking a Prometheus. */
import type { Endpoint } from '../../../cli/connections.ts';

interface Answer<T> {
  readonly status: string;
  readonly data: T;
  readonly error?: string;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @throws {Error} with what Prometheus says against it */
export async function ask<T>({ host, port }: Endpoint, path: string): Promise<Answer<T>> {
  const response = await fetch(`http://${host}:${String(port)}${path}`, {
    signal: AbortSignal.timeout(30_000),
  });
  const answer = (await response.json()) as Answer<T>;
  if (answer.status !== 'success')
    throw new Error(`${path}: ${answer.error ?? response.statusText}`);
  return answer;
}

/** What a query gives now; a number alone counts as one series. */
export async function series(endpoint: Endpoint, query: string): Promise<Sample[]> {
  const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
  const { data } = await ask<{
    readonly resultType: string;
    readonly result: readonly { metric: Record<string, string>; value: [number, string] }[];
  }>(endpoint, path);
  if (data.resultType === 'scalar') return [{ labels: {}, value: Number.NaN }];
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
