/** What the stack test needs to know of a database client: the same few words for each of them. */

export type Tenant = { readonly setting: string; readonly id: string } | { readonly token: string };

/** Queries in the client's own way, on whatever they were made for: a transaction or the pool. */
export interface Queries {
  /** Ids of the facilitators that are seen. */
  facilitators(): Promise<string[]>;
  /** For each classroom that is seen, the facilitator it belongs to. */
  owners(): Promise<string[]>;
  /** A statement with `$1`, `$2` and so on, once each and in this order; its rows. */
  sql(statement: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

export interface Client {
  /** The recipe of `examples/clients`. */
  withTenant<R>(tenant: Tenant, work: (tx: Queries) => Promise<R>): Promise<R>;
  /** The recipe again, inside a transaction of the recipe, where the client's types allow it. */
  nested?(tenant: Tenant): Promise<unknown>;
  /** Without a tenant or a transaction, on the same pool. */
  readonly naked: Queries;
  end(): Promise<void>;
}

/** @param size connections of the client's own pool */
export type Connect = (url: string, size: number) => Promise<Client>;

/** How long a client waits for a connection of its pool: a lost one is an error, not a hanging test. */
export const PATIENCE_MS = 20_000;
