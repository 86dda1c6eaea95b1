/** What kind of user a name stands for: decides memberships and attributes; grants are declared in access/. */
export type UserKind = 'migrator' | 'app' | 'readonly' | 'monitor' | 'backup' | 'health';

export interface KindTraits {
  /** Predefined roles that the group role is a member of. */
  readonly memberOf: readonly string[];
  /** Whether its logins see every row. Not inherited through membership, so set on the logins. */
  readonly bypassRowSecurity: boolean;
}

const NOTHING: KindTraits = { memberOf: [], bypassRowSecurity: false };

/** What each kind may do. */
export const KINDS: Readonly<Record<UserKind, KindTraits>> = {
  migrator: NOTHING,
  app: NOTHING,
  readonly: NOTHING,
  monitor: { ...NOTHING, memberOf: ['pg_monitor'] },
  backup: { memberOf: ['pg_read_all_data'], bypassRowSecurity: true },
  health: NOTHING,
};
