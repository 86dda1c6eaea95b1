/** What an environment is made of, in which order, and what it hands out. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import * as outputs from '../../components/outputs.ts';
import {
  BASE_IMAGE,
  recordEnvironment,
  resourcesOf,
  type Settings,
} from '../support/environment.ts';
import { before, canary, differences, find, settled, tree } from '../support/record.ts';
import type { Registration } from '../support/record.ts';

const USERS = ['app', 'backup', 'health', 'migrator', 'monitor', 'readonly'];
const LOGINS = USERS.flatMap((user) => [`${user}_a`, `${user}_b`]);

/** What others need: an update waits until it is ready. */
const WAITED_FOR = ['pgbouncer', 'postgres', 'redis-cache', 'redis-queue'];

/** A service's part of the tree. */
function service(name: string, ...roots: string[]): Record<string, string[]> {
  return {
    [`plinth:container:Service ${name}`]: [
      `docker:Container ${name}`,
      ...roots.map((root) => `plinth:container:FileRoot ${name}-${root}`),
      `plinth:index:PidsLimit ${name}-pids`,
      ...(WAITED_FOR.includes(name) ? [`plinth:index:Readiness ${name}-ready`] : []),
    ],
    ...Object.fromEntries(
      roots.map((root) => [
        `plinth:container:FileRoot ${name}-${root}`,
        [`docker:Container ${name}-${root}-holder`, `docker:Volume ${name}-${root}-volume`],
      ]),
    ),
  };
}

function password(name: string): Record<string, string[]> {
  return {
    [`plinth:roles:Password ${name}`]: [
      `random:RandomBytes ${name}-salt`,
      `random:RandomPassword ${name}`,
    ],
  };
}

function redis(name: string, ...more: string[]): Record<string, string[]> {
  return {
    [`plinth:redis:Redis ${name}`]: [
      ...more,
      `plinth:container:Service ${name}`,
      `plinth:roles:Password ${name}-app`,
      `plinth:roles:Password ${name}-health`,
      `plinth:roles:Password ${name}-monitor`,
    ],
    ...service(name, 'public', 'secret'),
    ...password(`${name}-app`),
    ...password(`${name}-health`),
    ...password(`${name}-monitor`),
  };
}

function exporter(kind: string, name: string): Record<string, string[]> {
  return {
    [`plinth:${kind}:Exporter ${name}`]: [`plinth:container:Service ${name}`],
    ...service(name, 'secret'),
  };
}

const platform: Record<string, string[]> = {
  '': ['plinth:index:Environment environment'],
  'plinth:index:Images image': [
    'plinth:index:Image image-alertmanager',
    'plinth:index:Image image-backup',
    'plinth:index:Image image-exporters',
    'plinth:index:Image image-pgbouncer',
    'plinth:index:Image image-postgres',
    'plinth:index:Image image-prometheus',
    'plinth:index:Image image-redis',
    'plinth:index:Image image-watch',
  ],
  'plinth:index:PrivateNetwork network': ['docker:Network network'],
  'plinth:postgres:Server postgres': [
    'docker:Volume postgres-data',
    'docker:Volume postgres-logs',
    'docker:Volume postgres-pooler-socket',
    'docker:Volume postgres-socket',
    'plinth:container:Service postgres',
    'plinth:roles:Password postgres-superuser',
  ],
  ...password('postgres-superuser'),
  ...service('postgres', 'public', 'secret'),
  'plinth:roles:DatabaseRoles roles': [
    ...LOGINS.map((login) => `plinth:roles:Password ${login}`),
    ...[...USERS, ...LOGINS].sort().map((role) => `postgresql:Role ${role}`),
  ],
  ...Object.assign({}, ...LOGINS.map(password)),
  'plinth:roles:ApplicationDatabase classrooms': [
    'plinth:index:ActsAs migrator-acts-as',
    'postgresql:Database classrooms',
    'postgresql:Extension pg_stat_statements',
    'postgresql:Extension pgstattuple',
    'postgresql:Grant connect-app',
    'postgresql:Grant connect-backup',
    'postgresql:Grant connect-health',
    'postgresql:Grant connect-monitor',
    'postgresql:Grant connect-pgbouncer',
    'postgresql:Grant connect-readonly',
  ],
  'plinth:pgbouncer:PgBouncer pgbouncer': ['plinth:container:Service pgbouncer'],
  // No secret root: the pooler holds no password.
  ...service('pgbouncer', 'public'),
};

