import type { PGlite } from '@electric-sql/pglite';
import { ConfigError } from '../config/problems.ts';
import { CATALOG_SQL, type Catalog } from './catalog.ts';
import type { Tenant } from './declaration.ts';
import { settingContextSql } from './setting-context.ts';

export interface ShadowArgs {
  /** Migrations in the order in which they are applied. */
  readonly migrations: readonly { readonly name: string; readonly sql: string }[];
  /** Roles that migrations may name; the first owns the tables. */
  readonly roles: readonly [string, ...string[]];
  readonly schema: string;
  /** Migrations may call tenant.id(). */
  readonly tenant: Pick<Tenant, 'setting' | 'type'>;
}

/**
 * The schema as the migrations make it, before any server exists: they are run in a Postgres of this process (PGlite),
 * which is thrown away. That is how a preview knows tables that `up` has not made yet.
 *
 * @throws {ConfigError} with the migration's name and Postgres's own words
 */
export async function shadowCatalog(
  { migrations, roles, schema, tenant }: ShadowArgs,
  open: () => Promise<PGlite> = openPGlite,
): Promise<Catalog> {
  const db = await open();
  try {
    const [owner] = roles;
    for (const role of roles) await db.exec(`CREATE ROLE "${role}"`);
    for (const statement of settingContextSql(tenant, roles)) await db.exec(statement);
    await db.exec(
      `GRANT ALL ON DATABASE postgres TO "${owner}"; ALTER SCHEMA public OWNER TO "${owner}"; SET ROLE "${owner}"`,
    );
    for (const { name, sql } of migrations) {
      await db.exec(`BEGIN; ${sql}\n; COMMIT`).catch((cause: unknown) => {
        throw new ConfigError(`migrations/${name}`, [`${(cause as Error).message}: correct it`]);
      });
    }
    const { rows } = await db.query<{ catalog: Catalog }>(CATALOG_SQL, [schema]);
    if (rows[0] === undefined) {
      throw new ConfigError('migrations', [`none makes schema ${schema}: correct the declaration`]);
    }
    return rows[0].catalog;
  } finally {
    await db.close();
  }
}

/** Loaded only when it is needed: it is a Postgres compiled to WebAssembly, of several megabytes. */
async function openPGlite(): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  return PGlite.create();
}
