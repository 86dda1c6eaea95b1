import { bind } from '../audit/bind.ts';
import { formatRoles, withoutMemberLogins } from '../audit/finding.ts';
import type { AccessPlan, SchemaPlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { role } from '../../lib/sql.ts';
import { SECURITY_DEFINER } from './security-definer.ts';
import { INDEXES } from './indexes.ts';
import { KEYS } from './keys.ts';
import { LEVELS, type Lint, type LintResult, type LintRow } from './lint.ts';
import { POLICIES } from './policies.ts';
import { PRIVILEGES } from './privileges.ts';
import { RELATIONS } from './relations.ts';
import { ROLES } from './roles.ts';
import { SETTINGS } from './settings.ts';
import { PERFORMANCE } from './performance.ts';

/** Every lint, by topic. */
export const LINTS: readonly Lint[] = [
  ...POLICIES,
  ...PERFORMANCE,
  ...PRIVILEGES,
  ...RELATIONS,
  ...SECURITY_DEFINER,
  ...KEYS,
  ...INDEXES,
  ...ROLES,
  ...SETTINGS,
];

/**
 * The mistakes that a server's catalog shows, errors first. Only reads; runs no statement of an application. The
 * connection must be a superuser's, who alone sees all of the catalog.
 */
export async function lint(query: Query, plan: AccessPlan): Promise<LintResult[]> {
  const found: LintResult[] = [];
  for (const one of LINTS) found.push(...(await resultsOf(one, query, plan.schema)));
  return found.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** What one lint finds. */
export async function resultsOf(
  { id, level, title, why, fix, sql, judge }: Lint,
  query: Query,
  plan: SchemaPlan,
): Promise<LintResult[]> {
  const { text, values } = bind(sql, plan);
  return (await query(text, values)).flatMap((raw) => {
    const row = rowOf(raw, plan);
    const detail = judge === undefined ? row.detail : judge(row, plan);
    if (detail === undefined) return [];
    const { object } = row;
    const remedy = typeof fix === 'string' ? fix : fix({ ...row, detail });
    return [{ id, level, title, why, object, detail, fix: remedy }];
  });
}

function rowOf(raw: Readonly<Record<string, unknown>>, plan: SchemaPlan): LintRow {
  const columns = Object.entries(raw).map(([name, value]) => [name, textOf(value, plan)]);
  const row = { object: '', detail: '', ...Object.fromEntries(columns) } as LintRow;
  // Whom a row is about is known in full only here, where logins of a role that is named are left out.
  const who = Array.isArray(raw['who'])
    ? formatRoles(withoutMemberLogins(raw['who'] as string[], plan))
    : '';
  return { ...row, detail: row.detail.replace('<who>', () => who) };
}

function textOf(value: unknown, plan: SchemaPlan): string {
  if (Array.isArray(value))
    return withoutMemberLogins(value as string[], plan)
      .map(role)
      .join(', ');
  return typeof value === 'string' ? value : '';
}
