import type { Query } from '../../lib/query.ts';
import type { SchemaPlan } from '../model/plan.ts';
import { bind } from './bind.ts';

/** Something that holds in the server and is not declared, or the other way round. */
export interface Finding {
  /** What kind of difference, for programs: `policy-altered`. */
  readonly kind: string;
  /** What it is about, as Postgres names it: `public.orders`. */
  readonly object: string;
  /** What is so, as a sentence. */
  readonly says: string;
  /** What sets it right: a statement, or what to do. */
  readonly remedy: string;
}

/** What a check's query gives. */
export interface Row {
  readonly object: string;
  /** Roles it is about, `public` among them. */
  readonly who: readonly string[];
  readonly detail: string;
}

/** One query that finds what nobody declared, and the words for what it finds. */
export interface Check {
  readonly kind: string;
  /** Gives columns `object`, and where they say something `who` (text[]) and `detail`; names in braces as in `bind`. */
  readonly sql: string;
  readonly says: (row: Row, plan: SchemaPlan) => string;
  readonly remedy: (row: Row, plan: SchemaPlan) => string;
}

/** What one check finds. */
export async function findingsOf(
  { kind, sql, says, remedy }: Check,
  query: Query,
  plan: SchemaPlan,
): Promise<Finding[]> {
  return (await rowsOf(query, plan, sql)).map((row) => ({
    kind,
    object: row.object,
    says: says(row, plan),
    remedy: remedy(row, plan),
  }));
}

/** The rows of a check's query; roles that stand for others already named are left out. */
export async function rowsOf(query: Query, plan: SchemaPlan, sql: string): Promise<Row[]> {
  const { text, values } = bind(sql, plan);
  return (await query(text, values)).map(({ object, who, detail }) => ({
    object: String(object),
    who: withoutMemberLogins((who ?? []) as readonly string[], plan),
    detail: typeof detail === 'string' ? detail : '',
  }));
}

/** Without logins of a role that is named itself, and nobody in particular where everybody is. */
export function withoutMemberLogins(names: readonly string[], { roles }: SchemaPlan): string[] {
  if (names.includes('public')) return ['public'];
  const heirs = roles.filter(({ name }) => names.includes(name)).flatMap(({ logins }) => logins);
  return [...new Set(names)].filter((name) => !heirs.includes(name)).sort();
}

/** Roles as the subject of a sentence. */
export function formatRoles(names: readonly string[]): string {
  const words = names.map((name) => (name === 'public' ? 'everybody' : name));
  const last = words.pop() ?? 'nobody';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
}

/** What takes a table's drift back: the program does, or a statement. */
export function remediation(statement: string): string {
  return `pulumi up --refresh, or: ${statement}`;
}
