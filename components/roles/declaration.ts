/** What kind of user a name stands for: decides memberships and attributes, never the grants. */
export type UserKind = 'migrator' | 'app' | 'readonly' | 'monitor' | 'backup' | 'health';

export interface KindTraits {
  /** Predefined roles that the group role is a member of. */
  readonly memberOf: readonly string[];
  /** Whether its logins see every row. Not inherited through membership, so set on the logins. */
  readonly bypassRowSecurity: boolean;
  /** Table privileges it gets on what the migrator makes. */
  readonly tables: readonly string[];
  readonly sequences: readonly string[];
}

const NOTHING = { memberOf: [], bypassRowSecurity: false, tables: [], sequences: [] } as const;

/** What each kind may do. */
export const KINDS: Readonly<Record<UserKind, KindTraits>> = {
  migrator: NOTHING,
  app: {
    ...NOTHING,
    tables: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    sequences: ['USAGE'],
  },
  readonly: { ...NOTHING, tables: ['SELECT'] },
  monitor: { ...NOTHING, memberOf: ['pg_monitor'] },
  backup: {
    ...NOTHING,
    memberOf: ['pg_read_all_data'],
    bypassRowSecurity: true,
  },
  health: NOTHING,
};
