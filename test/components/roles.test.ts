/** Who may do what in the server, and what a rotation of each user changes. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { scramVerifier } from '../../components/roles/scram.ts';
import { resourcesOf, type Settings } from '../support/environment.ts';
import { canary, clear, differences, find, hasSecret, salt } from '../support/record.ts';
import type { Registration } from '../support/record.ts';

const SEEDED = { application: { seed: true } };
const WITHIN = [
  ...[
    'analytics_events',
    'classrooms',
    'facilitators',
    'student_feedback',
    'student_progress',
    'students',
  ].map((table) => `plinth:index:RowSecurity ${table}`),
  'plinth:index:SchemaAccess public',
  'plinth:index:Seed seed',
  'plinth:index:TenantContext tenant',
];
const USERS = ['app', 'backup', 'health', 'migrator', 'monitor', 'readonly'];

let all: readonly Registration[];

beforeAll(async () => {
  all = await resourcesOf(SEEDED);
});

const ofType = (type: string, from = all) =>
  from.filter((resource) => resource.type === `postgresql:${type}`);

/** Every role by name, without its password. */
function roles(from = all): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    ofType('Role', from).map(({ name, inputs }) => {
      expect(inputs['name']).toBe(name);
      const rest = Object.entries(inputs).filter(([key]) => key !== 'name' && key !== 'password');
      return [name, Object.fromEntries(rest)];
    }),
  );
}

/** Login flags by login, after so many rotations of everybody. */
async function loginsAfter(rotation: number): Promise<Record<string, unknown>> {
  const users = Object.fromEntries(USERS.map((user) => [user, { rotation }]));
  const resources = await resourcesOf({ users });
  return Object.fromEntries(
    ofType('Role', resources).map(({ name, inputs }) => [name, inputs['login']]),
  );
}

describe('a user', () => {
  it('is a role without login or password, that is member of what its kind needs', () => {
    const groups = ofType('Role').filter(({ name }) => USERS.includes(name));
    expect(groups.map(({ inputs }) => inputs)).toEqual([
      { name: 'app', login: false, roles: [] },
      { name: 'backup', login: false, roles: ['pg_read_all_data'] },
      { name: 'health', login: false, roles: [] },
      { name: 'migrator', login: false, roles: [] },
      { name: 'monitor', login: false, roles: ['pg_monitor'] },
      { name: 'readonly', login: false, roles: [] },
    ]);
  });

  it('has two logins under it, of which one can log in', () => {
    const login = (user: string, active: boolean, connectionLimit: number, bypass = false) => ({
      login: active,
      roles: [user],
      bypassRowLevelSecurity: bypass,
      connectionLimit,
    });
    const slots = Object.entries(roles()).filter(([name]) => !USERS.includes(name));
    expect(Object.fromEntries(slots)).toEqual({
      app_a: login('app', true, -1),
      app_b: login('app', false, -1),
      backup_a: login('backup', true, 4, true),
      backup_b: login('backup', false, 4, true),
      health_a: login('health', true, 2),
      health_b: login('health', false, 2),
      migrator_a: login('migrator', true, 2),
      migrator_b: login('migrator', false, 2),
      monitor_a: login('monitor', true, 5),
      monitor_b: login('monitor', false, 5),
      readonly_a: login('readonly', true, -1),
      readonly_b: login('readonly', false, -1),
    });
  });

  it('may act as another role without the provider undoing it, and nothing else is overlooked', () => {
    expect(ofType('Role').map(({ name, options }) => [name, options.ignoreChanges])).toEqual(
      USERS.flatMap((user) => [
        [user, []],
        [`${user}_a`, ['assumeRole']],
        [`${user}_b`, ['assumeRole']],
      ]),
    );
    for (const { inputs } of ofType('Role')) expect(inputs).not.toHaveProperty('assumeRole');
  });

  it('is never a superuser, and makes neither roles nor databases', () => {
    const powers = ['superuser', 'createRole', 'createDatabase', 'replication', 'inherit'];
    const given = ofType('Role').filter(({ inputs }) =>
      powers.some((power) => Object.hasOwn(inputs, power)),
    );
    expect(given.map(({ key }) => key)).toEqual([]);
  });

  it('has the connections that its environment gives it', async () => {
    const resources = await resourcesOf({
      users: { app: { connectionLimit: 7 }, monitor: { connectionLimit: 1 } },
    });
    const limit = (login: string) => roles(resources)[login]?.['connectionLimit'];
    expect(['app_a', 'app_b', 'monitor_a', 'monitor_b', 'readonly_a'].map(limit)).toEqual([
      7, 7, 1, 1, -1,
    ]);
  });

  it('hands the server a verifier, which is secret, and never the password', () => {
    const logins = ofType('Role').filter(({ name }) => !USERS.includes(name));
    expect(logins).toHaveLength(12);
    for (const { name, inputs } of logins) {
      const generation = name.endsWith('_a') ? 1 : 0;
      const verifier = scramVerifier(canary(name, generation), salt(name, generation));
      expect([name, inputs['password']]).toEqual([name, { $secret: verifier }]);
      expect(JSON.stringify(inputs)).not.toContain(canary(name, generation));
    }
  });
});

