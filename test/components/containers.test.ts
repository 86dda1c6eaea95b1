/** What is true of every container of an environment, whatever runs in it; and where every password goes. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as pulumi from '@pulumi/pulumi';
import { createHash } from 'node:crypto';
import {
  HEALTH_TEST,
  HEALTHCHECK,
  UNCHECKED,
  LOW_PRIORITY_CPU_SHARES,
} from '../../components/container/hardening.ts';
import { ServiceContainer, type ServiceContainerArgs } from '../../components/container/service.ts';
import { scramVerifier } from '../../components/roles/scram.ts';
import { BASE_IMAGE, resourcesOf, type Settings } from '../support/environment.ts';
import { canary, clear, find, hasSecret, record, salt, visible } from '../support/record.ts';
import type { Registration } from '../support/record.ts';

const SERVICE = 'plinth:container:Service';
const FILES = 'plinth:container:FileRoot';

interface Upload {
  readonly file: string;
  readonly content: unknown;
  readonly owner: string;
  readonly group: string;
  readonly permissions: string;
}

interface Volume {
  readonly volumeName?: unknown;
  readonly containerPath?: unknown;
  readonly hostPath?: unknown;
  readonly readOnly?: boolean;
}

const containers = (all: readonly Registration[]) =>
  all.filter(({ type }) => type === 'docker:Container');
const under = (all: readonly Registration[], type: string) =>
  containers(all).filter(({ options }) => options.parent?.startsWith(`${type} `));
const uploads = ({ inputs }: Registration) => inputs['uploads'] as Upload[];
const volumes = ({ inputs }: Registration) => inputs['volumes'] as Volume[];
const labelsOf = ({ inputs }: Registration) =>
  Object.fromEntries(
    (inputs['labels'] as { label: string; value: unknown }[]).map((each) => [
      each.label,
      each.value,
    ]),
  );

/** Each password of an environment, with everything from which it could be told or used. */
function traces(all: readonly Registration[]): Map<string, string[]> {
  const passwords = all.filter(({ type }) => type === 'random:RandomPassword');
  return new Map(
    passwords.map(({ name, inputs }) => {
      const generation = Number((inputs['keepers'] as { generation: string }).generation);
      const password = canary(name, generation);
      const verifier = scramVerifier(password, salt(name, generation));
      return [
        name,
        [
          password,
          Buffer.from(password).toString('base64'),
          createHash('sha256').update(password).digest('hex'),
          verifier,
          ...verifier.split(/[$:]/).slice(3),
        ],
      ];
    }),
  );
}

function carries(value: unknown, [...signs]: readonly string[]): boolean {
  const text = JSON.stringify(value);
  return signs.some((sign) => text.includes(sign));
}

const ENVIRONMENTS: [string, Settings][] = [
  ['small', { preset: 'small', application: { seed: true } }],
  ['medium', { preset: 'medium' }],
  [
    'large',
    {
      preset: 'large',
      backup: { acceptNoRecipient: true },
      monitoring: { acceptNoReceiver: true },
    },
  ],
  [
    'one with everything changed',
    {
      timezone: 'Europe/Berlin',
      postgres: {
        memory: '700MiB',
        cpus: 1.5,
        port: 15432,
        settings: { statement_timeout: '30s' },
      },
      pgbouncer: { poolMode: 'session', port: 16432, cpus: 1 },
      redis: { cache: { maxmemory: '33MiB', port: 16379 }, queue: { appendfsync: 'always' } },
      users: { app: { rotation: 4 }, monitor: { rotation: 2 }, jobs: { like: 'app' } },
      application: { seed: true },
    },
  ],
];

