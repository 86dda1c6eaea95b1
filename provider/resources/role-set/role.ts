/** One role of a set, as it is declared. */
export interface RoleArgs {
  readonly login: boolean;
  /** SCRAM-SHA-256 verifier. @default no password */
  readonly verifier?: string | undefined;
  /** Roles whose privileges it inherits, without becoming them. */
  readonly memberOf: readonly string[];
  /** Most connections at once; -1 is no limit. */
  readonly connectionLimit: number;
  /** Settings that its sessions begin with. @default none */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}
