import type pg from 'pg';
import { withClient, type Connection } from '../connection.ts';
import { changedProperties, type Handler } from '../engine/handler.ts';
import { projectFile } from '../project-file.ts';

interface MigrationsInputs {
  readonly connection: Connection;
  readonly owner: string;
  readonly directory: string;
  readonly files: Readonly<Record<string, string>>;
  /** Role that may read which have been applied. */
  readonly reader: string;
}

// Two runners must never apply at once. Any constant serves; this one spells "plinth" in ASCII.
const ADVISORY_LOCK = '0x706c696e7468';

/** Where it is kept which have been applied, and what whoever measures may be told. Run as the owner. */
export const MIGRATIONS_TABLE_DDL = `
  create schema if not exists plinth;
  create table if not exists plinth.migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  );
  -- How far a sequence of this owner has come, for who measures: who may read one himself could also be told what it feeds.
  create or replace function plinth.sequence_value(sequence oid) returns bigint
    language sql stable strict security definer set search_path = pg_catalog, pg_temp
    return pg_catalog.pg_sequence_last_value($1);
  revoke all on function plinth.sequence_value(oid) from public;`;

/** Migrations as one resource: its state is the set of files that have been applied. */
export const migrations: Handler<MigrationsInputs> = {
  check: ({ files }) =>
    Object.keys(files)
      .filter((name) => !/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
      .map((name) => ({
        property: 'files',
        reason: `${name} is no migration name: use NNNN_lower_case.sql`,
      })),
  // The login is how to get in, not what is declared: a rotated password changes nothing here.
  diff: (state, inputs) => ({
    changed: changedProperties(state, inputs, ['files', 'owner', 'directory', 'reader']),
  }),
  create: async (inputs) => {
    await apply(inputs);
    return { id: inputs.directory, state: inputs };
  },
  update: async (_id, _state, inputs) => {
    await apply(inputs);
    return inputs;
  },
};

async function apply(inputs: MigrationsInputs): Promise<void> {
  await withClient(inputs.connection, async (client) => {
    await client.query(`select pg_advisory_lock(${String(BigInt(ADVISORY_LOCK))})`);
    await client.query(`set role ${client.escapeIdentifier(inputs.owner)}`);
    await client.query(MIGRATIONS_TABLE_DDL);
    const reader = client.escapeIdentifier(inputs.reader);
    await client.query(
      `grant usage on schema plinth to ${reader}; grant select on plinth.migrations to ${reader};
       grant execute on function plinth.sequence_value(oid) to ${reader}`,
    );
    const done = await applied(client);
    refuseEdited(done, inputs.files);
    for (const name of Object.keys(inputs.files).sort()) {
      if (!done.has(name)) await applyOne(client, inputs, name);
    }
  });
}

async function applied(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from plinth.migrations',
  );
  return new Map(rows.map((row) => [row.name, row.checksum]));
}

function refuseEdited(done: Map<string, string>, files: MigrationsInputs['files']): void {
  for (const [name, checksum] of done) {
    if (files[name] !== undefined && files[name] !== checksum) {
      throw new Error(
        `migration ${name} was edited after it had been applied: ` +
          'put the old text back and write the change as a new migration',
      );
    }
  }
}

async function applyOne(client: pg.Client, inputs: MigrationsInputs, name: string): Promise<void> {
  const checksum = inputs.files[name] ?? '';
  const sql = await projectFile(`${inputs.directory}/${name}`, checksum);
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into plinth.migrations (name, checksum) values ($1, $2)', [
      name,
      checksum,
    ]);
    await client.query('commit');
  } catch (cause) {
    const undone = await client.query('rollback').then(
      () => true,
      () => false,
    );
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      undone
        ? `migration ${name} failed and was rolled back: ${reason}`
        : `migration ${name} was interrupted: ${reason}: run the update again`,
      { cause },
    );
  }
}