describe.each(ENVIRONMENTS)('in %s,', (_name, settings) => {
  let all: readonly Registration[];
  let services: readonly Registration[];
  let holders: readonly Registration[];

  beforeAll(async () => {
    all = await resourcesOf(settings);
    services = under(all, SERVICE);
    holders = under(all, FILES);
  });

  /** Exactly one value each of `pick` over all services. */
  const each = <T>(pick: (service: Registration) => T): Record<string, T> =>
    Object.fromEntries(services.map((service) => [service.name, pick(service)]));
  const eachIs = <T>(value: T): Record<string, T> =>
    Object.fromEntries(
      [
        'backup',
        'drill',
        'pgbackrest',
        'pgbouncer',
        'pgbouncer-exporter',
        'postgres',
        'postgres-exporter',
        'redis-cache',
        'redis-cache-exporter',
        'redis-queue',
        'redis-queue-exporter',
      ].map((name) => [name, value]),
    );

  /** An update is not held up by a backup that fails. */
  const notWaitedFor = <T>(value: T): Record<string, T> => ({
    backup: value,
    drill: value,
    pgbackrest: value,
  });
  const onlyWatching = <T>(value: T): Record<string, T> =>
    Object.fromEntries(
      Object.entries(eachIs(value)).filter(([name]) => name.endsWith('-exporter')),
    );

  it('every container is a service or a holder of files', () => {
    expect(services.map(({ name }) => name)).toEqual(Object.keys(eachIs(0)));
    expect(containers(all)).toHaveLength(services.length + holders.length);
  });

  it('no service has a privilege', () => {
    expect(
      each(({ inputs }) => ({
        capabilities: inputs['capabilities'],
        securityOpts: inputs['securityOpts'],
        readOnly: inputs['readOnly'],
        privileged: inputs['privileged'],
        pidMode: inputs['pidMode'],
        ipcMode: inputs['ipcMode'],
        devices: inputs['devices'],
        init: inputs['init'],
      })),
    ).toEqual(
      eachIs({
        capabilities: { drops: ['ALL'] },
        securityOpts: ['no-new-privileges'],
        readOnly: true,
        privileged: undefined,
        pidMode: undefined,
        ipcMode: 'private',
        devices: undefined,
        init: false,
      }),
    );
  });

  it('every service is told exactly this, and which file holds what it must not be told', () => {
    const monitor = all.some(({ name, inputs }) => name === 'monitor_a' && inputs['login'] === true)
      ? 'monitor_a'
      : 'monitor_b';
    const redis = (name: string, ...more: string[]) => [
      [
        `REDIS_ADDR=redis://${name}:6379`,
        'REDIS_USER=monitor',
        'REDIS_PASSWORD_FILE=/run/secrets/passwords.json',
        'REDIS_EXPORTER_LOG_FORMAT=json',
        'REDIS_EXPORTER_SET_CLIENT_NAME=false',
        ...more,
        'GOMAXPROCS=1',
      ],
      ['prometheus-redis-exporter'],
    ];
    expect(each(({ inputs }) => [inputs['envs'], inputs['command']])).toEqual({
      backup: [[], ['serve']],
      drill: [[], ['drill', 'serve']],
      pgbackrest: [[], ['pitr', 'serve']],
      postgres: [['PLINTH_ENVIRONMENT=dev'], undefined],
      pgbouncer: [['PLINTH_DATABASE=classrooms'], undefined],
      'redis-cache': [[], undefined],
      'redis-queue': [[], undefined],
      'postgres-exporter': [
        [
          'DATA_SOURCE_URI=postgres:5432/classrooms?sslmode=disable',
          `DATA_SOURCE_USER=${monitor}`,
          'DATA_SOURCE_PASS_FILE=/run/secrets/password',
          'GOMAXPROCS=1',
        ],
        [
          'prometheus-postgres-exporter',
          '--log.level=warn',
          '--log.format=json',
          '--collector.postmaster',
          '--collector.stat_checkpointer',
          '--no-collector.locks',
          '--no-collector.roles',
          '--no-collector.stat_user_tables',
          '--no-collector.statio_user_tables',
          '--disable-default-metrics',
          '--disable-settings-metrics',
        ],
      ],
      'pgbouncer-exporter': [
        ['PGPASSFILE=/run/secrets/pgpass', 'GOMAXPROCS=1'],
        [
          'prometheus-pgbouncer-exporter',
          '--log.level=warn',
          '--log.format=json',
          `--pgBouncer.connectionString=postgres://${monitor}@pgbouncer:6432/pgbouncer?sslmode=disable`,
        ],
      ],
      'redis-cache-exporter': redis('redis-cache'),
      'redis-queue-exporter': redis(
        'redis-queue',
        'REDIS_EXPORTER_CHECK_KEYS=db0=bull:*:wait',
        'REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES=true',
      ),
    });
  });

  it('every service runs as a number of its own, never as root', () => {
    expect(each(({ inputs }) => inputs['user'])).toEqual({
      ...eachIs('10004'),
      backup: '10005',
      drill: '10005',
      pgbackrest: '10001',
      postgres: '10001',
      pgbouncer: '10002',
      'redis-cache': '10003',
      'redis-queue': '10003',
    });
  });

  it('every service is limited, without swap', () => {
    for (const { name, inputs } of services) {
      expect([name, inputs['memorySwap']]).toEqual([name, inputs['memory']]);
      expect(Number.isInteger(inputs['memory']) && Number(inputs['memory']) >= 32).toBe(true);
      expect([name, inputs['cpus']]).toEqual([name, expect.stringMatching(/^\d+\.\d+$/)]);
      const size = ['backup', 'drill', 'pgbackrest'].includes(name) ? '64m' : '16m';
      expect(inputs['tmpfs']).toEqual({ '/tmp': `rw,noexec,nosuid,size=${size}` });
    }
  });

  it('what only watches gives way to everybody else', () => {
    expect(each(({ inputs }) => inputs['cpuShares'])).toEqual({
      ...eachIs(undefined),
      ...notWaitedFor(undefined),
      ...onlyWatching(LOW_PRIORITY_CPU_SHARES),
    });
  });

  it('every service has a limit of processes, by the id of its container', () => {
    const limits = all.filter(({ type }) => type === 'plinth:index:PidsLimit');
    const found = limits.map(({ name, inputs, options }) => [
      name,
      inputs['container'],
      options.madeOf,
      options.deletedWith,
    ]);
    const expected = services.map(({ name, key }) => [
      `${name}-pids`,
      `${name}-id`,
      { container: [key] },
      key,
    ]);
    expect(found.sort()).toEqual(expected.sort());
    const numbers = limits.map(({ inputs }) => Number(inputs['limit']));
    expect(numbers.every((limit) => Number.isInteger(limit) && limit >= 32)).toBe(true);
  });

  it('every service logs with rotation', () => {
    expect(each(({ inputs }) => [inputs['logDriver'], inputs['logOpts']])).toEqual(
      eachIs(['json-file', { 'max-file': '3', 'max-size': '10m' }]),
    );
  });

  it('Docker checks rarely, and not at all what Prometheus reads all the time', () => {
    expect(
      each(({ inputs }) => [inputs['healthcheck'], inputs['mustRun'], inputs['restart']]),
    ).toEqual({
      ...eachIs([HEALTHCHECK, true, 'unless-stopped']),
      ...onlyWatching([UNCHECKED, true, 'unless-stopped']),
    });
    expect(each((service) => labelsOf(service)['plinth.health'])).toEqual(
      eachIs(JSON.stringify(HEALTH_TEST)),
    );
  });

  it('an update waits for what others need, and not by the check of Docker', () => {
    expect(each(({ inputs }) => [inputs['wait'], inputs['waitTimeout']])).toEqual(
      eachIs([false, 0]),
    );
    const waits = all.filter(({ type }) => type === 'plinth:index:Readiness');
    const found = waits.map(({ name, inputs, options }) => [
      name,
      inputs,
      options.madeOf,
      options.deletedWith,
    ]);
    const expected = ['pgbouncer', 'postgres', 'redis-cache', 'redis-queue'].map((name) => [
      `${name}-ready`,
      { container: `${name}-id`, service: `plinth-dev-${name}`, test: HEALTH_TEST },
      { container: [`docker:Container ${name}`] },
      `docker:Container ${name}`,
    ]);
    expect(found.sort()).toEqual(expected);
  });

  it('every service has time to stop, whoever stops it', () => {
    const seconds = {
      ...eachIs(10),
      backup: 30,
      drill: 30,
      pgbackrest: 30,
      postgres: 90,
      pgbouncer: 30,
      'redis-cache': 30,
      'redis-queue': 30,
    };
    expect(each(({ inputs }) => inputs['destroyGraceSeconds'])).toEqual(seconds);
    expect(each(({ inputs }) => inputs['stopTimeout'])).toEqual(seconds);
  });

  it('every service is replaced where the provider could not change it, and never doubled', () => {
    expect(each(({ options }) => [options.deleteBeforeReplace, options.replaceOnChanges])).toEqual(
      eachIs([true, ['healthcheck', 'tmpfs', 'init', 'cpus']]),
    );
  });

  it("every service is on the stack's network, under its own name only; the drill on none", () => {
    expect(each(({ inputs }) => [inputs['networkMode'], inputs['networksAdvanced']])).toEqual({
      ...Object.fromEntries(
        services.map(({ name }) => [name, ['bridge', [{ name: 'plinth-dev', aliases: [name] }]]]),
      ),
      drill: ['none', undefined],
    });
  });

  it('ports are published on 127.0.0.1 and nowhere else', () => {
    const published = services.flatMap(({ name, inputs }) =>
      (inputs['ports'] as { ip: string; internal: number; protocol: string }[]).map((port) => [
        name,
        port.ip,
        port.internal,
        port.protocol,
      ]),
    );
    expect(published).toEqual([
      ['pgbouncer', '127.0.0.1', 6432, 'tcp'],
      ['postgres', '127.0.0.1', 5432, 'tcp'],
      ['redis-cache', '127.0.0.1', 6379, 'tcp'],
      ['redis-queue', '127.0.0.1', 6379, 'tcp'],
    ]);
    for (const { inputs } of holders) expect(inputs['ports']).toBeUndefined();
    for (const { inputs } of containers(all)) {
      expect([inputs['publishAllPorts'], inputs['hosts']]).toEqual([undefined, undefined]);
    }
  });

  it('only volumes with a name of this stack are mounted, nothing of the host', () => {
    const declared = all
      .filter(({ type }) => type === 'docker:Volume')
      .map(({ inputs }) => inputs['name']);
    for (const container of containers(all)) {
      for (const volume of volumes(container)) {
        expect(declared).toContain(volume.volumeName);
        expect(volume.hostPath).toBeUndefined();
      }
      expect(container.inputs['mounts']).toBeUndefined();
    }
  });

  it('files are mounted read-only, and data writable', () => {
    const written = services.flatMap((service) =>
      volumes(service)
        .filter(({ readOnly }) => readOnly !== true)
        .map(({ containerPath }) => `${service.name} ${String(containerPath)}`),
    );
    expect(written).toEqual([
      'backup /var/lib/backup',
      'drill /var/lib/drill',
      'pgbackrest /run/postgresql',
      'pgbackrest /var/lib/pgbackrest',
      'pgbouncer /run/postgresql',
      'pgbouncer /run/pgbouncer',
      'postgres /var/lib/postgresql',
      'postgres /run/postgresql',
      'postgres /run/pgbouncer',
      'postgres /var/log/postgresql',
      'postgres /var/lib/pgbackrest',
      'redis-queue /var/lib/redis',
    ]);
    const read = services.flatMap((service) =>
      volumes(service)
        .filter(({ readOnly }) => readOnly === true)
        .map(({ containerPath }) => `${service.name} ${String(containerPath)}`),
    );
    expect(read).toEqual([
      'backup /etc/plinth',
      'backup /run/secrets',
      'backup /var/lib/drill',
      'drill /etc/plinth',
      'drill /run/secrets',
      'drill /var/lib/backup',
      'pgbackrest /etc/plinth',
      'pgbackrest /run/secrets',
      'pgbackrest /var/lib/postgresql',
      'pgbouncer /etc/plinth',
      'pgbouncer-exporter /run/secrets',
      'postgres /etc/plinth',
      'postgres /run/secrets',
      'postgres-exporter /run/secrets',
      'redis-cache /etc/plinth',
      'redis-cache /run/secrets',
      'redis-cache-exporter /run/secrets',
      'redis-queue /etc/plinth',
      'redis-queue /run/secrets',
      'redis-queue-exporter /run/secrets',
    ]);
  });

  it('a holder is never started, on no network, of an image without a user', () => {
    expect(holders).toHaveLength(17);
    for (const { name, inputs, options } of holders) {
      const { start, mustRun, networkMode, image, user, privileged, restart } = inputs as Record<
        string,
        unknown
      >;
      expect([name, { start, mustRun, networkMode, image, user, privileged, restart }]).toEqual([
        name,
        {
          start: false,
          mustRun: false,
          networkMode: 'none',
          image: BASE_IMAGE,
          user: undefined,
          privileged: undefined,
          restart: undefined,
        },
      ]);
      // A new base image alone must not carry the files again: that would replace every service.
      expect(options.ignoreChanges).toEqual(['image']);
    }
  });

  it('secret files are for the owner alone, public ones for reading', () => {
    for (const holder of holders) {
      const root = holder.name.endsWith('-secret-holder') ? 'secret' : 'public';
      const service = find(services, `docker:Container ${holder.name.replace(/-\w+-holder$/, '')}`);
      const user = service.inputs['user'];
      expect(uploads(holder).length).toBeGreaterThan(0);
      for (const { file, owner, group, permissions } of uploads(holder)) {
        expect({ file, owner, group, permissions }).toEqual({
          file: expect.stringMatching(
            root === 'secret' ? /^\/run\/secrets\/[\w.-]+$/ : /^\/etc\/plinth\/[\w.-]+$/,
          ),
          owner: user,
          group: user,
          permissions: root === 'secret' ? '0400' : '0444',
        });
      }
    }
  });

  it('a service waits until its files are in their volumes', () => {
    for (const holder of holders) {
      const service = holder.name.replace(/-\w+-holder$/, '');
      expect(find(services, `docker:Container ${service}`).options.after).toContain(holder.key);
    }
  });

  it('no service knows a password: not in its settings, arguments, labels, nor marked secret', () => {
    const known = [...traces(all).values()];
    for (const service of services) {
      expect([service.name, hasSecret(service.inputs)]).toEqual([service.name, false]);
      expect([service.name, known.some((signs) => carries(service.inputs, signs))]).toEqual([
        service.name,
        false,
      ]);
    }
  });

  it('nothing that is sent to the engine holds a password in clear text', () => {
    const known = [...traces(all)];
    const open = all.flatMap(({ key, inputs }) =>
      known
        .filter(([, signs]) => carries(visible(inputs), signs))
        .map(([name]) => `${key} tells ${name}`),
    );
    expect(open).toEqual([]);
  });

  it('a secret file is secret as a whole, and a public file is shown', () => {
    for (const holder of holders) {
      for (const { file, content } of uploads(holder)) {
        expect([file, hasSecret(content)]).toEqual([file, file.startsWith('/run/secrets/')]);
      }
      // The mark is on the content alone, so that a preview still shows which files there are.
      expect(uploads(holder).map(({ file }) => typeof file)).not.toContain('object');
    }
  });

  it('nothing but files, logins and connections is secret', () => {
    const marked = all.filter(({ inputs }) => hasSecret(inputs)).map(({ type }) => type);
    expect([...new Set(marked)]).toEqual(
      expect.arrayContaining(['docker:Container', 'postgresql:Role']),
    );
    const others = marked.filter(
      (type) =>
        !/^(docker:Container|postgresql:Role|plinth:index:(ActsAs|Migrations|RowSecurity|SchemaAccess|Seed|TenantContext)|pulumi:providers:postgresql)$/.test(
          type,
        ),
    );
    expect(others).toEqual([]);
  });
});