const TABLES = [
  'analytics_events',
  'classrooms',
  'facilitators',
  'student_feedback',
  'student_progress',
  'students',
];

const ISOLATION = [
  ...TABLES.map((table) => `plinth:index:RowSecurity ${table}`),
  'plinth:index:SchemaAccess public',
];

/** Backups of all kinds, and the drill. */
const backups: Record<string, string[]> = {
  'plinth:backup:Backups backups': [
    'docker:Volume backups',
    'docker:Volume drill-reports',
    'plinth:backup:DrillKey drill-key',
    'plinth:container:Service backup',
    'plinth:container:Service drill',
    'plinth:container:Service pgbackrest',
  ],
  'plinth:backup:DrillKey drill-key': ['random:RandomBytes drill-key'],
  'plinth:backup:Repository repository': [
    'docker:Volume repository-volume',
    'random:RandomPassword repository-passphrase',
  ],
  ...service('backup', 'public', 'secret'),
  ...service('drill', 'public', 'secret'),
  ...service('pgbackrest', 'public', 'secret'),
};

/** Where a backup is taken before what cannot be taken back. */
const rollbackPoints: Record<string, string[]> = {
  'plinth:backup:RollbackPoints rollback-points': [
    'plinth:index:RollbackPoint before-migrations',
    'plinth:index:RollbackPoint before-server',
  ],
};

const everything: Record<string, string[]> = {
  ...platform,
  ...backups,
  'plinth:index:Environment environment': [
    'plinth:backup:Backups backups',
    'plinth:backup:Repository repository',
    'plinth:backup:RollbackPoints rollback-points',
    'plinth:index:Application application',
    'plinth:index:Images image',
    'plinth:index:PrivateNetwork network',
    'plinth:pgbouncer:Exporter pgbouncer-exporter',
    'plinth:pgbouncer:PgBouncer pgbouncer',
    'plinth:postgres:Exporter postgres-exporter',
    'plinth:postgres:Server postgres',
    'plinth:redis:Exporter redis-cache-exporter',
    'plinth:redis:Exporter redis-queue-exporter',
    'plinth:redis:Redis redis-cache',
    'plinth:redis:Redis redis-queue',
    'plinth:roles:ApplicationDatabase classrooms',
    'plinth:roles:DatabaseRoles roles',
    'pulumi:providers:docker docker',
    'pulumi:providers:postgresql postgresql',
  ],
  'plinth:index:Application application': [
    'plinth:access:Context tenant',
    'plinth:access:TenantIsolation isolation',
    'plinth:index:Migrations migrations',
    'plinth:index:Seed seed',
  ],
  'plinth:access:Context tenant': ['plinth:index:TenantContext tenant'],
  'plinth:access:TenantIsolation isolation': ISOLATION,
  ...redis('redis-cache'),
  ...redis('redis-queue', 'docker:Volume redis-queue-data'),
  ...exporter('postgres', 'postgres-exporter'),
  ...exporter('pgbouncer', 'pgbouncer-exporter'),
  ...exporter('redis', 'redis-cache-exporter'),
  ...exporter('redis', 'redis-queue-exporter'),
};

/** Where tenants show tokens, there is a key that signs them. */
const signed: Record<string, string[]> = {
  'plinth:access:Context tenant': [
    'plinth:access:TokenKeys token-key',
    'plinth:index:TenantContext tenant',
  ],
  'plinth:access:TokenKeys token-key': ['random:RandomBytes token-key-odd'],
};

