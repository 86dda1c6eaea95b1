import type { TenantPlan } from '../model/plan.ts';
import type { Pair } from './case-target.ts';
import type { Fixtures } from './tenant-fixture.ts';
import type { TenantContext } from './context.ts';
import { insertable, type Planned, type Route } from './matrix.ts';
import { ordered } from './dependency-order.ts';
import { bare, madePairs, newTenants } from './tenant-pairs.ts';
import type { Session } from './session.ts';

export interface BatchArgs {
  readonly plan: TenantPlan;
  readonly material: Fixtures;
  readonly context: TenantContext;
  /** Rows that are there. */
  readonly existing: readonly Pair[];
  readonly role: string;
}

/** Cases that are tried in one transaction. */
export interface Batch {
  readonly cases: readonly Planned[];
  readonly pairs: (session: Session) => Promise<readonly Pair[]>;
  /** Whether a superuser makes the rows, and then becomes the login. */
  readonly asSuperuser: boolean;
}

/** Tables a transaction tries at once: it stays short however many there are. */
const TABLES_AT_ONCE = 8;

/**
 * The transactions in which a route tries the cases of one role: on rows that the role makes itself, where it may. Where
 * it may not, a superuser makes them on the direct route, and on the others it reads what is there.
 */
export function batchesOf(args: BatchArgs, route: Route, cases: readonly Planned[]): Batch[] {
  const { material, context, plan, role } = args;
  const can = insertable(plan, material.catalog, role);
  const withRows = new Set(ordered(plan, material.catalog).map(({ table }) => table));
  const tables = [...new Set(cases.map(({ table }) => table))];
  const own = tables.filter((table) => can.has(table));
  const rest = tables.filter((table) => withRows.has(table) && !can.has(table));
  const nobodys = tables.filter((table) => !withRows.has(table));
  const made = (some: readonly string[], asSuperuser: boolean): Batch => ({
    cases: of(cases, some),
    pairs: madePairs(material, context, some, newTenants(material)),
    asSuperuser,
  });
  return [
    ...chunks(own).map((some) => made(some, false)),
    ...(route === 'direct'
      ? chunks(rest).map((some) => made(some, true))
      : [onExisting(args, of(cases, rest))]),
    {
      cases: of(cases, nobodys),
      pairs: () => Promise.resolve([withoutRows(material, nobodys)]),
      asSuperuser: false,
    },
  ].filter((unit) => unit.cases.length > 0);
}

/** Of rows that are there, only what cannot change them is tried. */
function onExisting({ material, existing }: BatchArgs, cases: readonly Planned[]): Batch {
  const tables = new Set(cases.map(({ table }) => table));
  const known = existing.filter((pair) => pair.tables.every((table) => tables.has(table)));
  const seen = new Set(known.flatMap((pair) => pair.tables));
  const unseen = [...tables].filter((table) => !seen.has(table));
  const harmless = ({ command, expects }: Planned) =>
    expects === 'denied' || command === 'SELECT' || command === 'COPY TO';
  const needsRows = ({ expects, context }: Planned) =>
    expects === 'reaches' || (expects === 'nothing' && ['foreign', 'spoofed'].includes(context));
  return {
    cases: cases.filter((one) => harmless(one) && (seen.has(one.table) || !needsRows(one))),
    pairs: () =>
      Promise.resolve([
        ...known,
        { ...withoutRows(material, unseen), note: 'there are no rows of two tenants to see' },
      ]),
    asSuperuser: false,
  };
}

function withoutRows(material: Fixtures, tables: readonly string[]): Pair {
  const [a, b] = newTenants(material);
  return { a: bare(a), b: bare(b), tables };
}

function of(cases: readonly Planned[], tables: readonly string[]): Planned[] {
  return cases.filter(({ table }) => tables.includes(table));
}

function chunks(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / TABLES_AT_ONCE);
  return Array.from({ length: count }, (_, place) =>
    names.slice(place * TABLES_AT_ONCE, (place + 1) * TABLES_AT_ONCE),
  );
}
