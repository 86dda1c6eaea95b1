// One moment of one database, that all streams of its dump see.

import type pg from 'pg';
import { escapeIdentifier } from 'pg';
import { tables, type Table } from './objects.ts';

export interface Snapshot {
  /** As `set transaction snapshot` wants it, while the session that made it is in its transaction. */
  readonly id: string;
  readonly tables: readonly Table[];
}

/** How often tables may come and go while they are being locked, until a run is given up. */
const TRIES = 5;

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_SCHEMA = '3F000';
const LOCK_TIMEOUT = '55P03';

/**
 * Begins a transaction and takes its snapshot, after it has locked all tables against changes of their
 * shape. In this order, because a table that is truncated or written anew between the two would look
 * empty to the snapshot: the one thing that snapshots do not hold still.
 *
 * @throws {Error} when somebody changes tables all the time, or holds one for too long
 */
export async function takeSnapshot(client: pg.ClientBase): Promise<Snapshot> {
  try {
    return await lockAndLook(client);
  } catch (cause) {
    if ((cause as { code?: string }).code !== LOCK_TIMEOUT) throw cause;
    throw new Error(
      'somebody holds a table for themselves: run it when no migration is under way',
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
    `tables were created, changed or dropped ${String(TRIES)} times while the backup began: run it when no migration is under way`,
  );
}

/** @returns false when one of them has gone */
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
