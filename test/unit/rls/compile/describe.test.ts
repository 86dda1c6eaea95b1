import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { READ, WRITE, type Command } from '../../../../rls/model/tenancy.ts';
import type { PolicyPlan, TablePlan } from '../../../../rls/model/plan.ts';
import { describeChanges, verbs } from '../../../../rls/compile/describe.ts';
import { runs } from '../../../support/runs.ts';

const own: PolicyPlan = {
  name: 'students_app',
  restrictive: false,
  command: 'ALL',
  roles: ['app'],
  using: 'mine',
  check: 'mine',
  says: 'app may read, add, change and remove rows of its facilitator',
  rows: 'own',
};
const read: PolicyPlan = {
  ...own,
  name: 'students_readonly',
  command: 'SELECT',
  roles: ['readonly'],
  check: null,
  says: 'readonly may read rows of its facilitator',
};
const shared: PolicyPlan = {
  ...own,
  name: 'students_shared',
  command: 'SELECT',
  using: 'shared',
  check: null,
  says: 'shared ones are seen',
  rows: 'some',
};
const binding: PolicyPlan = {
  ...own,
  name: 'students_tenant',
  restrictive: true,
  roles: ['public'],
  says: 'nobody reaches rows of another facilitator',
};

const plan: TablePlan = {
  schema: 'public',
  table: 'students',
  owner: 'migrator',
  rowSecurity: true,
  policies: [own, read],
  grants: { app: WRITE, readonly: ['SELECT'] },
  sequences: {},
  indexes: [],
};
const exempt: TablePlan = {
  ...plan,
  rowSecurity: false,
  policies: [],
  grants: { app: ['SELECT'], readonly: ['SELECT'] },
};
const with_ = (more: Partial<TablePlan>): TablePlan => ({ ...plan, ...more });
const policies = (...more: PolicyPlan[]): TablePlan => with_({ policies: [own, read, ...more] });

const words = (before: TablePlan | undefined, after: TablePlan | undefined): string[] =>
  describeChanges(before, after, 'facilitator');

describe('verbs', () => {
  it('are what people say', () => {
    expect(verbs([])).toBe('do nothing with');
    expect(verbs(['DELETE'])).toBe('remove');
    expect(verbs(['SELECT', 'INSERT'])).toBe('read and add');
    expect(verbs(WRITE)).toBe('read, add, change and remove');
  });
});

describe('changesInWords', () => {
  it('says nothing when nothing changes', () => {
    expect(words(plan, structuredClone(plan))).toEqual([]);
    expect(words(undefined, undefined)).toEqual([]);
  });

  it('tells a new table', () => {
    expect(words(undefined, plan)).toEqual([
      'app may now read, add, change and remove students of its facilitator',
      'readonly may now read students of its facilitator',
    ]);
  });

  it('tells a table that is no longer declared', () => {
    expect(words(plan, undefined)).toEqual([
      'app may no longer read, add, change and remove students',
      'readonly may no longer read students',
    ]);
  });

  it('tells commands that a role gains and loses', () => {
    const less = with_({ grants: { app: ['SELECT', 'INSERT'], readonly: ['SELECT'] } });
    expect(words(plan, less)).toEqual(['app may no longer change and remove students']);
    expect(words(less, plan)).toEqual([
      'app may now change and remove students of its facilitator',
    ]);
  });

  it('tells a role that comes and one that goes', () => {
    const jobs = with_({
      policies: [read, { ...own, name: 'students_jobs', roles: ['jobs'] }],
      grants: { jobs: WRITE, readonly: ['SELECT'] },
    });
    expect(words(plan, jobs)).toEqual([
      'app may no longer read, add, change and remove students',
      'jobs may now read, add, change and remove students of its facilitator',
    ]);
  });

  it('tells a policy without which a privilege is worth nothing', () => {
    expect(words(plan, with_({ policies: [own] }))).toEqual([
      'readonly may no longer read students',
    ]);
  });

  it('tells an exempt table that is covered from now on', () => {
    expect(words(exempt, plan)).toEqual([
      'app may no longer read students of other facilitators',
      'app may now add, change and remove students of its facilitator',
      'readonly may no longer read students of other facilitators',
      'row security of students is switched on',
    ]);
  });

  it('tells a covered table that is exempt from now on', () => {
    expect(words(plan, exempt)).toEqual([
      'app may no longer add, change and remove students',
      'app may now read every row of students',
      'readonly may now read every row of students',
      "row security of students is switched off: its rows are nobody's in particular",
    ]);
  });

  it('tells rows of everybody that become those of a condition, and back', () => {
    const [all, some] = (['all', 'some'] as const).map((rows) =>
      with_({ policies: [{ ...read, rows }], grants: { readonly: ['SELECT'] } }),
    );
    expect(words(all, some)).toEqual(['readonly may no longer read every row of students']);
    expect(words(some, all)).toEqual(['readonly may now read every row of students']);
    expect(words(undefined, some)).toEqual([
      'readonly may now read students by a condition of their own',
    ]);
  });

  it('tells a condition that changes', () => {
    const other = with_({ policies: [{ ...own, using: 'yours', check: 'yours' }, read] });
    expect(words(plan, other)).toEqual([
      'students_app has another condition: app may read, add, change and remove rows of its facilitator',
    ]);
  });

  it('tells a check that opens what using closes', () => {
    const open = with_({ policies: [{ ...own, check: 'true' }, read] });
    expect(words(plan, open)).toEqual([
      'students_app has another condition: app may read, add, change and remove rows of its facilitator',
    ]);
  });

  it('tells a policy by hand with what binds it', () => {
    expect(words(plan, policies(shared, binding))).toEqual([
      'students_shared is new: shared ones are seen',
      'students_tenant is new: nobody reaches rows of another facilitator',
    ]);
  });

  it('tells a policy by hand that nothing binds as more than the own rows', () => {
    expect(words(plan, policies(shared))).toEqual([
      'app may now read students by a condition of their own',
    ]);
    expect(words(policies(shared, binding), policies(shared))).toEqual([
      'app may now read students by a condition of their own',
      'students_tenant is gone: nobody reaches rows of another facilitator',
    ]);
  });

  it('tells a policy that narrows', () => {
    const narrow = { ...shared, restrictive: true };
    expect(words(plan, policies(narrow))).toEqual(['students_shared is new: shared ones are seen']);
    expect(words(policies(narrow), plan)).toEqual([
      'students_shared is gone: shared ones are seen',
    ]);
  });

  it('says nothing about policies of those who may not use the table anyway', () => {
    expect(words(plan, policies({ ...shared, roles: ['stranger'] }))).toEqual([]);
    expect(words(plan, policies({ ...shared, roles: ['readonly'], command: 'UPDATE' }))).toEqual(
      [],
    );
  });

  it('says nothing about the same condition under other names', () => {
    const split = (['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const).map((command) => ({
      ...own,
      command,
      name: `students_app_${command}`,
      using: command === 'INSERT' ? null : 'mine',
      check: command === 'INSERT' || command === 'UPDATE' ? 'mine' : null,
    }));
    expect(words(plan, with_({ policies: [...split, read] }))).toEqual([]);
  });

  it.each([
    ['company', 'companies'],
    ['key', 'keys'],
    ['business', 'businesses'],
    ['church', 'churches'],
    ['tenant', 'tenants'],
  ])('knows more than one %s as %s', (one, many) => {
    expect(describeChanges(exempt, plan, one)[0]).toBe(`app may no longer read students of other ${many}`); // prettier-ignore
  });

  it('speaks of roles called like what every object inherits', () => {
    const odd = with_({ grants: { constructor: READ }, policies: [] });
    expect(words(with_({ grants: {}, policies: [] }), odd)).toEqual([]);
    const seen = with_({
      grants: { constructor: READ },
      policies: [{ ...read, roles: ['constructor'] }],
    });
    expect(words(odd, seen)).toEqual(['constructor may now read students of its facilitator']);
  });
});

