/**
 * The settings of an environment as people write them under `plinth:` in `Pulumi.<stack>.yaml`.
 *
 * Every setting is optional. This is the one source of what is allowed: the parser, the error messages and the
 * JSON Schema for editors come from it. Defaults are added afterwards (`resolve.ts`), because most of them
 * depend on the preset.
 */
import { z } from 'zod';
import { backup } from './backup/schema.ts';
import { monitoring } from './monitoring/schema.ts';
import { flag, group, groupError, oneOf, text, whole } from './fields.ts';
import { exporters, pgbouncer, postgres, redis } from './servers-schema.ts';
import { timezoneProblem } from './timezone.ts';

const rotation = whole(1, 1_000_000, 'Raise it by one to get a new password. Default 1.');
const connectionLimit = whole(1, 10_000, "Postgres's CONNECTION LIMIT of each login.");
const directUser = group(
  { rotation, connectionLimit },
  'A role that logs in to Postgres directly.',
);
const applicationRole = group(
  { rotation, connectionLimit },
  'A role of the application, with the logins _a and _b.',
);
const otherUser = group({ rotation }, 'A user without further settings.');

/** Users that every environment has; any other name is a further application role. */
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
      like: oneOf(['app', 'readonly'], 'app reads and writes, readonly reads.'),
      rotation,
      connectionLimit,
    },
    { error: groupError },
  )
  .meta({ description: 'A further role of the application.', required: ['like'] });

const users = z
  .object(platformUsers, { error: groupError })
  .catchall(furtherRole)
  .meta({
    description: 'Passwords and roles. A further name is a role of its own: jobs: {like: app}.',
  })
  .optional();

/** The whole of it. */
export const environmentSchema = z.strictObject({
  preset: oneOf(['small', 'medium', 'large'], 'The size all other defaults follow. Default small.'),
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
            'What is spoken there: fluentd over TCP, gelf and syslog over UDP. Default fluentd.',
          ),
          address: text(hostAndPortProblem, 'host:port, as seen from this machine.'),
        },
        'A collector of logs. One that is gone holds nothing up; what it misses is lost to it.',
      ),
    },
    'Where the output of every container goes besides files of this machine.',
  ),
  users,
  access: group(
    {
      context: oneOf(
        ['setting', 'signed'],
        'How a transaction says whose it is: a setting, or a signed token. Default: signed in the preset large, otherwise setting.',
      ),
      acceptSpoofableSetting: flag(
        'Acknowledges, in the preset large, that any SQL can name another tenant in a setting. Default false.',
      ),
      tokenKey: group({ rotation }, 'The key that signs tokens.'),
    },
    'How the database knows which tenant a transaction is for.',
  ),
  application: group(
    {
      migrations: flag('Whether up applies the migrations of the application. Default true.'),
      seed: flag(
        'Whether up fills its tables with sample data, where the application has some. Default false.',
      ),
    },
    'The application in app/.',
  ),
  docker: group(
    {
      host: text(
        dockerHostProblem,
        'The engine: unix://…, tcp://… or ssh://…. Default: the one of the command line.',
      ),
      previewOnly: flag('Whether the stack may only be previewed. Default false.'),
    },
    'The engine that runs the containers.',
  ),
});

/** What was written, with sizes in bytes and durations in milliseconds, and nothing added. */
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
