import type { Membership, SchemaPlan } from '../../../rls/model/plan.ts';
import { identifier, role } from '../../../lib/sql.ts';
import { grantStatements } from '../row-security/grants.ts';
import type { MembershipState, SchemaState } from './introspect.ts';

/** A change of a schema's access, as a sentence and as what the server is told. */
export interface Step {
  readonly says: string;
  readonly sql: readonly string[];
}

/**
 * What leads from what is there to what is declared; nothing when it is as declared.
 *
 * @param database name of the database that the schema is in
 */
export function steps(live: SchemaState, plan: SchemaPlan, database: string): Step[] {
  const { schema, owner } = plan;
  const db = identifier(database);
  const all: Step[] = [
    step(
      live.owner !== owner,
      `schema ${schema} belongs to ${owner} and no longer to ${live.owner}`,
      [`ALTER SCHEMA ${identifier(schema)} OWNER TO ${identifier(owner)}`],
    ),
    ...privileges(live, plan),
    step(
      live.database.length > 0,
      `not everybody who can log in may ${live.database.join(' and ')} in database ${database}`,
      [`REVOKE ALL ON DATABASE ${db} FROM PUBLIC`],
    ),
    step(
      live.functions,
      `not everybody may execute the functions that ${owner} makes from now on`,
      [
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(owner)} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
      ],
    ),
    // A table that a migration makes is closed until its own line is applied.
    ...live.defaults.map(({ on, who }) =>
      step(
        true,
        `${who} has no rights on the ${on.toLowerCase()} that ${owner} makes from now on`,
        [
          `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(owner)} IN SCHEMA ${identifier(schema)} REVOKE ALL ON ${on} FROM ${role(who)}`,
        ],
      ),
    ),
    ...plan.memberships.map((membership) => {
      const is = live.memberships[`${membership.role} to ${membership.member}`];
      const sql = membershipStatements(is, membership);
      return step(sql.length > 0, `${membership.member} ${describe(membership)}`, sql);
    }),
  ];
  return all.filter(({ sql }) => sql.length > 0);
}

function step(needed: boolean, says: string, sql: readonly string[]): Step {
  return { says, sql: needed ? sql : [] };
}

function privileges(live: SchemaState, { schema, owner, usage }: SchemaPlan): Step[] {
  // The one who owned it has what an owner has; once another does, that counts as granted.
  const others = Object.fromEntries(
    Object.entries(live.privileges).filter(([who]) => who !== owner),
  );
  const wanted = usage.filter((role) => role !== owner);
  const sql = grantStatements(
    `SCHEMA ${identifier(schema)}`,
    others,
    Object.fromEntries(wanted.map((role) => [role, ['USAGE']])),
  );
  const says = `schema ${schema} may be used by ${list(wanted)} and nobody else, and only ${owner} creates in it`;
  return [step(sql.length > 0, says, sql)];
}

function membershipStatements(
  is: MembershipState | undefined,
  { role: of, member, inherit, set }: Membership,
): string[] {
  const pair = (verb: string) => `${identifier(of)} ${verb} ${identifier(member)}`;
  // What others granted is a membership of its own, with options of its own.
  const revokes = (is?.grantors ?? []).map(
    (grantor) => `REVOKE ${pair('FROM')} GRANTED BY ${identifier(grantor)} CASCADE`,
  );
  const admin = is?.admin === true ? [`REVOKE ADMIN OPTION FOR ${pair('FROM')} CASCADE`] : [];
  const right = is?.inherit === inherit && is.set === set && !is.admin && is.grantors.length === 0;
  if (right) return [];
  const options = `INHERIT ${word(inherit)}, SET ${word(set)}`;
  return [...revokes, ...admin, `GRANT ${pair('TO')} WITH ${options}`];
}

function describe({ role: of, inherit, set }: Membership): string {
  const has = inherit ? `has the privileges of ${of}` : `has no privileges of ${of}`;
  return `${has} and may ${set ? '' : 'not '}become it`;
}

function word(value: boolean): string {
  return value ? 'TRUE' : 'FALSE';
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ');
}