const nothingOptional: Record<string, string[]> = {
  ...platform,
  'plinth:index:Environment environment': [
    'plinth:backup:RollbackPoints rollback-points',
    'plinth:index:Application application',
    'plinth:index:Images image',
    'plinth:index:PrivateNetwork network',
    'plinth:pgbouncer:PgBouncer pgbouncer',
    'plinth:postgres:Server postgres',
    'plinth:roles:ApplicationDatabase classrooms',
    'plinth:roles:DatabaseRoles roles',
    'pulumi:providers:docker docker',
    'pulumi:providers:postgresql postgresql',
  ],
};

const SEEDED = { application: { seed: true } };
const OFF = {
  redis: { cache: { enabled: false }, queue: { enabled: false } },
  exporters: { enabled: false },
  monitoring: { enabled: false },
  backup: { enabled: false },
  application: { migrations: false },
};

/** What is worth something without the environment. */
const DATA = [
  'docker:Volume backups',
  'docker:Volume drill-reports',
  'docker:Volume postgres-data',
  'docker:Volume redis-queue-data',
  'docker:Volume repository-volume',
];

const keysOf = (resources: readonly Registration[]): string[] => resources.map(({ key }) => key);

/** What `settings` take away from the whole environment, and what they add. */
async function changes(settings: Settings): Promise<{ gone: string[]; added: string[] }> {
  const resources = await resourcesOf(settings);
  const [had, has] = [keysOf(whole), keysOf(resources)];
  return {
    gone: had.filter((key) => !has.includes(key)),
    added: has.filter((key) => !had.includes(key)),
  };
}

let whole: readonly Registration[];

beforeAll(async () => {
  whole = await resourcesOf(SEEDED);
});

describe('the tree of resources', () => {
  it.each(['small', 'medium', 'large'])('is exactly this for %s', async (preset) => {
    const resources = await resourcesOf({
      preset,
      ...SEEDED,
      backup: { acceptNoRecipient: true },
      monitoring: { acceptNoReceiver: true },
    });
    expect(tree(resources)).toEqual({
      ...everything,
      ...(preset === 'small' ? {} : rollbackPoints),
      ...(preset === 'large' ? signed : {}),
    });
  });

  it('is exactly this with all that is optional switched off', async () => {
    const resources = await resourcesOf(OFF);
    expect(tree(resources)).toEqual(nothingOptional);
  });

  it('is the same in a preview, where no provider has answered yet', async () => {
    const { resources } = await recordEnvironment(SEEDED, { preview: true });
    expect(keysOf(resources)).toEqual(keysOf(whole));
  });

  it('is declared with the same words each time', async () => {
    const { resources } = await recordEnvironment(SEEDED);
    expect(differences(whole, resources)).toEqual([]);
  });

  it('takes over what an older state calls by the former name of the application, and nothing else', () => {
    const renamed = whole.filter(({ options }) => options.aliases.length > 0);
    expect(renamed.map(({ key, options }) => [key, options.aliases])).toEqual([
      ['plinth:index:Application application', ['plinth:index:ExampleApplication example']],
    ]);
    // A child whose name began with its parent's would be renamed with it.
    const children = tree(whole)['plinth:index:Application application'] ?? [];
    expect(children.filter((key) => key.includes(' application'))).toEqual([]);
  });

  it('loses the data with the seed, and the tables with the migrations', async () => {
    expect(await changes({ application: { seed: false } })).toEqual({
      gone: ['plinth:index:Seed seed'],
      added: [],
    });
    expect(await changes({ application: { migrations: false } })).toEqual({
      gone: [
        'plinth:access:Context tenant',
        'plinth:access:TenantIsolation isolation',
        'plinth:index:Migrations migrations',
        ...ISOLATION,
        'plinth:index:TenantContext tenant',
        'plinth:index:Seed seed',
      ].sort(),
      added: [],
    });
  });

  it('loses a Redis together with its exporter', async () => {
    const { gone, added } = await changes({
      ...SEEDED,
      redis: { cache: { enabled: false } },
    });
    const lost = { ...redis('redis-cache'), ...exporter('redis', 'redis-cache-exporter') };
    expect(gone).toEqual(
      [
        ...Object.values(lost).flat(),
        'plinth:redis:Exporter redis-cache-exporter',
        'plinth:redis:Redis redis-cache',
      ].sort(),
    );
    expect(added).toEqual([]);
  });

  it('gains two logins, their grants and nothing else with a further user', async () => {
    const role = (name: string) => [
      ...['_a', '_b'].flatMap((slot) => [
        `plinth:roles:Password ${name}${slot}`,
        `postgresql:Role ${name}${slot}`,
        `random:RandomBytes ${name}${slot}-salt`,
        `random:RandomPassword ${name}${slot}`,
      ]),
      `postgresql:Role ${name}`,
      `postgresql:Grant connect-${name}`,
    ];
    const { gone, added } = await changes({
      ...SEEDED,
      users: { jobs: { like: 'app' }, report: { like: 'readonly' } },
    });
    expect(gone).toEqual([]);
    expect(added).toEqual([...role('jobs'), ...role('report')].sort());
  });
});

