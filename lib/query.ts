/** Asks a database something and gives the rows: all that this folder knows about a connection. */
export type Query = (
  sql: string,
  values?: readonly unknown[],
) => Promise<readonly Record<string, unknown>[]>;
