// The snapshot of a database that all streams of its dump use.

import type pg from 'pg';
import { escapeIdentifier } from 'pg';
import { tables, type Table } from './objects.ts';

export interface Snapshot {
  /** For `SET TRANSACTION SNAPSHOT`. It is valid while the transaction that exported it is open. */
  readonly id: string;
  readonly tables: readonly Table[];
}

/** Number of attempts if tables are created or dropped while they are being locked. */
const TRIES = 5;

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_SCHEMA = '3F000';
const LOCK_TIMEOUT = '55P03';

/**
 * Begins a transaction, locks all tables against changes of their definition, and then takes the snapshot. The order
 * matters: TRUNCATE and table rewrites are not MVCC-safe. A table that is truncated or rewritten between the snapshot and
 * the lock would look empty.
 *
 * @throws {Error} if tables change all the time or are locked for too long
 */
export async function takeSnapshot(client: pg.ClientBase): Promise<Snapshot> {
  try {
    return await lockAndLook(client);
  } catch (cause) {
    if ((cause as { code?: string }).code !== LOCK_TIMEOUT) throw cause;
    throw new Error(
      'another session holds an exclusive lock on a table: run it when no migration is running',
      { cause },
    );
  }
}

async function lockAndLook(client: pg.ClientBase): Promise<Snapshot> {
  let before = await tables(client);
  for (let tries = 0; tries < TRIES; tries += 1) {
    await client.query('begin isolation level repeatable read, read only');
    if (await lock(client, before)) {
      const { rows } = await client.query<{ id: string }>('select pg_export_snapshot() as id');
      const now = await tables(client);
      const [{ id } = { id: '' }] = rows;
      if (shapeOf(now) === shapeOf(before)) return { id, tables: now };
    }
    await client.query('rollback');
    before = await tables(client);
  }
  throw new Error(
    `tables were created, changed or dropped ${String(TRIES)} times while the backup started: run it when no migration is running`,
  );
}

/** @returns false if one of the tables was dropped */
async function lock(client: pg.ClientBase, list: readonly Table[]): Promise<boolean> {
  try {
    for (let from = 0; from < list.length; from += 100) {
      const names = list
        .slice(from, from + 100)
        .map(({ schema, name }) => `only ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`);
      await client.query(`lock table ${names.join(', ')} in access share mode`);
    }
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === UNDEFINED_TABLE || code === UNDEFINED_SCHEMA) return false;
    throw error;
  }
}

function shapeOf(list: readonly Table[]): string {
  return JSON.stringify(list.map(({ oid, schema, name, columns }) => [oid, schema, name, columns]));
}