describe('every password', () => {
  it('goes where it is needed and nowhere else', async () => {
    const resources = await resourcesOf(ENVIRONMENTS[0]?.[1]);
    const places = Object.fromEntries(
      [...traces(resources)].map(([name, signs]) => [
        name,
        resources.filter(({ inputs }) => carries(clear(inputs), signs)).map(({ key }) => key),
      ]),
    );
    const login = (name: string, ...more: string[]) => [...more, `postgresql:Role ${name}`].sort();
    const holder = (name: string) => `docker:Container ${name}-secret-holder`;
    const redis = (name: string) => ({
      [`${name}-app`]: [holder(name)],
      [`${name}-health`]: [holder(name)],
      [`${name}-monitor`]: [holder(`${name}-exporter`), holder(name)],
    });
    expect(places).toEqual({
      app_a: login('app_a'),
      app_b: login('app_b'),
      backup_a: login('backup_a', holder('backup')),
      backup_b: login('backup_b'),
      health_a: login('health_a'),
      health_b: login('health_b'),
      migrator_a: login(
        'migrator_a',
        'plinth:index:ActsAs migrator-acts-as',
        'plinth:index:Migrations migrations',
      ),
      migrator_b: login('migrator_b'),
      monitor_a: login('monitor_a', holder('pgbouncer-exporter'), holder('postgres-exporter')),
      monitor_b: login('monitor_b'),
      'postgres-superuser': [
        holder('postgres'),
        ...resources.flatMap(({ key, type }) =>
          /:(RowSecurity|SchemaAccess|Seed|TenantContext)$/.test(type) ? [key] : [],
        ),
        'pulumi:providers:postgresql postgresql',
      ],
      readonly_a: login('readonly_a'),
      readonly_b: login('readonly_b'),
      ...redis('redis-cache'),
      ...redis('redis-queue'),
      'repository-passphrase': [holder('pgbackrest'), holder('postgres')],
    });
  });

  it('is 32 letters and digits, and new with each generation', async () => {
    const resources = await resourcesOf(ENVIRONMENTS[0]?.[1]);
    const random = resources.filter(({ type }) => type.startsWith('random:'));
    const [drillKey] = random.filter(({ name }) => name === 'drill-key');
    expect(drillKey?.inputs).toEqual({ length: 32, keepers: { rotation: '1' } });
    const passwords = random.filter((one) => one !== drillKey);
    expect(passwords).toHaveLength(39);
    for (const { type, name, inputs } of passwords) {
      const generation = /^(app|backup|health|migrator|monitor|readonly)_b/.test(name) ? '0' : '1';
      expect([name, inputs]).toEqual([
        name,
        type === 'random:RandomBytes'
          ? { length: 16, keepers: { generation } }
          : { length: 32, special: false, keepers: { generation } },
      ]);
    }
  });
});

