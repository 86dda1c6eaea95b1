import { identifier, literal } from '../../../lib/sql.ts';
import { same } from '../../engine/detailed-diff.ts';
import type { RoleState, RoleStates } from './introspect.ts';
import type { RoleArgs } from './role.ts';

export type Roles = Readonly<Record<string, RoleArgs>>;

/**
 * Statements after which the roles are as declared, and those of `gone` are not there. What many roles have in common is one
 * statement.
 */
export function statements(live: RoleStates, roles: Roles, gone: readonly string[]): string[] {
  const names = Object.keys(roles).sort();
  return [
    ...gone
      .filter((name) => live[name] !== undefined)
      .map((name) => `DROP ROLE ${identifier(name)}`),
    ...names.flatMap((name) => {
      const is = live[name];
      const wanted = roles[name] as RoleArgs;
      return [
        ...roleStatements(name, is, wanted),
        ...(is?.memberOf ?? [])
          .filter((role) => !wanted.memberOf.includes(role))
          .map((role) => revoke(role, name)),
        ...settingStatements(name, is?.settings ?? {}, wanted.settings ?? {}),
      ];
    }),
    ...memberships(live, roles),
  ];
}

function roleStatements(name: string, is: RoleState | undefined, wanted: RoleArgs): string[] {
  if (is !== undefined && attributes(is) === attributes(wanted)) return [];
  const verb = is === undefined ? 'CREATE ROLE' : 'ALTER ROLE';
  return [`${verb} ${identifier(name)} WITH ${attributes(wanted)}`];
}

/** All of a role's attributes; a power stands out, so that it is never mistaken for what is declared. */
function attributes({ login, verifier, connectionLimit, ...rest }: RoleState): string {
  const powers = rest.powers === undefined ? '' : ` BUT ${rest.powers.join(' ')}`;
  return [
    login ? 'LOGIN' : 'NOLOGIN',
    'NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION INHERIT',
    `CONNECTION LIMIT ${connectionLimit}`,
    `PASSWORD ${verifier === undefined ? 'NULL' : literal(verifier)}`,
    `VALID UNTIL 'infinity'${powers}`,
  ].join(' ');
}

/** A membership as it is read: `app WITH ADMIN WITH SET BY somebody`. */
function revoke(text: string, member: string): string {
  const [, role = text, , grantor] =
    /^(.*?)((?: WITH ADMIN)?(?: WITHOUT INHERIT)?(?: WITH SET)?)(?: BY (.*))?$/.exec(text) ?? [];
  const by = grantor === undefined ? '' : ` GRANTED BY ${identifier(grantor)}`;
  return `REVOKE ${identifier(role)} FROM ${identifier(member)}${by} CASCADE`;
}

type Settings = NonNullable<RoleArgs['settings']>;

function settingStatements(name: string, is: Settings, wanted: Settings): string[] {
  const undeclared = Object.keys(is).filter((setting) => wanted[setting] === undefined);
  return [
    ...undeclared.map((text) => {
      const [setting = text, database] = text.split(' IN DATABASE ');
      const where = database === undefined ? '' : ` IN DATABASE ${identifier(database)}`;
      return `ALTER ROLE ${identifier(name)}${where} RESET ${parameter(setting)}`;
    }),
    ...Object.entries(wanted)
      .filter(([setting, value]) => is[setting] !== value)
      .map(
        ([setting, value]) =>
          `ALTER ROLE ${identifier(name)} SET ${parameter(setting)} TO ${literal(value)}`,
      ),
  ];
}

/** `app.tenant` has a name for each part. */
function parameter(name: string): string {
  return name.split('.').map(identifier).join('.');
}

/** One GRANT for all new members of a role. */
function memberships(live: RoleStates, roles: Roles): string[] {
  const members = new Map<string, string[]>();
  for (const [name, { memberOf }] of Object.entries(roles).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const role of memberOf) {
      if (live[name]?.memberOf.includes(role) === true) continue;
      members.set(role, [...(members.get(role) ?? []), identifier(name)]);
    }
  }
  return [...members].map(
    ([role, names]) =>
      `GRANT ${identifier(role)} TO ${names.join(', ')} WITH INHERIT TRUE, SET FALSE`,
  );
}

/**
 * Why a role that is there and was not made by this set is none of its own; undefined when it could be. Its password and
 * its connection limit are set anew anyway.
 */
export function unmanagedRole(is: RoleState, wanted: RoleArgs): string | undefined {
  if (is.powers !== undefined) return `is ${is.powers.join(', ')}`;
  if (is.login !== wanted.login) return is.login ? 'may log in' : 'may not log in';
  const others = is.memberOf.filter((role) => !wanted.memberOf.includes(role));
  return others.length > 0 ? `belongs to ${others.join(', ')}` : undefined;
}

/** What is different about each role, by its name; secrets are named, not shown. */
export function differences(live: RoleStates, roles: Roles): [string, string][] {
  const names = [...new Set([...Object.keys(live), ...Object.keys(roles)])].sort();
  return names.flatMap((name): [string, string][] => {
    const is = live[name];
    const wanted = roles[name];
    if (wanted === undefined) return [[name, 'is dropped']];
    if (is === undefined) return [[name, 'is made']];
    const parts = [
      ...(is.powers === undefined ? [] : [`is no longer ${is.powers.join(', ')}`]),
      ...(is.login === wanted.login ? [] : [wanted.login ? 'may log in' : 'may no longer log in']),
      ...(is.verifier === wanted.verifier ? [] : ['has another password']),
      ...(is.connectionLimit === wanted.connectionLimit
        ? []
        : [`has ${wanted.connectionLimit} instead of ${is.connectionLimit} connections`]),
      ...(same([...is.memberOf].sort(), [...wanted.memberOf].sort())
        ? []
        : [`belongs to ${list(wanted.memberOf)} instead of ${list(is.memberOf)}`]),
      ...(same(is.settings ?? {}, wanted.settings ?? {}) ? [] : ['has other settings']),
    ];
    return parts.length === 0 ? [] : [[name, parts.join(', ')]];
  });
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
