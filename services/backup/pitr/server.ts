// The server that is backed up, over its socket: this container's user is the server's own (peer), no password.

import pg from 'pg';
import { SOCKET } from './settings.ts';

/** What the server says about its WAL at one moment. */
export interface ArchiverState {
  /** Microseconds since 1970, by the server's clock. */
  readonly at: number;
  /** Where WAL ends now. */
  readonly lsn: string;
  /** What is visible to a new transaction: the same twice means that nothing was committed in between. */
  readonly snapshot: string;
  readonly lastArchived: string | null;
  /** Times the archive command has failed since the statistics began. */
  readonly failedCount: number;
  /** The last attempt failed. */
  readonly failing: boolean;
  /** Segments that wait, and since when the oldest does, microseconds since 1970. */
  readonly waiting: number;
  readonly waitingSince: number | null;
}

const STATE = `
  select (extract(epoch from clock_timestamp()) * 1000000)::bigint::text as at,
         pg_current_wal_insert_lsn()::text as lsn,
         pg_current_snapshot()::text as snapshot,
         last_archived_wal as "lastArchived",
         failed_count::int as "failedCount",
         coalesce(last_failed_time > last_archived_time, last_failed_time is not null) as failing,
         (select count(*)::int from ready) as waiting,
         (select (extract(epoch from min(modification)) * 1000000)::bigint::text from ready) as "waitingSince"
    from pg_stat_archiver`;
const READY = `with ready as (select modification from pg_ls_archive_statusdir() where name like '%.ready')`;

function newClient(): pg.Client {
  const client = new pg.Client({
    host: SOCKET,
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    application_name: 'plinth-pitr',
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
  });
  // Told by whatever waits for an answer.
  client.on('error', () => undefined);
  return client;
}

/** Asks the server, with a session of its own that is given back at once. */
export async function withServer<T>(ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = newClient();
  try {
    await client.connect();
    return await ask(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Asks again and again over one session: a new one each time would be a new process of the server. */
export class ServerSession {
  readonly #make: () => pg.Client;
  #client: pg.Client | undefined;

  constructor(make: () => pg.Client = newClient) {
    this.#make = make;
  }

  /** @throws when the server does not answer; the next call then begins with a new session */
  async archiverState(): Promise<ArchiverState> {
    try {
      this.#client ??= await this.#connected();
      return await archiverStateOf(this.#client);
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async end(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connected(): Promise<pg.Client> {
    const client = this.#make();
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }
}

export function archiverState(): Promise<ArchiverState> {
  return withServer(archiverStateOf);
}

async function archiverStateOf(client: pg.Client): Promise<ArchiverState> {
  const { rows } = await client.query<Row>(`${READY} ${STATE}`);
  const [row] = rows;
  if (row === undefined) throw new Error('the server has no archiver statistics');
  const since = row.waitingSince === null ? null : Number(row.waitingSince);
  return { ...row, at: Number(row.at), waitingSince: since };
}

type Row = Omit<ArchiverState, 'at' | 'waitingSince'> & {
  readonly at: string;
  readonly waitingSince: string | null;
};

/** A point by name, and the segment that must be archived before one can go back to it. */
export interface PointMade {
  readonly lsn: string;
  /** Microseconds since 1970. */
  readonly at: number;
  readonly segment: string;
  readonly timeline: number;
}

/** Writes a restore point and closes its segment. */
export function makeRestorePoint(label: string): Promise<PointMade> {
  return withServer(async (client) => {
    const { rows } = await client.query<{ lsn: string; at: string; segment: string }>(
      `select p.lsn::text, pg_walfile_name(p.lsn) as segment,
              (extract(epoch from clock_timestamp()) * 1000000)::bigint::text as at
         from (select pg_create_restore_point($1) as lsn offset 0) p`,
      [label],
    );
    await client.query('select pg_switch_wal()');
    const [row] = rows;
    if (row === undefined) throw new Error('the server made no restore point');
    return { ...row, at: Number(row.at), timeline: parseInt(row.segment.slice(0, 8), 16) };
  });
}

/**
 * A commit without content. While nobody writes, nothing would say up to when the archive is complete, and a time of
 * an hour ago could not be told from one that was lost.
 */
export async function writeHeartbeat(): Promise<void> {
  await withServer((client) => client.query('select pg_current_xact_id()'));
}