describe('names', () => {
  it('belong to the stack, outside of which two environments share nothing but images', async () => {
    const { resources } = await recordEnvironment(SEEDED, { stack: 'elsewhere' });
    const physical = (all: readonly Registration[]) =>
      all
        .filter(({ type }) => /^docker:(Container|Volume|Network)$/.test(type))
        .map(({ inputs }) => inputs['name']);
    expect(keysOf(resources)).toEqual(keysOf(whole));
    expect(new Set(physical(whole)).size).toBe(54);
    expect(physical(whole).every((name) => /^plinth-dev(-[a-z]+)*$/.test(String(name)))).toBe(true);
    expect(physical(resources)).toEqual(
      physical(whole).map((name) => String(name).replace('plinth-dev', 'plinth-elsewhere')),
    );
  });

  it('are given to whatever would get a random suffix without', () => {
    const nameless = whole
      .filter(({ type }) =>
        /^(docker:(Container|Volume|Network|RemoteImage)|postgresql:(Role|Database|Extension))$/.test(
          type,
        ),
      )
      .filter(({ inputs }) => typeof inputs['name'] !== 'string');
    expect(keysOf(nameless)).toEqual([]);
  });

  it('have no stack in them where the engine keeps them', () => {
    expect(keysOf(whole).filter((key) => key.includes('dev'))).toEqual([]);
  });

  it('stand in the labels of every Docker object that has labels', () => {
    const labelled = whole.filter(({ type }) => /^docker:(Container|Volume|Network)$/.test(type));
    for (const { key, inputs } of labelled) {
      const [project, stack, part] = inputs['labels'] as { label: string; value: string }[];
      expect({ key, project, stack, part }).toEqual({
        key,
        project: { label: 'plinth.project', value: 'plinth' },
        stack: { label: 'plinth.stack', value: 'dev' },
        part: { label: 'plinth.part', value: expect.stringMatching(/^[a-z]+(-[a-z]+)*$/) },
      });
    }
  });
});

