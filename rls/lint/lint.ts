import type { SchemaPlan } from '../model/plan.ts';

/** An error lets rows out or in; a warning does so once something else goes wrong, or is slow; an info is worth knowing. */
export type Level = 'error' | 'warning' | 'info';

export const LEVELS: readonly Level[] = ['error', 'warning', 'info'];

/** What a query found: its columns as text, '' for NULL, several roles with commas between. */
export interface LintRow {
  /** As Postgres names it: `public.orders`. */
  readonly object: string;
  /** The end of the sentence that begins with the object; `<who>` in it stands for the roles in column `who`. */
  readonly detail: string;
  readonly [column: string]: string;
}

/** A mistake that the catalog of a running server shows. */
export interface Lint {
  readonly id: string;
  readonly level: Level;
  readonly title: string;
  /** What can happen. */
  readonly why: string;
  /** What sets it right: a statement, or what to do. */
  readonly fix: string | ((row: LintRow) => string);
  /**
   * One query that gives `object` and `detail`, and what `judge` and `fix` need beside. What the plan says stands in
   * braces, as in `rls/audit/bind.ts`.
   */
  readonly sql: string;
  /** Looks at what SQL cannot: the detail of a row that is a mistake, undefined of one that is none. */
  readonly judge?: (row: LintRow, plan: SchemaPlan) => string | undefined;
  /** Whether it reads what only a superuser may; the others may be asked by a member of pg_monitor. @default false */
  readonly secret?: boolean;
}

/** One mistake in one place. */
export interface LintResult {
  readonly id: string;
  readonly level: Level;
  readonly title: string;
  readonly why: string;
  readonly object: string;
  readonly detail: string;
  readonly fix: string;
}
