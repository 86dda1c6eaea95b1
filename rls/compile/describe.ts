import type { Command } from '../model/tenancy.ts';
import { getOwn } from '../../lib/own-property.ts';
import type { PolicyPlan, TablePlan } from '../model/plan.ts';

const VERBS: Readonly<Record<Command, string>> = {
  SELECT: 'read',
  INSERT: 'add',
  UPDATE: 'change',
  DELETE: 'remove',
};

/** `read, add and change`. */
export function verbs(commands: readonly Command[]): string {
  const words = commands.map((command) => VERBS[command]);
  const last = words.pop();
  return words.length === 0
    ? (last ?? 'do nothing with')
    : `${words.join(', ')} and ${String(last)}`;
}

/** Which rows of a table a role reaches with a command, under its policies and grants. */
type Rows = PolicyPlan['rows'];

const COMMANDS = Object.keys(VERBS) as Command[];
const WIDTH = { own: 1, some: 2, all: 3 } as const;

/** Policies that decide about a command of a role; without the privilege none does. */
function deciding(plan: TablePlan, role: string, command: Command): readonly PolicyPlan[] {
  const granted = getOwn(plan.grants, role)?.includes(command) === true;
  if (!plan.rowSecurity || !granted) return [];
  return plan.policies.filter(
    (policy) =>
      (policy.command === 'ALL' || policy.command === command) &&
      (policy.roles.includes(role) || policy.roles.includes('public')),
  );
}

function reachOf(plan: TablePlan | undefined, role: string, command: Command): Rows | undefined {
  if (plan === undefined || getOwn(plan.grants, role)?.includes(command) !== true) return undefined;
  if (!plan.rowSecurity) return 'all';
  const policies = deciding(plan, role, command);
  const widest = policies
    .filter(({ restrictive }) => !restrictive)
    .map(({ rows }) => rows)
    .sort((a, b) => WIDTH[b] - WIDTH[a])[0];
  const bound = policies.some(({ restrictive, rows }) => restrictive && rows === 'own');
  return bound && widest !== undefined ? 'own' : widest;
}

/**
 * What a change of one table's access means, in sentences: who may no longer do what, and who may from now on. None when
 * every role does the same with the same rows.
 *
 * @param tenant what a tenant is called: `shop`
 */
export function describeChanges(
  before: TablePlan | undefined,
  after: TablePlan | undefined,
  tenant = 'tenant',
): string[] {
  const table = (after ?? before)?.table ?? '';
  const sentences = rolesOf(before, after).flatMap((role) => {
    const change = (command: Command) =>
      [reachOf(before, role, command), reachOf(after, role, command)] as const;
    return [
      ...grouped(change, (was, is) => lost(was, is, table, tenant)).map(
        ([rows, commands]) => `${role} may no longer ${verbs(commands)} ${rows}`,
      ),
      ...grouped(change, (was, is) => gained(was, is, table, tenant)).map(
        ([rows, commands]) => `${role} may now ${verbs(commands)} ${rows}`,
      ),
    ];
  });
  return [...sentences, ...conditionChanges(before, after), ...switches(before, after)];
}

function rolesOf(before: TablePlan | undefined, after: TablePlan | undefined): string[] {
  const roles = [...Object.keys(before?.grants ?? {}), ...Object.keys(after?.grants ?? {})];
  return [...new Set(roles)].sort();
}

/** Those rows of a table that a reach takes in. */
function rowsOf(rows: Rows, table: string, tenant: string): string {
  if (rows === 'own') return `${table} of its ${tenant}`;
  return rows === 'all' ? `every row of ${table}` : `${table} by a condition of their own`;
}

type Say = (was: Rows | undefined, is: Rows | undefined) => string | undefined;

function lost(...[was, is, table, tenant]: [...Parameters<Say>, string, string]) {
  if (was === undefined) return undefined;
  if (is === undefined) return table;
  if (WIDTH[is] >= WIDTH[was]) return undefined;
  return is === 'own' ? `${table} of other ${plural(tenant)}` : `every row of ${table}`;
}

function gained(...[was, is, table, tenant]: [...Parameters<Say>, string, string]) {
  if (is === undefined) return undefined;
  return was === undefined || WIDTH[is] > WIDTH[was] ? rowsOf(is, table, tenant) : undefined;
}

function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

/** Commands by what is said about them. */
function grouped(
  change: (command: Command) => readonly [Rows | undefined, Rows | undefined],
  say: Say,
): [string, Command[]][] {
  const groups = new Map<string, Command[]>();
  for (const command of COMMANDS) {
    const said = say(...change(command));
    if (said !== undefined) groups.set(said, [...(groups.get(said) ?? []), command]);
  }
  return [...groups];
}

/** Policies by which the rows of a role change although its reach is called the same. */
function conditionChanges(before: TablePlan | undefined, after: TablePlan | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  const gone = new Set<string>();
  const come = new Set<string>();
  for (const role of rolesOf(before, after)) {
    for (const command of COMMANDS) {
      const reach = reachOf(before, role, command);
      if (reach === undefined || reach !== reachOf(after, role, command)) continue;
      const was = deciding(before, role, command);
      const is = deciding(after, role, command);
      for (const { name } of without(was, is, command)) gone.add(name);
      for (const { name } of without(is, was, command)) come.add(name);
    }
  }
  return [...new Set([...gone, ...come])].sort().map((name) => {
    const old = before.policies.find((policy) => policy.name === name);
    const young = after.policies.find((policy) => policy.name === name);
    if (young === undefined) return `${name} is gone: ${old?.says ?? ''}`;
    return old === undefined
      ? `${name} is new: ${young.says}`
      : `${name} has another condition: ${young.says}`;
  });
}

/** Policies that decide otherwise about a command than all of the others do. */
function without(
  policies: readonly PolicyPlan[],
  others: readonly PolicyPlan[],
  command: Command,
): PolicyPlan[] {
  const known = new Set(others.map((policy) => decides(policy, command)));
  return policies.filter((policy) => !known.has(decides(policy, command)));
}

/** What a policy asks of the rows of a command, whatever it is called. */
function decides({ restrictive, using, check }: PolicyPlan, command: Command): string {
  const old = command === 'INSERT' ? null : using;
  const young = command === 'INSERT' || command === 'UPDATE' ? (check ?? using) : null;
  return JSON.stringify([restrictive, old, young]);
}

function switches(before: TablePlan | undefined, after: TablePlan | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  if (before.rowSecurity && !after.rowSecurity) {
    return [`row security of ${after.table} is switched off: its rows are nobody's in particular`];
  }
  return !before.rowSecurity && after.rowSecurity
    ? [`row security of ${after.table} is switched on`]
    : [];
}