describe('the order', () => {
  const needs = (key: string) => before(whole, key);

  it('has a server that is ready before anything logs in to it', () => {
    const ready = 'plinth:index:Readiness postgres-ready';
    expect(needs(ready)).toContain('docker:Container postgres');
    expect(needs('pulumi:providers:postgresql postgresql')).toContain(ready);
    for (const key of keysOf(whole).filter((other) => other.startsWith('postgresql:'))) {
      expect(needs(key)).toContain(ready);
    }
  });

  it('has every role before the database, and every grant before the tables', () => {
    const grants = keysOf(whole).filter((key) =>
      /^postgresql:(Role|Grant|Extension|Database) /.test(key),
    );
    expect(grants).toHaveLength(27);
    expect(needs('postgresql:Database classrooms')).toEqual(
      expect.arrayContaining(grants.filter((key) => key.startsWith('postgresql:Role '))),
    );
    expect(needs('plinth:index:Migrations migrations')).toEqual(expect.arrayContaining(grants));
    expect(needs('plinth:index:Seed seed')).toContain('plinth:index:Migrations migrations');
  });

  it('has the tables before their row security, and that before any data', () => {
    for (const table of TABLES) {
      expect(needs(`plinth:index:RowSecurity ${table}`)).toEqual(
        expect.arrayContaining([
          'plinth:index:Migrations migrations',
          'plinth:index:TenantContext tenant',
        ]),
      );
    }
    expect(needs('plinth:index:Migrations migrations')).toContain(
      'plinth:index:TenantContext tenant',
    );
    expect(needs('plinth:index:SchemaAccess public')).toEqual(
      expect.arrayContaining(TABLES.map((table) => `plinth:index:RowSecurity ${table}`)),
    );
    expect(needs('plinth:index:Seed seed')).toEqual(expect.arrayContaining(ISOLATION));
  });

  it('has the migrator act as the owner when the database is there, and before it makes a table', () => {
    const actsAs = 'plinth:index:ActsAs migrator-acts-as';
    expect(needs(actsAs)).toEqual(
      expect.arrayContaining([
        'postgresql:Database classrooms',
        'postgresql:Role migrator',
        'postgresql:Role migrator_a',
      ]),
    );
    expect(needs('plinth:index:Migrations migrations')).toContain(actsAs);
  });

  it('opens the pool when the tables are there, and measures what is running', () => {
    expect(needs('docker:Container pgbouncer')).toEqual(
      expect.arrayContaining(['plinth:index:Migrations migrations', 'plinth:index:Seed seed']),
    );
    expect(needs('docker:Container postgres-exporter')).toContain(
      'plinth:index:Readiness pgbouncer-ready',
    );
    expect(needs('docker:Container pgbouncer-exporter')).toContain(
      'plinth:index:Readiness pgbouncer-ready',
    );
    expect(needs('docker:Container redis-cache-exporter')).toContain(
      'plinth:index:Readiness redis-cache-ready',
    );
    expect(needs('docker:Container redis-queue-exporter')).toContain(
      'plinth:index:Readiness redis-queue-ready',
    );
  });

  it('does not make Redis wait for Postgres', () => {
    expect(needs('docker:Container redis-queue')).not.toContain('docker:Container postgres');
  });
});

describe('what a new container of the server takes with it', () => {
  it('is not the provider: it gets plain values, and an output for the password only', () => {
    const { inputs, options } = find(whole, 'pulumi:providers:postgresql postgresql');
    expect(inputs).toEqual({
      connectTimeout: '180',
      host: '127.0.0.1',
      maxConnections: '4',
      password: { $secret: canary('postgres-superuser') },
      port: '55432',
      sslmode: 'disable',
      username: 'postgres',
    });
    expect(options.madeOf).toEqual({ password: ['random:RandomPassword postgres-superuser'] });
  });

  const inside = (resources: readonly Registration[]) =>
    resources.filter(
      ({ type }) =>
        type.startsWith('postgresql:') ||
        /:(ActsAs|Migrations|RowSecurity|SchemaAccess|Seed|TenantContext)$/.test(type),
    );
  const isLogin = ({ name, type }: Registration) =>
    type === 'postgresql:Role' && LOGINS.includes(name);

  it('is nothing that lives inside the server: that goes with the data volume', async () => {
    const removable = await resourcesOf({
      ...SEEDED,
      postgres: { volume: { onDestroy: 'delete' } },
    });
    expect(inside(removable)).toHaveLength(38);
    for (const { key, options } of inside(removable)) {
      expect([key, options.deletedWith]).toEqual([key, 'docker:Volume postgres-data']);
    }
  });

  it('is no login either, but where the data is kept, a destroy drops the logins', () => {
    expect(inside(whole).filter(isLogin)).toHaveLength(12);
    for (const resource of inside(whole)) {
      expect([resource.key, resource.options.deletedWith]).toEqual([
        resource.key,
        isLogin(resource) ? undefined : 'docker:Volume postgres-data',
      ]);
    }
  });

  it('is no input of anything but the process limits and the waiting', () => {
    const made = whole.filter(({ options }) =>
      Object.values(options.madeOf)
        .flat()
        .some((key) => key.startsWith('docker:Container ')),
    );
    expect(made.map(({ type }) => type).sort()).toEqual([
      ...Array<string>(11).fill('plinth:index:PidsLimit'),
      ...WAITED_FOR.map(() => 'plinth:index:Readiness'),
    ]);
  });

  it('goes through the explicit providers', () => {
    const wrong = whole.filter(({ type, options }) => {
      const [pkg] = type.split(':');
      return (pkg === 'docker' || pkg === 'postgresql') && options.provider !== pkg;
    });
    expect(keysOf(wrong)).toEqual([]);
  });
});

