import type { PolicyState, SequenceState, TableState } from '../../../rls/catalog/table-state.ts';
import { same } from '../../engine/detailed-diff.ts';
import type { RowSecurityInputs, TableInputs } from './serialize.ts';
import { bound, type CanonicalExpressions } from './policies.ts';

/**
 * What the engine keeps: the inputs, and the server's words for the expressions in them. After a refresh the inputs' places
 * show what is there instead.
 */
export interface RowSecurityState extends Omit<RowSecurityInputs, 'rowSecurity'> {
  /** Row security is on when it is both enabled and forced, and off when it is neither; else, in words. */
  readonly rowSecurity: boolean | string;
  readonly canonical: Canonical;
}

type Canonical = Readonly<Record<string, NonNullable<CanonicalExpressions[string]>>>;

const NOT_FORCED = 'enabled but not forced';
const NOT_ENABLED = 'forced but not enabled';
const NOT_USABLE = '(not usable)';

export function canonicalOf({ policies }: TableState): Canonical {
  return Object.fromEntries(policies.map(({ name, using, check }) => [name, { using, check }]));
}

/**
 * A table as it is now, in the form of inputs: as declared where nothing changed since the state was written, and as the
 * server puts it where something did. So what an engine shows as the difference is the drift, and nothing else.
 */
export function toState(state: RowSecurityState, live: TableState): RowSecurityState {
  return {
    ...state,
    owner: live.owner,
    rowSecurity: rowSecurity(live),
    policies: Object.fromEntries(live.policies.map((policy) => [policy.name, seen(state, policy)])),
    grants: kept(state.grants, live.grants),
    sequences: sequences(state, live),
    indexes: indexes(state, live),
    canonical: canonicalOf(live),
  };
}

/** The other way round: the table that a state shows, as far as it is declared anything about. */
export function fromState(state: RowSecurityState): TableState {
  const { schema, table, owner, rowSecurity: on } = state;
  return {
    schema,
    table,
    kind: 'table',
    owner,
    rowSecurity: on === true || on === NOT_FORCED,
    forced: on === true || on === NOT_ENABLED,
    policies: Object.keys(state.policies)
      .sort()
      .flatMap((name) => policyOf(state, name) ?? []),
    grants: Object.fromEntries(Object.entries(state.grants).filter(([, list]) => list.length > 0)),
    sequences: Object.fromEntries(
      Object.entries(state.sequences).map(([name, list]) => [name, sequenceOf(owner, list)]),
    ),
    indexes: Object.fromEntries(
      state.indexes.map(({ name, columns }) => {
        const usable = !columns.includes(NOT_USABLE);
        return [name, { columns, valid: usable, plain: usable }];
      }),
    ),
  };
}

function rowSecurity(live: TableState): boolean | string {
  if (live.rowSecurity === live.forced) return live.rowSecurity;
  return live.rowSecurity ? NOT_FORCED : NOT_ENABLED;
}

function policyOf(
  { policies, canonical }: RowSecurityState,
  name: string,
): PolicyState | undefined {
  const policy = policies[name];
  if (policy === undefined) return undefined;
  const { restrictive, command, roles } = policy;
  // The engine may leave out what is null.
  const { using = null, check = null } = canonical[name] ?? {};
  return { name, restrictive, command, roles: bound(roles), using, check };
}

function seen(state: RowSecurityState, live: PolicyState): TableInputs['policies'][string] {
  const declared = state.policies[live.name];
  const was = policyOf(state, live.name);
  if (declared !== undefined && same(was, { ...live, roles: bound(live.roles) })) {
    return declared;
  }
  const { restrictive, command, roles, using, check } = live;
  // A text means what the server made of it, as long as that is what it says.
  return {
    restrictive,
    command,
    roles,
    using: declared !== undefined && was?.using === using ? declared.using : using,
    check: declared !== undefined && was?.check === check ? declared.check : check,
    says: 'not as declared',
    rows: [using, check].includes('true') ? 'all' : 'some',
  };
}

type Lists = Readonly<Record<string, readonly string[]>>;

/** The lists of `is`, in the order of `was` where only that differs. */
function kept<T extends Lists>(was: T, is: Lists): T {
  // A role that is declared to have nothing is there as it was declared.
  const empty = Object.fromEntries(Object.entries(was).filter(([, list]) => list.length === 0));
  return Object.fromEntries(
    Object.entries({ ...empty, ...is }).map(([name, list]) => [
      name,
      same([...(was[name] ?? [])].sort(), [...list].sort()) ? (was[name] ?? list) : list,
    ]),
  ) as unknown as T;
}

/** Who may use each sequence. A privilege that nobody can declare stands behind the name. */
function sequences(state: RowSecurityState, live: TableState): RowSecurityState['sequences'] {
  const users = Object.entries(live.sequences).map(([name, { owner, owned, grants }]) => {
    const list = Object.entries(grants).flatMap(([role, privileges]) =>
      privileges.map((privilege) => (privilege === 'USAGE' ? role : `${role}: ${privilege}`)),
    );
    const foreign = owned || owner === live.owner ? [] : [`owner: ${owner}`];
    return [name, [...list, ...foreign].sort()] as const;
  });
  return kept(
    state.sequences,
    Object.fromEntries(users.filter(([name, list]) => name in state.sequences || list.length > 0)),
  );
}

function sequenceOf(tableOwner: string, list: readonly string[]): SequenceState {
  const grants: Record<string, string[]> = {};
  let owner = tableOwner;
  for (const entry of list) {
    const [, who = entry, what = 'USAGE'] = /^(.*): (.*)$/.exec(entry) ?? [];
    if (who === 'owner' && entry.startsWith('owner: ')) owner = what;
    else grants[who] = [...(grants[who] ?? []), what];
  }
  return { owner, owned: owner === tableOwner, grants };
}

function indexes(state: RowSecurityState, live: TableState): RowSecurityState['indexes'] {
  return state.indexes.flatMap(({ name }) => {
    const is = live.indexes[name];
    if (is === undefined) return [];
    return [{ name, columns: is.valid && is.plain ? is.columns : [NOT_USABLE] }];
  });
}