describe('the active login', () => {
  const expected = (a: boolean) =>
    Object.fromEntries(
      USERS.flatMap((user) => [
        [user, false],
        [`${user}_a`, a],
        [`${user}_b`, !a],
      ]),
    );

  it.each([
    [1, true],
    [2, false],
    [3, true],
  ])('after rotation %i: a is %p, b is the other', async (rotation, a) => {
    expect(await loginsAfter(rotation)).toEqual(expected(a));
  });
});

describe('the database', () => {
  it('belongs to the migrator, in UTF-8, sorted by code points', () => {
    expect(ofType('Database').map(({ inputs }) => inputs)).toEqual([
      {
        name: 'classrooms',
        owner: 'migrator',
        encoding: 'UTF8',
        template: 'template0',
        lcCollate: 'C',
        lcCtype: 'C',
      },
    ]);
  });

  it('is open to every declared role and the pooler; its owner needs no grant', () => {
    expect(ofType('Grant').map(({ inputs }) => inputs)).toEqual(
      ['app', 'backup', 'health', 'monitor', 'pgbouncer', 'readonly'].map((role) => ({
        database: 'classrooms',
        role,
        objectType: 'database',
        privileges: ['CONNECT'],
      })),
    );
  });

  it('is granted to one role after the other', () => {
    const chain = new Map(
      ofType('Grant').map(({ key, options }) => [
        key,
        options.after.filter((other) => !other.startsWith('postgresql:Role ')),
      ]),
    );
    const order: string[] = [];
    let last = 'postgresql:Database classrooms';
    while (order.length < chain.size) {
      const next = [...chain].filter(([, after]) => after.includes(last)).map(([key]) => key);
      expect(next).toHaveLength(1);
      expect(chain.get(next[0] ?? '')).toEqual([last]);
      last = next[0] ?? '';
      order.push(last);
    }
    expect(order).toEqual(
      ['app', 'readonly', 'monitor', 'backup', 'health', 'pgbouncer'].map(
        (role) => `postgresql:Grant connect-${role}`,
      ),
    );
  });

  it('takes a grant away before the role that has it, when a user is no longer declared', () => {
    const madeOf = ofType('Grant').map(({ name, options }) => [name, options.madeOf['role']]);
    expect(Object.fromEntries(madeOf)).toEqual({
      'connect-app': ['postgresql:Role app'],
      'connect-backup': ['postgresql:Role backup'],
      'connect-health': ['postgresql:Role health'],
      'connect-monitor': ['postgresql:Role monitor'],
      // Not ours to take away: the image makes it.
      'connect-pgbouncer': undefined,
      'connect-readonly': ['postgresql:Role readonly'],
    });
  });

  it('gives nothing to anybody by default: what a migration makes is closed', () => {
    expect(ofType('DefaultPrivileges')).toEqual([]);
  });

  it('counts its queries', () => {
    expect(ofType('Extension').map(({ inputs }) => inputs)).toEqual([
      { name: 'pg_stat_statements', database: 'classrooms' },
      { name: 'pgstattuple', database: 'classrooms' },
    ]);
  });

  it('gets its objects from the migrator itself and not from one of its logins', () => {
    expect(
      all.filter(({ type }) => type === 'plinth:index:ActsAs').map(({ inputs }) => inputs),
    ).toEqual([
      {
        connection: {
          host: '127.0.0.1',
          port: 55432,
          database: 'classrooms',
          user: 'migrator_a',
          password: { $secret: canary('migrator_a') },
        },
        role: 'migrator',
      },
    ]);
  });

  it('is filled by the migrator, then as the application, over the direct endpoint', () => {
    const login = (user: string) => ({
      host: '127.0.0.1',
      port: 55432,
      database: 'classrooms',
      user,
      password: { $secret: canary(user) },
    });
    const migrations = find(all, 'plinth:index:Migrations migrations').inputs;
    expect(migrations).toMatchObject({
      connection: login('migrator_a'),
      directory: 'examples/classrooms/migrations',
      owner: 'migrator',
      reader: 'monitor',
    });
    expect(Object.keys(migrations['files'] as object)).toEqual([
      '0001_classrooms_tables.sql',
      '0002_performance_indexes.sql',
      '0004_tenant_columns.sql',
      '0005_feedback_tenant_column.sql',
    ]);
    expect(find(all, 'plinth:index:Seed seed').inputs).toEqual({
      connection: { ...login('postgres'), password: { $secret: canary('postgres-superuser') } },
      role: 'app',
      file: 'examples/classrooms/seed/dev.sql',
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe('a rotation', () => {
  const rotate = async (user: string, from: number, to: number, settings: Settings = SEEDED) => {
    const at = (rotation: number) =>
      // The first is the default, and so the same environment for every user.
      resourcesOf(rotation === 1 ? settings : { ...settings, users: { [user]: { rotation } } });
    const [before, after] = [await at(from), await at(to)];
    return { before, after, changed: differences(before, after) };
  };
  const slots = (user: string, fresh: 'a' | 'b') => [
    // The provider gives memberships again with what it changes; their options are set right after it.
    'plinth:index:SchemaAccess public',
    `postgresql:Role ${user}_a`,
    `postgresql:Role ${user}_b`,
    `random:RandomBytes ${user}_${fresh}-salt`,
    `random:RandomPassword ${user}_${fresh}`,
  ];

  it('of app changes its two logins only', async () => {
    expect((await rotate('app', 1, 2)).changed).toEqual(slots('app', 'b'));
    expect((await rotate('app', 2, 3)).changed).toEqual(slots('app', 'a'));
  });

  it('leaves the password of the login that goes idle as it is', async () => {
    const { before, after } = await rotate('app', 4, 5);
    const role = (from: readonly Registration[], name: string) =>
      find(from, `postgresql:Role ${name}`).inputs;
    expect(role(after, 'app_b')['password']).toEqual(role(before, 'app_b')['password']);
    expect(role(after, 'app_a')['password']).not.toEqual(role(before, 'app_a')['password']);
    expect([role(before, 'app_b')['login'], role(after, 'app_b')['login']]).toEqual([true, false]);
  });

  it.each(['readonly', 'health'])('of %s changes its two logins only', async (user) => {
    expect((await rotate(user, 1, 2)).changed).toEqual(slots(user, 'b'));
  });

  it('of backup reaches the one container that logs in as it', async () => {
    const { changed } = await rotate('backup', 1, 2);
    expect(changed).toEqual([
      'docker:Container backup',
      'docker:Container backup-public-holder',
      'docker:Container backup-secret-holder',
      ...slots('backup', 'b'),
    ]);
  });

  it('of migrator changes its two logins, who acts as it and who migrates', async () => {
    const { changed, after } = await rotate('migrator', 1, 2);
    expect(changed).toEqual([
      'plinth:index:ActsAs migrator-acts-as',
      'plinth:index:Migrations migrations',
      ...slots('migrator', 'b'),
    ]);
    // The login that is active now has to say for itself whom it acts as.
    expect(find(after, 'plinth:index:ActsAs migrator-acts-as').inputs['connection']).toMatchObject({
      user: 'migrator_b',
      password: { $secret: canary('migrator_b', 2) },
    });
  });

  it('of monitor reaches the two exporters that log in as it, and not the pooler', async () => {
    const { changed, after } = await rotate('monitor', 1, 2);
    expect(changed).toEqual([
      'docker:Container pgbouncer-exporter',
      'docker:Container pgbouncer-exporter-secret-holder',
      'docker:Container postgres-exporter',
      'docker:Container postgres-exporter-secret-holder',
      ...slots('monitor', 'b'),
    ]);
    const file = (name: string) =>
      clear(
        (find(after, `docker:Container ${name}-secret-holder`).inputs['uploads'] as object[])[0],
      );
    expect(file('postgres-exporter')).toMatchObject({ content: canary('monitor_b', 2) });
    expect(file('pgbouncer-exporter')).toMatchObject({
      content: `*:*:*:monitor_b:${canary('monitor_b', 2)}\n`,
    });
    expect(find(after, 'docker:Container postgres-exporter').inputs['envs']).toContain(
      'DATA_SOURCE_USER=monitor_b',
    );
  });

  it("of postgres reaches the server's secret file and the provider", async () => {
    const { changed, after } = await rotate('postgres', 1, 2);
    expect(changed).toEqual([
      'docker:Container postgres',
      'docker:Container postgres-secret-holder',
      // Only how to get in: none of them does anything about it.
      ...WITHIN,
      'pulumi:providers:postgresql postgresql',
      'random:RandomBytes postgres-superuser-salt',
      'random:RandomPassword postgres-superuser',
    ]);
    const name = 'postgres-superuser';
    expect(find(after, 'docker:Container postgres-secret-holder').inputs['uploads']).toMatchObject([
      {
        file: '/run/secrets/superuser.verifier',
        content: { $secret: scramVerifier(canary(name, 2), salt(name, 2)) },
      },
      { file: '/run/secrets/pgbackrest.conf' },
    ]);
  });

  const redis = (user: string, ...more: string[]) =>
    ['redis-cache', 'redis-queue']
      .flatMap((name) => [
        `docker:Container ${name}`,
        `docker:Container ${name}-secret-holder`,
        `random:RandomBytes ${name}-${user}-salt`,
        `random:RandomPassword ${name}-${user}`,
        ...more.map((part) => `docker:Container ${name}${part}`),
      ])
      .sort();

  it("of redisApp reaches both servers' secret files", async () => {
    expect((await rotate('redisApp', 1, 2)).changed).toEqual(redis('app'));
  });

  it('of redisMonitor reaches both servers and their exporters', async () => {
    expect((await rotate('redisMonitor', 1, 2)).changed).toEqual(
      redis('monitor', '-exporter', '-exporter-secret-holder'),
    );
  });

  it('keeps every password secret on the way', async () => {
    const { after } = await rotate('app', 1, 2);
    expect(hasSecret(find(after, 'postgresql:Role app_a').inputs['password'])).toBe(true);
    expect(hasSecret(find(after, 'postgresql:Role app_b').inputs['password'])).toBe(true);
  });
});

describe('a changed setting', () => {
  const change = async (settings: Settings) =>
    differences(await resourcesOf(), await resourcesOf(settings));

  it('of the server replaces its container and nothing inside the server', async () => {
    expect(await change({ postgres: { settings: { statement_timeout: '30s' } } })).toEqual([
      'docker:Container postgres',
      'docker:Container postgres-public-holder',
    ]);
  });

  it('of the pool replaces the pooler only', async () => {
    expect(await change({ pgbouncer: { defaultPoolSize: 6 } })).toEqual([
      'docker:Container pgbouncer',
      'docker:Container pgbouncer-public-holder',
    ]);
  });

  it('of the cache replaces the cache only', async () => {
    expect(await change({ redis: { cache: { evictionPolicy: 'volatile-ttl' } } })).toEqual([
      'docker:Container redis-cache',
      'docker:Container redis-cache-public-holder',
    ]);
  });

  it('of memory keeps the files that do not speak of it', async () => {
    expect(await change({ pgbouncer: { memory: '96MiB' } })).toEqual([
      'docker:Container pgbouncer',
    ]);
  });
});