/** What each role can do with which rows, said another way than in the code: by who decides about one row. */
function effect(table: TablePlan): unknown {
  const decides = (role: string, command: Command) => {
    if (!table.rowSecurity) return 'all';
    const policies = table.policies
      .filter((p) => p.roles.includes(role) || p.roles.includes('public'))
      .filter((p) => p.command === 'ALL' || p.command === command)
      .map(({ restrictive, rows, using, check }) => ({
        ...{ restrictive, rows },
        old: command === 'INSERT' ? null : using,
        young: command === 'INSERT' || command === 'UPDATE' ? (check ?? using) : null,
      }));
    if (policies.every(({ restrictive }) => restrictive)) return 'none';
    // A policy's rows are named for all its commands. Two with one condition for this command reach the same rows: those of
    // the wider one, or of the narrower one where they restrict.
    const width = { own: 1, some: 2, all: 3 } as const;
    const reach = new Map<string, PolicyPlan['rows']>();
    for (const { rows, ...condition } of policies) {
      const key = JSON.stringify(condition);
      const other = reach.get(key) ?? rows;
      const wider = width[other] > width[rows];
      reach.set(key, wider === condition.restrictive ? rows : other);
    }
    return [...reach].sort();
  };
  const grants = Object.entries(table.grants)
    .map(([role, commands]) => [
      role,
      [...commands].sort().map((command) => [command, decides(role, command)] as const),
    ])
    .map(([role, commands]) => [
      role,
      (commands as (readonly [string, unknown])[]).filter(([, by]) => by !== 'none'),
    ])
    .filter(([, commands]) => (commands as unknown[]).length > 0)
    .sort();
  return { grants, rowSecurity: table.rowSecurity };
}

describe('for any two plans of a table', () => {
  const condition = fc.constantFrom('a', 'b');
  const policy: fc.Arbitrary<PolicyPlan> = fc
    .record({
      restrictive: fc.boolean(),
      command: fc.constantFrom('ALL' as const, ...WRITE),
      roles: fc.subarray(['app', 'public', 'readonly'], { minLength: 1 }),
      using: condition,
      check: fc.option(condition),
    })
    .map(({ using, check, ...rest }) => ({
      ...rest,
      using,
      check,
      name: '',
      says: 'so',
      // The same condition never reaches other rows.
      rows: using === 'a' && (check ?? 'a') === 'a' ? 'own' : 'some',
    }));
  const commands = fc.subarray([...WRITE]);
  const anyPlan = fc
    .record({
      policies: fc.array(policy, { maxLength: 3 }),
      grants: fc.record({ app: commands, readonly: commands }),
      rowSecurity: fc.boolean(),
    })
    .map((parts): TablePlan => ({
      ...plan,
      ...parts,
      policies: parts.policies.map((its, n) => ({ ...its, name: `p${n}` })),
    }));

  it('there are words exactly when somebody may do something else', () => {
    fc.assert(
      fc.property(anyPlan, anyPlan, (before, after) => {
        const same = JSON.stringify(effect(before)) === JSON.stringify(effect(after));
        expect(words(before, after).length === 0).toBe(same);
      }),
      { numRuns: runs(3000) },
    );
  });

  it('no sentence is said twice', () => {
    fc.assert(
      fc.property(anyPlan, anyPlan, (before, after) => {
        const said = words(before, after);
        expect(new Set(said).size).toBe(said.length);
      }),
      { numRuns: runs(1000) },
    );
  });
});
