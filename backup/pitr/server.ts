// Access to the server over its socket. This container runs as the same user as the server, so peer authentication works
// without a password.

import pg from 'pg';
import { SOCKET } from './settings.ts';

/** The state of the WAL and the archiver. */
export interface ArchiverState {
  /** Time of the server, microseconds since 1970. */
  readonly at: number;
  /** The current end of the WAL. */
  readonly lsn: string;
  /** The current snapshot. If it is the same twice, nothing was committed in between. */
  readonly snapshot: string;
  readonly lastArchived: string | null;
  /** Number of failures of archive_command since the last reset of the statistics. */
  readonly failedCount: number;
  /** Whether the last attempt failed. */
  readonly failing: boolean;
  /** Number of segments that wait for archiving, and the time of the oldest, microseconds since 1970. */
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
  // The pending query reports the error.
  client.on('error', () => undefined);
  return client;
}

/** Runs `ask` in a new session and closes it afterwards. */
export async function withServer<T>(ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = newClient();
  try {
    await client.connect();
    return await ask(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A session that is reused for periodic queries. A new session each time would start a new server process. */
export class ServerSession {
  readonly #make: () => pg.Client;
  #client: pg.Client | undefined;

  constructor(make: () => pg.Client = newClient) {
    this.#make = make;
  }

  /** @throws if the server does not answer. The next call opens a new session. */
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

/** A restore point, and the WAL segment that must be archived before it is reachable. */
export interface CreatedRestorePoint {
  readonly lsn: string;
  /** Microseconds since 1970. */
  readonly at: number;
  readonly segment: string;
  readonly timeline: number;
}

/** Creates a restore point and switches to a new WAL segment. */
export function makeRestorePoint(label: string): Promise<CreatedRestorePoint> {
  return withServer(async (client) => {
    const { rows } = await client.query<{ lsn: string; at: string; segment: string }>(
      `select p.lsn::text, pg_walfile_name(p.lsn) as segment,
              (extract(epoch from clock_timestamp()) * 1000000)::bigint::text as at
         from (select pg_create_restore_point($1) as lsn offset 0) p`,
      [label],
    );
    await client.query('select pg_switch_wal()');
    const [row] = rows;
    if (row === undefined) throw new Error('the server created no restore point');
    return { ...row, at: Number(row.at), timeline: parseInt(row.segment.slice(0, 8), 16) };
  });
}

/**
 * Commits an empty transaction. Without commits, the archive does not show up to which time it is complete, and recovery
 * to a recent time would be refused.
 */
export async function writeHeartbeat(): Promise<void> {
  await withServer((client) => client.query('select pg_current_xact_id()'));
}