describe('a service container', () => {
  const ARGS: ServiceContainerArgs = {
    stack: 'dev',
    network: 'plinth-dev',
    baseImage: BASE_IMAGE,
    part: 'thing',
    image: 'sha256:thing',
    uid: 10009,
    limits: { memoryBytes: 64 * 1024 ** 2, cpus: 1, pids: 16, graceSec: 5 },
  };
  const build = async (more: Partial<ServiceContainerArgs> = {}) => {
    const { resources } = await record(() => new ServiceContainer('thing', { ...ARGS, ...more }));
    return { resources, service: find(resources, 'docker:Container thing') };
  };
  const secret = (text: string) => ({ password: pulumi.secret(text) });

  it('has no file roots and no files when it has no files', async () => {
    const { resources, service } = await build();
    expect(resources.map(({ key }) => key)).toEqual([
      'docker:Container thing',
      'plinth:container:Service thing',
      'plinth:index:PidsLimit thing-pids',
      'plinth:index:Readiness thing-ready',
    ]);
    expect(service.inputs).toMatchObject({ envs: [], ports: [], volumes: [] });
    expect(service.inputs).not.toHaveProperty('command');
    expect(labelsOf(service)).toEqual({
      'plinth.project': 'plinth',
      'plinth.stack': 'dev',
      'plinth.part': 'thing',
      'plinth.kind': 'service',
      'plinth.health': '["/usr/local/bin/plinth-health"]',
    });
  });

  it('is asked by a check of its own, where its image is not one of ours', async () => {
    const healthTest = ['wget', '-q', 'http://127.0.0.1/up'];
    const { resources, service } = await build({ healthTest });
    expect(labelsOf(service)['plinth.health']).toBe(JSON.stringify(healthTest));
    expect(service.inputs['healthcheck']).toEqual({
      ...HEALTHCHECK,
      tests: ['CMD', ...healthTest],
    });
    expect(find(resources, 'plinth:index:Readiness thing-ready').inputs['test']).toEqual(
      healthTest,
    );
  });

  it.each([{ awaitReady: false }, { lowPriority: true }])('is not waited for: %j', async (more) => {
    const { resources } = await build(more);
    expect(resources.filter(({ type }) => type === 'plinth:index:Readiness')).toEqual([]);
  });

  it('passes on its command, settings, mounts and ports', async () => {
    const { service } = await build({
      command: ['run', '--fast'],
      env: { A: '1', B: 'two words' },
      volumes: [{ volume: 'v', path: '/data' }],
      ports: [{ internal: 1, external: 2 }],
    });
    expect(service.inputs).toMatchObject({
      command: ['run', '--fast'],
      envs: ['A=1', 'B=two words'],
      hostname: 'thing',
      name: 'plinth-dev-thing',
      ports: [{ internal: 1, external: 2, ip: '127.0.0.1', protocol: 'tcp' }],
      user: '10009',
      volumes: [{ volumeName: 'v', containerPath: '/data', readOnly: false }],
    });
  });

  it('follows its files: the label changes when a content or a name does, and only then', async () => {
    const label = async (more: Partial<ServiceContainerArgs>, root = '/run/secrets') => {
      const { service } = await build(more);
      return labelsOf(service)[`plinth.files${root}`];
    };
    const first = await label({ secretFiles: secret('correct horse') });
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    expect(await label({ secretFiles: secret('correct horse') })).toBe(first);
    expect(await label({ secretFiles: secret('correct horse'), env: { A: '1' } })).toBe(first);
    expect(await label({ secretFiles: secret('battery staple') })).not.toBe(first);
    expect(await label({ secretFiles: { other: pulumi.secret('correct horse') } })).not.toBe(first);

    const open = await label({ publicFiles: { a: '1', b: '2' } }, '/etc/plinth');
    expect(await label({ publicFiles: { a: '12', b: '' } }, '/etc/plinth')).not.toBe(open);
    expect(await label({ publicFiles: { a: '1' } }, '/etc/plinth')).not.toBe(open);
  });

  it('tells the label of secret files to everyone, or nobody could read a preview', async () => {
    const { resources, service } = await build({ secretFiles: secret('correct horse') });
    expect(hasSecret(service.inputs)).toBe(false);
    const holder = find(resources, 'docker:Container thing-secret-holder');
    expect(uploads(holder)).toEqual([
      {
        file: '/run/secrets/password',
        content: { $secret: 'correct horse' },
        owner: '10009',
        group: '10009',
        permissions: '0400',
      },
    ]);
  });

  it('keeps secret and public files on separate roads', async () => {
    const { resources, service } = await build({
      publicFiles: { 'a.conf': 'a' },
      secretFiles: secret('correct horse'),
    });
    expect(
      Object.fromEntries(
        under(resources, FILES).map((holder) => [
          holder.name,
          { files: uploads(holder).map(({ file }) => file), volumes: volumes(holder) },
        ]),
      ),
    ).toEqual({
      'thing-public-holder': {
        files: ['/etc/plinth/a.conf'],
        volumes: [{ volumeName: 'plinth-dev-thing-public', containerPath: '/etc/plinth' }],
      },
      'thing-secret-holder': {
        files: ['/run/secrets/password'],
        volumes: [{ volumeName: 'plinth-dev-thing-secret', containerPath: '/run/secrets' }],
      },
    });
    expect(volumes(service)).toEqual([
      { volumeName: 'plinth-dev-thing-public', containerPath: '/etc/plinth', readOnly: true },
      { volumeName: 'plinth-dev-thing-secret', containerPath: '/run/secrets', readOnly: true },
    ]);
  });
});