describe('data that outlived its stack', () => {
  const adopted = (resources: readonly Registration[]) =>
    Object.fromEntries(
      resources
        .filter(({ options }) => options.importId !== undefined)
        .map(({ key, options }) => [key, options.importId]),
    );

  it('is taken over: the database and the roles that own and grant', async () => {
    const { resources } = await recordEnvironment(SEEDED, { adopt: true });
    expect(adopted(resources)).toEqual({
      'postgresql:Database classrooms': 'classrooms',
      ...Object.fromEntries(USERS.map((user) => [`postgresql:Role ${user}`, user])),
    });
    expect(keysOf(resources)).toEqual(keysOf(whole));
  });

  it('is not looked for otherwise', () => {
    expect(adopted(whole)).toEqual({});
  });
});

describe('volumes', () => {
  const kept = (resources: readonly Registration[]) =>
    keysOf(
      resources.filter(({ key, options }) => options.retainOnDelete && key.startsWith('docker:')),
    );

  it('with data outlive a destroy unless the environment says otherwise', async () => {
    expect(kept(whole)).toEqual(DATA);
    const { resources } = await recordEnvironment({
      postgres: { volume: { onDestroy: 'delete' } },
    });
    expect(kept(resources)).toEqual([]);
  });

  it('with data say so in a label', () => {
    const holding = whole.filter(({ inputs }) =>
      JSON.stringify(inputs['labels'] ?? []).includes('"plinth.holds"'),
    );
    expect(keysOf(holding)).toEqual(DATA);
  });
});

it('the application’s database is not dropped when the settings name another one', () => {
  const kept = whole.filter(
    ({ key, options }) => options.retainOnDelete && key.startsWith('postgresql:'),
  );
  expect(keysOf(kept)).toEqual(['postgresql:Database classrooms']);
});

describe('images', () => {
  it('are declared by reference, with what builds them where they are missing', () => {
    expect(find(whole, 'plinth:index:Image image-redis').inputs).toEqual({
      reference: 'plinth/redis:0123456789ab',
      context: './images/redis',
      buildArgs: { BASE: BASE_IMAGE },
    });
  });

  it('leave building to nobody else: no plugin builds', () => {
    const building = whole.filter(
      ({ type, inputs }) => type.startsWith('docker:') && inputs['build'] !== undefined,
    );
    expect(keysOf(building)).toEqual([]);
  });

  it('that are here already have their ids from the start, in a preview too', async () => {
    const { resources } = await recordEnvironment(
      {},
      { preview: true, imagesHere: new Map([['plinth/redis:0123456789ab', 'sha256:here']]) },
    );
    expect(find(resources, 'docker:Container redis-queue').inputs['image']).toBe('sha256:here');
    expect(find(resources, 'docker:Container postgres').inputs['image']).not.toBe(
      'sha256:image-postgres',
    );
  });

  it('are referred to by id, so that a rebuilt one replaces the container', () => {
    expect(find(whole, 'docker:Container redis-queue').inputs['image']).toBe('sha256:image-redis');
    expect(find(whole, 'docker:Container postgres').inputs['image']).toBe('sha256:image-postgres');
  });
});

