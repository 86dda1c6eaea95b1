/** Postgres: availability, connections, replication and settings. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { AVAILABILITY_BURNS, LATENCY_BURNS } from './slo.ts';
import { bytes, number, oneOf, share, time } from './format.ts';

const MIB = 1024 * 1024;
/** Four WAL segments: a replica that keeps up lags by at most the segment that is being written. */
const REPLICATION_LAG_BYTES = 64 * MIB;

export function postgresRules(t: Thresholds, config: EnvironmentConfig): RuleGroup {
  const { postgres, users } = config;
  const open = t.maxConnections - postgres.superuserReservedConnections;
  const own = [users.postgres, users.migrator, users.monitor, users.backup, users.health];
  const platform = oneOf(own.map(({ name }) => name));
  return {
    name: 'postgres',
    recordings: [
      {
        record: 'postgres:connections_in_use:ratio',
        expr: 'sum(plinth_postgres_connections) / max(plinth_postgres_max_connections)',
      },
    ],
    alerts: [
      {
        name: 'PostgresDown',
        subject: 'postgres',
        severity: 'critical',
        // A SQL query is the best evidence; the TCP probe counts only if no exporter reports.
        expr:
          'max(plinth_postgres_up or pg_up) == 0\n' +
          'or (max(probe_success{job="blackbox", probe="postgres"}) == 0 unless max(plinth_postgres_up or pg_up) == 1)',
        forSec: 30,
        why: 'Two failed scrapes in a row at the default interval. A restart of the server takes less.',
        summary: 'Postgres is down',
        description:
          'Postgres does not accept connections: the Plinth exporter (container watch), the Postgres exporter or the probe reports {{ $value }}; expected: 1.',
        explains: [
          'ConnectionsExhausted',
          'ConnectionsNearlyExhausted',
          'LoginNearConnectionLimit',
          'FatalErrorsLogged',
          'PoolerProbeFailing',
          'PoolWaiting',
          ...AVAILABILITY_BURNS,
          ...LATENCY_BURNS,
          'ApplicationErrorRateHigh',
          'CollectorFailing',
          'AccessAuditStale',
          'BackupFailed',
          'BaseBackupFailed',
          'WalArchivingFailing',
          'ArchiveLagging',
          'ReplicationLagging',
          'ContainerRestarting',
        ],
      },
      {
        name: 'ConnectionsExhausted',
        subject: 'postgres',
        severity: 'critical',
        expr: `sum(plinth_postgres_connections) >= ${number(open)}`,
        forSec: 60,
        why: `postgres.maxConnections is ${number(t.maxConnections)}, of which ${number(postgres.superuserReservedConnections)} are reserved for superusers. At ${number(open)} Postgres rejects all other logins.`,
        summary: 'Postgres rejects new connections',
        description: `{{ $value | humanize }} connections are open; from ${number(open)} on only superusers can connect.`,
        explains: ['ConnectionsNearlyExhausted', 'FatalErrorsLogged'],
      },
      {
        name: 'ConnectionsNearlyExhausted',
        subject: 'postgres',
        severity: 'warning',
        expr: `postgres:connections_in_use:ratio > ${share(t.connectionsPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.connections: ${number(t.connectionsPercent)} % of max_connections. 2 min is longer than a burst that PgBouncer absorbs.`,
        summary: 'Postgres has few connections left',
        description: `{{ $value | humanizePercentage }} of the server's connections are in use; the alert fires above ${number(t.connectionsPercent)} %.`,
      },
      {
        name: 'LoginNearConnectionLimit',
        subject: 'postgres',
        severity: 'warning',
        // The platform's own logins have exact limits and reach them in normal operation.
        expr:
          'sum by (user) (plinth_postgres_connections)\n' +
          `/ max by (user) (plinth_postgres_connection_limit{user!~"${platform}"}) > ${share(t.connectionsPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.connections: ${number(t.connectionsPercent)} % of users.<name>.connectionLimit. Beyond that limit Postgres rejects the login.`,
        summary: 'The login {{ $labels.user }} has few connections left',
        description: `{{ $labels.user }} uses {{ $value | humanizePercentage }} of its connection limit; the alert fires above ${number(t.connectionsPercent)} %.`,
      },
      {
        name: 'ReplicationLagging',
        subject: 'postgres',
        severity: 'warning',
        expr: `max by (application_name) (plinth_postgres_replication_lag_bytes) > ${number(REPLICATION_LAG_BYTES)}`,
        forSec: 300,
        why: `Four WAL segments (${bytes(REPLICATION_LAG_BYTES)}): a replica that keeps up lags by at most the segment that is being written. Never fires without a replica.`,
        summary: 'The replica {{ $labels.application_name }} lags behind',
        description: `{{ $labels.application_name }} lags behind by {{ $value | humanize1024 }}B; the alert fires above ${bytes(REPLICATION_LAG_BYTES)}.`,
      },
      {
        name: 'SettingsPendingRestart',
        subject: 'postgres',
        severity: 'warning',
        expr: 'max(plinth_postgres_settings_pending_restart) > 0',
        forSec: 600,
        why: `Declared settings should be in effect. An \`up\` restarts the server within ${time(600)}.`,
        summary: 'Postgres settings are pending a restart',
        description:
          'Changed settings that take effect only after a restart of the server: {{ $value | humanize }}; expected: 0.',
      },
    ],
  };
}
