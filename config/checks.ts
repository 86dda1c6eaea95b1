/** Rules that involve more than one setting. Pure. Each rule reports all violations. */
import { backupProblems } from './backup/checks.ts';
import { connectionProblems, memoryProblems } from './budget.ts';
import type { EnvironmentConfig } from './environment.ts';
import { monitoringPages, monitoringProblems } from './monitoring/checks.ts';
import { roleNameProblem } from './names.ts';
import { formatPath, show } from './errors.ts';
import type { Path, ConfigProblem } from './errors.ts';
import { platformUsers } from './schema.ts';
import { nearest } from '../lib/suggest.ts';
import { formatSize } from './units.ts';

/** A port that an environment publishes on 127.0.0.1, and its setting. */
export interface WantedPort {
  readonly path: Path;
  readonly port: number;
}

/** All ports that an environment publishes. */
export function wantedPorts({
  postgres,
  pgbouncer,
  redis,
  monitoring,
}: EnvironmentConfig): readonly WantedPort[] {
  return [
    { path: ['postgres', 'port'], port: postgres.port },
    { path: ['pgbouncer', 'port'], port: pgbouncer.port },
    ...(['cache', 'queue'] as const)
      .filter((profile) => redis[profile].enabled)
      .map((profile) => ({ path: ['redis', profile, 'port'], port: redis[profile].port })),
    ...monitoringPages(monitoring).map((page) => ({
      path: ['monitoring', page, 'port'],
      port: monitoring[page].port,
    })),
  ];
}

/** All conflicts between settings that are valid individually. */
export function crossFieldProblems(config: EnvironmentConfig): ConfigProblem[] {
  return [
    ...portProblems(config),
    ...connectionProblems(config),
    ...memoryProblems(config),
    ...redisProblems(config),
    ...backupProblems(config),
    ...monitoringProblems(config),
    ...volumeProblems(config),
    ...logProblems(config),
    ...accessProblems(config),
    ...applicationProblems(config),
  ];
}

/** Names under `users` that are not valid role names, and additional roles without `like`. */
export function userProblems(users: Readonly<Record<string, unknown>>): ConfigProblem[] {
  const known = Object.keys(platformUsers);
  const names = [...new Set([...known, ...Object.keys(users)])];
  return Object.entries(users).flatMap(([name, settings]): ConfigProblem[] => {
    if (known.includes(name)) return [];
    const path = ['users', name];
    const problem = roleNameProblem(name, names);
    if (problem !== undefined)
      return [{ paths: [path], text: `${formatPath(path)} names a role ${problem}` }];
    if (typeof settings !== 'object' || settings === null || Object.hasOwn(settings, 'like'))
      return [];
    const meant = nearest(name, known);
    const remedy =
      meant === undefined
        ? 'write like: app or like: readonly under it'
        : `did you mean ${meant}? An additional role needs like: app or like: readonly`;
    return [
      {
        paths: [path, ['users', meant ?? name]],
        text: `${formatPath(path)} is not a user of the platform: ${remedy}`,
      },
    ];
  });
}

function portProblems(config: EnvironmentConfig): ConfigProblem[] {
  const ports = wantedPorts(config);
  return ports.flatMap(({ path, port }, index) => {
    const first = ports.findIndex((other) => other.port === port);
    const other = ports[first];
    if (other === undefined || first === index) return [];
    return [
      {
        paths: [path, other.path],
        text: `${formatPath(path)} is ${port} but ${formatPath(other.path)} uses the same port: choose different ports`,
      },
    ];
  });
}

function redisProblems({ redis }: EnvironmentConfig): ConfigProblem[] {
  // A forked process rewrites the append-only file of the queue. In the worst case every page exists twice.
  const shares = { cache: 0.75, queue: 0.5 } as const;
  return (['cache', 'queue'] as const).flatMap((profile) => {
    const { maxmemoryBytes, memoryBytes, enabled } = redis[profile];
    if (!enabled || maxmemoryBytes <= memoryBytes * shares[profile]) return [];
    return [
      {
        paths: [
          ['redis', profile, 'maxmemory'],
          ['redis', profile, 'memory'],
        ],
        text: `redis.${profile}.maxmemory is ${formatSize(maxmemoryBytes)} but at most ${shares[profile] * 100} % of redis.${profile}.memory ${formatSize(memoryBytes)} may be data: lower it or raise the memory`,
      },
    ];
  });
}

function logProblems({ logs: { shipTo } }: EnvironmentConfig): ConfigProblem[] {
  if (shipTo === undefined || shipTo.address !== '') return [];
  return [
    {
      paths: [['logs', 'shipTo']],
      text: 'logs.shipTo has no address: write it, or remove logs.shipTo',
    },
  ];
}

function volumeProblems({ stack, postgres }: EnvironmentConfig): ConfigProblem[] {
  const { name } = postgres.volume;
  const own = `plinth-${stack}-postgres-data`;
  if (name === undefined || name === own || name.startsWith(`${own}-`)) return [];
  return [
    {
      paths: [['postgres', 'volume', 'name']],
      text: `postgres.volume.name is ${show(name)} but that volume belongs to another environment: write a volume whose name begins with ${own}`,
    },
  ];
}

function accessProblems({ preset, access }: EnvironmentConfig): ConfigProblem[] {
  if (preset !== 'large' || access.context === 'signed' || access.acceptSpoofableSetting) return [];
  return [
    {
      paths: [['access', 'context']],
      text: 'access.context is "setting" but in the preset large this is refused, because any SQL statement could set another tenant: write signed, or set access.acceptSpoofableSetting to true',
    },
  ];
}

function applicationProblems({ application }: EnvironmentConfig): ConfigProblem[] {
  if (!application.seed || application.migrations) return [];
  return [
    {
      paths: [
        ['application', 'seed'],
        ['application', 'migrations'],
      ],
      text: `application.seed is ${show(true)} but application.migrations is ${show(false)}, so there are no tables to fill: switch both on or both off`,
    },
  ];
}
