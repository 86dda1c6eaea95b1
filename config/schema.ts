/**
 * Schema of the settings under `plinth:` in `Pulumi.<stack>.yaml`.
 *
 * Every setting is optional. The parser, the error messages and the JSON Schema for editors are all derived from
 * this schema. `resolve.ts` adds the defaults afterwards, because most of them depend on the preset.
 */
import { z } from 'zod';
import { backup } from './backup/schema.ts';
import { monitoring } from './monitoring/schema.ts';
import { bool, group, groupError, oneOf, text, int } from './zod-types.ts';
import { exporters, pgbouncer, postgres, redis } from './servers-schema.ts';
import { timezoneProblem } from './timezone.ts';

const rotation = int(1, 1_000_000, 'Increase by one to generate a new password. Default 1.');
const connectionLimit = int(1, 10_000, 'CONNECTION LIMIT of each login role.');
const directUser = group(
  { rotation, connectionLimit },
  'A role that connects to Postgres directly, without PgBouncer.',
);
const applicationRole = group(
  { rotation, connectionLimit },
  'An application role with two login roles, <name>_a and <name>_b.',
);
const otherUser = group({ rotation }, 'A user that has only a password rotation.');

/** Users of every environment. Any other name declares an additional application role. */
export const platformUsers = {
  app: applicationRole,
  readonly: applicationRole,
  migrator: directUser,
  monitor: directUser,
  backup: directUser,
  health: directUser,
  postgres: otherUser,
  redisApp: otherUser,
  redisMonitor: otherUser,
};

const furtherRole = z
  .strictObject(
    {
      like: oneOf(['app', 'readonly'], 'app: read and write access. readonly: read access.'),
      rotation,
      connectionLimit,
    },
    { error: groupError },
  )
  .meta({ description: 'An additional application role.', required: ['like'] });

const users = z
  .object(platformUsers, { error: groupError })
  .catchall(furtherRole)
  .meta({
    description:
      'Passwords and roles. Any other name declares an additional application role, for example jobs: {like: app}.',
  })
  .optional();

/** The complete schema. */
export const environmentSchema = z.strictObject({
  preset: oneOf(
    ['small', 'medium', 'large'],
    'Size of the environment; most other defaults depend on it. Default small.',
  ),
  timezone: text(timezoneProblem, 'Time zone of the servers and their logs. Default Etc/UTC.'),
  postgres,
  pgbouncer,
  redis,
  exporters,
  backup,
  monitoring,
  logs: group(
    {
      shipTo: group(
        {
          driver: oneOf(
            ['fluentd', 'gelf', 'syslog'],
            'Docker logging driver: fluentd over TCP, gelf and syslog over UDP. Default fluentd.',
          ),
          address: text(
            hostAndPortProblem,
            'Address of the log collector as host:port, reachable from this machine.',
          ),
        },
        'Log collector. If it is not reachable, the containers keep running, and it does not receive the output of that time.',
      ),
    },
    'Additional destination for the output of all containers. Docker also keeps it in files on this machine.',
  ),
  users,
  access: group(
    {
      context: oneOf(
        ['setting', 'signed'],
        'How a transaction identifies its tenant: by a setting, or by a signed token. Default: signed in the preset large, otherwise setting.',
      ),
      acceptSpoofableSetting: bool(
        'Accepts, in the preset large, that any SQL statement can set another tenant. Default false.',
      ),
      tokenKey: group({ rotation }, 'The key that signs the tenant tokens.'),
    },
    'How the database determines the tenant of a transaction.',
  ),
  application: group(
    {
      migrations: bool('Whether up applies the migrations of the application. Default true.'),
      seed: bool(
        'Whether up fills its tables with sample data, where the application has some. Default false.',
      ),
    },
    'The application in app/.',
  ),
  docker: group(
    {
      host: text(
        dockerHostProblem,
        'Address of the Docker engine: unix://…, tcp://… or ssh://…. Default: the engine that the docker command uses.',
      ),
      previewOnly: bool(
        'Whether pulumi up is refused and only pulumi preview works. Default false.',
      ),
    },
    'The Docker engine that runs the containers.',
  ),
});

/** The parsed settings, without defaults. Sizes are in bytes, durations in milliseconds. */
export type EnvironmentInput = z.output<typeof environmentSchema>;

function hostAndPortProblem(address: string): string | undefined {
  return /^[\w.-]+:\d{1,5}$/.test(address)
    ? undefined
    : 'but must be a host and a port: write for example "logs.example.org:24224"';
}

function dockerHostProblem(host: string): string | undefined {
  return /^(unix:\/\/\/[\w./-]+|(tcp|ssh):\/\/[\w.@:[\]-]+)$/.test(host)
    ? undefined
    : 'but must begin with unix:///, tcp:// or ssh://: write for example "ssh://deploy@db.example.org"';
}
