import { getOwn } from '../../lib/own-property.ts';
import { readTableState, type TableState } from '../catalog/table-state.ts';
import type { TablePlan } from '../model/plan.ts';
import type { Query } from '../../lib/query.ts';
import { identifier, qualified, role } from '../../lib/sql.ts';
import { canonicalPolicies, type Canonical } from '../catalog/canonical-expressions.ts';
import { remediation, formatRoles, type Finding } from './finding.ts';
import { policyDrift } from './policy.ts';

/**
 * Where one table differs from its plan. Conditions of policies are compared in the server's own words, for which an
 * empty copy of the table is made and rolled back; nothing lasts. The connection must be a superuser's.
 *
 * @param printed the same words, where they are known; then this only reads, and whoever may log in may ask
 */
export async function tableDrift(
  query: Query,
  plan: TablePlan,
  printed?: ReadonlyMap<string, Canonical>,
): Promise<Finding[]> {
  const object = qualified(plan.schema, plan.table);
  const live = await readTableState(query, plan.schema, plan.table, Object.keys(plan.sequences));
  if (live === undefined) {
    return [
      {
        kind: 'table-missing',
        object,
        says: `${object} is declared, but there is no such table`,
        remedy: 'bring the table back by a migration, or take it out of the declaration in access/',
      },
    ];
  }
  return [
    ...switches(object, plan, live),
    ...policyDrift(plan, live, printed ?? (await canonicalPolicies(query, plan))),
    ...grantDrift('TABLE', object, plan.grants, live.grants),
    ...sequenceDrift(plan, live),
    ...indexDrift(object, plan, live),
  ];
}

function switches(object: string, plan: TablePlan, live: TableState): Finding[] {
  const alter = (words: string): string => remediation(`ALTER TABLE ${object} ${words};`);
  const { rowSecurity } = plan;
  const found: Finding[] = [];
  if (live.owner !== plan.owner) {
    found.push({
      kind: 'table-owner',
      object,
      says: `${object} is owned by ${live.owner}, who may change everything about it, instead of by ${plan.owner}`,
      remedy: alter(`OWNER TO ${identifier(plan.owner)}`),
    });
  }
  if (rowSecurity && !live.rowSecurity) {
    found.push({
      kind: 'row-security-off',
      object,
      says: `row security of ${object} is switched off: everybody with a grant reaches the rows of all tenants`,
      remedy: alter('ENABLE ROW LEVEL SECURITY'),
    });
  }
  if (rowSecurity && !live.forced) {
    found.push({
      kind: 'row-security-not-forced',
      object,
      says: `row security of ${object} is not forced: its owner, and what runs as the owner, sees all tenants`,
      remedy: alter('FORCE ROW LEVEL SECURITY'),
    });
  }
  if (!rowSecurity && live.rowSecurity) {
    found.push({
      kind: 'row-security-on',
      object,
      says: `${object} is exempt, but its row security is switched on: it may show no rows`,
      remedy: alter('DISABLE ROW LEVEL SECURITY'),
    });
  }
  return found;
}

type Grants = Readonly<Record<string, readonly string[]>>;

function grantDrift(
  word: 'TABLE' | 'SEQUENCE',
  object: string,
  wanted: Grants,
  live: Grants,
): Finding[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(live)])].sort();
  return names.flatMap((name) => {
    const is = getOwn(live, name) ?? [];
    const shall = getOwn(wanted, name) ?? [];
    const plainly = is.map((privilege) => privilege.replace(' WITH GRANT OPTION', ''));
    const more = is.filter((privilege) => !shall.includes(privilege));
    const less = shall.filter((privilege) => !plainly.includes(privilege));
    return [
      ...more.map((privilege) => undeclaredGrant(word, object, name, privilege, shall)),
      ...(less.length === 0
        ? []
        : [
            {
              kind: 'grant-missing',
              object,
              says: `${name} lacks ${less.join(', ')} on ${object}, which is declared`,
              remedy: remediation(
                `GRANT ${less.join(', ')} ON ${word} ${object} TO ${role(name)};`,
              ),
            },
          ]),
    ];
  });
}

function undeclaredGrant(
  word: string,
  object: string,
  name: string,
  privilege: string,
  shall: readonly string[],
): Finding {
  const plain = privilege.replace(' WITH GRANT OPTION', '');
  const onlyOption = privilege !== plain && shall.includes(plain);
  const [, verb = plain, column] = /^(\w+) \((.*)\)$/.exec(plain) ?? [];
  const what = column === undefined ? plain : `${verb} (${identifier(column)})`;
  return {
    kind: name === 'public' ? 'grant-public' : 'grant-undeclared',
    object,
    says: onlyOption
      ? `${formatRoles([name])} may hand on ${plain} on ${object}, and nobody declared that`
      : `${formatRoles([name])} has ${privilege} on ${object}, and nobody declared that`,
    remedy: remediation(
      `REVOKE ${onlyOption ? 'GRANT OPTION FOR ' : ''}${what} ON ${word} ${object} FROM ${role(name)};`,
    ),
  };
}

function sequenceDrift(plan: TablePlan, live: TableState): Finding[] {
  const names = [
    ...new Set([...Object.keys(plan.sequences), ...Object.keys(live.sequences)]),
  ].sort();
  return names.flatMap((name) => {
    const object = qualified(plan.schema, name);
    const is = getOwn(live.sequences, name);
    const users = getOwn(plan.sequences, name) ?? [];
    if (is === undefined) {
      return [
        {
          kind: 'sequence-missing',
          object,
          says: `sequence ${object} is declared, but there is none`,
          remedy: 'bring it back by a migration',
        },
      ];
    }
    const wanted = Object.fromEntries(users.map((user) => [user, ['USAGE']]));
    return [
      ...(is.owner === plan.owner
        ? []
        : [
            {
              kind: 'sequence-owner',
              object,
              says: `sequence ${object} is owned by ${is.owner} instead of by ${plan.owner}`,
              remedy: remediation(`ALTER SEQUENCE ${object} OWNER TO ${identifier(plan.owner)};`),
            },
          ]),
      ...grantDrift('SEQUENCE', object, wanted, is.grants),
    ];
  });
}

function indexDrift(object: string, plan: TablePlan, live: TableState): Finding[] {
  return plan.indexes
    .filter(({ name, columns }) => {
      const index = getOwn(live.indexes, name);
      const same = index?.columns.join() === columns.join();
      return index === undefined || !index.valid || !index.plain || !same;
    })
    .map(({ name, columns }) => ({
      kind: 'index-missing',
      object,
      says: `index ${name} of ${object}, which its policies need, is not there or not as declared`,
      remedy: remediation(
        `CREATE INDEX ${identifier(name)} ON ${object} (${columns.map(identifier).join(', ')});`,
      ),
    }));
}
