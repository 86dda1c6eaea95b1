import type { Tenant, TenantType } from '../model/tenancy.ts';
import { literal, role } from '../../lib/sql.ts';
import { CONTEXT_SCHEMA } from '../model/tenant-context.ts';

/** The tenant as the application says it in a setting: tolerant of whatever stands there, and NULL without a value. */
export function settingExpression(setting: string, type: TenantType): string {
  const said = `pg_catalog.current_setting(${literal(setting)}, true)`;
  return type === 'text'
    ? `nullif(${said}, '')`
    : `CASE WHEN pg_catalog.pg_input_is_valid(${said}, ${literal(type)}) THEN ${said}::${type} END`;
}

/**
 * Level 1: statements that make the functions of the context, safe to run again.
 *
 * `tenant.id()` has a parsed body, so no search_path can turn its names elsewhere, and is simple enough for the planner
 * to put in the place of its call. `tenant.become()` takes anybody's word and is for the superuser, who sows.
 *
 * @param roles roles of the application
 */
export function settingContextSql(
  { setting, type }: Pick<Tenant, 'setting' | 'type'>,
  roles: readonly string[],
): string[] {
  const schema = CONTEXT_SCHEMA;
  const names = roles.map(role).join(', ');
  return [
    `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    `REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC`,
    `CREATE OR REPLACE FUNCTION ${schema}.id() RETURNS ${type} LANGUAGE sql STABLE PARALLEL SAFE ` +
      `RETURN ${settingExpression(setting, type)}`,
    `CREATE OR REPLACE FUNCTION ${schema}.become(who ${type}) RETURNS void LANGUAGE sql VOLATILE ` +
      `BEGIN ATOMIC SELECT pg_catalog.set_config(${literal(setting)}, coalesce(who::text, ''), true); END`,
    `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${schema} FROM PUBLIC`,
    `GRANT USAGE ON SCHEMA ${schema} TO ${names}`,
    `GRANT EXECUTE ON FUNCTION ${schema}.id() TO ${names}`,
  ];
}
