// Compares the migrations in the database with the migration files.

import type { CollectorContext, Collector, ExporterSample } from '../collector.ts';
import type { Migration } from '../settings.ts';

const THERE = `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'plinth' and c.relname = 'migrations' and c.relkind = 'r'`;
const APPLIED = 'select name, checksum from plinth.migrations';

export function migrations(wanted: readonly Migration[], { query }: CollectorContext): Collector {
  return {
    name: 'migrations',
    everySec: 60,
    collect: async () => {
      const there = (await query(THERE)).length > 0;
      const rows = there ? await query(APPLIED) : [];
      return compared(
        wanted,
        rows.map(({ name, checksum }) => ({ name: String(name), checksum: String(checksum) })),
      );
    },
  };
}

/** @param applied migrations in the database; some may belong to another or older application */
export function compared(
  wanted: readonly Migration[],
  applied: readonly Migration[],
): ExporterSample[] {
  const there = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  const pending = wanted.filter(({ name }) => !there.has(name));
  const changed = wanted.filter(
    ({ name, checksum }) => there.has(name) && there.get(name) !== checksum,
  );
  return [
    { name: 'plinth_migrations_applied', value: applied.length },
    { name: 'plinth_migrations_pending', value: pending.length },
    { name: 'plinth_migrations_changed', value: changed.length },
  ];
}
