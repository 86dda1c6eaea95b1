import type { PGlite } from '@electric-sql/pglite';
import { ConfigError } from '../../config/errors.ts';
import { statement } from '../audit/policy.ts';
import { printedExpressions, type PrintedExpressions } from './printed-expressions.ts';
import { CATALOG_SQL, type Catalog } from './catalog.ts';
import type { Tenant } from '../model/tenancy.ts';
import type { TablePlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { settingContextSql } from '../compile/session-variable-context.ts';
import { qualified } from '../../lib/sql.ts';

export interface ShadowArgs {
  /** Migrations in the order in which they are applied. */
  readonly migrations: readonly { readonly name: string; readonly sql: string }[];
  /** Where they are, for errors. @default migrations */
  readonly folder?: string;
  /** Roles that migrations may name; the first owns the tables. */
  readonly roles: readonly [string, ...string[]];
  readonly schema: string;
  /** Migrations may call tenant.id() where there are tenants. @default none */
  readonly tenant?: Pick<Tenant, 'setting' | 'type'>;
}

/**
 * The schema as the migrations make it, before any server exists: they are run in a Postgres of this process (PGlite),
 * which is thrown away. That is how a preview knows tables that `up` has not made yet.
 *
 * @throws {ConfigError} with the migration's name and Postgres's own words
 */
export function shadowCatalog(
  args: ShadowArgs,
  open: () => Promise<PGlite> = openPGlite,
): Promise<Catalog> {
  return inShadow(args, open, async (db) => {
    const { rows } = await db.query<{ catalog: Catalog }>(CATALOG_SQL, [args.schema]);
    if (rows[0] !== undefined) return rows[0].catalog;
    throw new ConfigError(args.folder ?? 'migrations', [
      `none makes schema ${args.schema}: correct the declaration`,
    ]);
  });
}

/** What Postgres says against policies written by hand: a column that is not there, a slip in the SQL. */
export function refusedPolicies(
  args: ShadowArgs,
  tables: readonly TablePlan[],
  open: () => Promise<PGlite> = openPGlite,
): Promise<string[]> {
  return inShadow(args, open, async (db) => {
    const refused: string[] = [];
    for (const { schema, table, policies } of tables) {
      for (const policy of policies.filter(({ rows }) => rows !== 'own')) {
        await db.exec(statement(qualified(schema, table), policy)).catch((cause: unknown) => {
          const at = `tables.${table}.policies.${policy.name}`;
          refused.push(`${at}: ${(cause as Error).message}: correct its condition`);
        });
      }
    }
    return refused;
  });
}

/** What Postgres makes of the declared conditions: the words in which a server shows them. */
export function printedPolicies(
  args: ShadowArgs,
  tables: readonly TablePlan[],
  open: () => Promise<PGlite> = openPGlite,
): Promise<PrintedExpressions> {
  return inShadow(args, open, (db) => {
    const query: Query = async (sql, values = []) =>
      (await db.query<Record<string, unknown>>(sql, [...values])).rows;
    return printedExpressions(query, tables);
  });
}

async function inShadow<T>(
  { migrations, folder = 'migrations', roles, tenant }: ShadowArgs,
  open: () => Promise<PGlite>,
  work: (db: PGlite) => Promise<T>,
): Promise<T> {
  const db = await open();
  try {
    const [owner] = roles;
    for (const role of roles) await db.exec(`CREATE ROLE "${role}"`);
    const context = tenant === undefined ? [] : settingContextSql(tenant, roles);
    for (const sql of context) await db.exec(sql);
    await db.exec(
      `GRANT ALL ON DATABASE postgres TO "${owner}"; ALTER SCHEMA public OWNER TO "${owner}"; SET ROLE "${owner}"`,
    );
    for (const { name, sql } of migrations) {
      await db.exec(`BEGIN; ${sql}\n; COMMIT`).catch((cause: unknown) => {
        throw new ConfigError(`${folder}/${name}`, [`${(cause as Error).message}: correct it`]);
      });
    }
    return await work(db);
  } finally {
    await db.close();
  }
}

/** Loaded only when it is needed: it is a Postgres compiled to WebAssembly, of several megabytes. */
async function openPGlite(): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  return PGlite.create();
}