describe('the docker engine', () => {
  it('is another one when the environment says so, for containers and limits alike', async () => {
    const { resources } = await recordEnvironment({ docker: { host: 'ssh://deploy@db.example' } });
    expect(find(resources, 'pulumi:providers:docker docker').inputs).toEqual({
      disableDockerDaemonCheck: 'false',
      host: 'ssh://deploy@db.example',
    });
    const asks = resources.filter(({ type }) => /:(PidsLimit|Readiness)$/.test(type));
    expect(asks.map(({ inputs }) => inputs['dockerHost'])).toEqual(
      Array<string>(11 + WAITED_FOR.length).fill('ssh://deploy@db.example'),
    );
  });

  it('is not asked for when an environment is for previews only', async () => {
    const { resources } = await recordEnvironment({ docker: { previewOnly: true } });
    expect(find(resources, 'pulumi:providers:docker docker').inputs).toEqual({
      disableDockerDaemonCheck: 'true',
    });
  });
});

describe('what is handed out', () => {
  it('says how to log in to the pages that are there, in secret', async () => {
    const grafana = { user: 'admin', password: pulumi.output('of its own') };
    const there = { grafana: { host: '127.0.0.1', port: 3001 } };
    expect(outputs.pages(there, { grafana: undefined })).toEqual({});
    expect(outputs.pages({}, { grafana })).toEqual({});
    expect(outputs.pages(undefined, { grafana })).toEqual({});
    expect(await settled(outputs.pages(there, { grafana })['grafana']!)).toEqual({
      value: { url: 'http://127.0.0.1:3001', user: 'admin', password: 'of its own' },
      isSecret: true,
    });
  });

  it('says where everything listens, and none of it is secret', async () => {
    const { built } = await recordEnvironment({ pgbouncer: { port: 7432 } });
    expect(outputs.endpoints(built)).toEqual({
      pooled: { host: '127.0.0.1', port: 7432 },
      direct: { host: '127.0.0.1', port: 55432 },
      'redis-cache': { host: '127.0.0.1', port: 56379 },
      'redis-queue': { host: '127.0.0.1', port: 56380 },
      metrics: [
        { job: 'postgres', host: 'postgres-exporter', port: 9187, path: '/metrics' },
        { job: 'pgbouncer', host: 'pgbouncer-exporter', port: 9127, path: '/metrics' },
        { job: 'redis-cache', host: 'redis-cache-exporter', port: 9121, path: '/metrics' },
        { job: 'redis-queue', host: 'redis-queue-exporter', port: 9121, path: '/metrics' },
        { job: 'backup', host: 'backup', port: 9188, path: '/metrics' },
        { job: 'pgbackrest', host: 'pgbackrest', port: 9188, path: '/metrics' },
      ],
    });
  });

  it('holds connection strings as one secret, for the active logins only', async () => {
    const { built } = await recordEnvironment({ users: { app: { rotation: 2 } } });
    const { value, isSecret } = await settled(outputs.urls(built, 'classrooms'));
    expect(isSecret).toBe(true);
    const users = Object.fromEntries(
      Object.entries(value).map(([name, urls]) => [
        name,
        [...new Set(Object.values(urls).map((url) => new URL(url).username))],
      ]),
    );
    expect(users).toEqual({
      app: ['app_b'],
      backup: ['backup_a'],
      health: ['health_a'],
      migrator: ['migrator_a'],
      monitor: ['monitor_a'],
      readonly: ['readonly_a'],
      'redis-cache': ['app'],
      'redis-queue': ['app'],
    });
    expect(new URL(value['app']?.['psql'] ?? '').password).toBe(canary('app_b', 2));
  });
});
