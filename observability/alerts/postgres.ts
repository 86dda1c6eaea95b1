/** Whether the server is there, lets people in, and runs as it is declared. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { AVAILABILITY_BURNS, LATENCY_BURNS } from './slo.ts';
import { bytes, number, oneOf, share, time } from './format.ts';

const MIB = 1024 * 1024;
/** Four segments of WAL: a replica at rest is never behind by more than the one that is being written. */
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
        // Who asks in SQL knows best; that a port opens counts only where nobody asks.
        expr:
          'max(plinth_postgres_up or pg_up) == 0\n' +
          'or (max(probe_success{job="blackbox", probe="postgres"}) == 0 unless max(plinth_postgres_up or pg_up) == 1)',
        forSec: 30,
        why: 'Two measurements in a row at the default interval: a restart of the server takes less.',
        summary: 'Postgres does not answer',
        description:
          'Nobody gets an answer from the server: of the watcher, the exporter and the probe those that can tell say {{ $value }}, where 1 is up.',
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
        why: `postgres.maxConnections is ${number(t.maxConnections)}, of which ${number(postgres.superuserReservedConnections)} are kept for the superuser: at ${number(open)} everybody else is turned away.`,
        summary: 'Postgres turns new connections away',
        description: `{{ $value | humanize }} connections are open; from ${number(open)} on only the superuser gets in.`,
        explains: ['ConnectionsNearlyExhausted', 'FatalErrorsLogged'],
      },
      {
        name: 'ConnectionsNearlyExhausted',
        subject: 'postgres',
        severity: 'warning',
        expr: `postgres:connections_in_use:ratio > ${share(t.connectionsPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.connections: ${number(t.connectionsPercent)} % of the connections that the server takes; longer than a burst that the pooler levels out.`,
        summary: 'Postgres has few connections left',
        description: `{{ $value | humanizePercentage }} of the server's connections are in use; the alert begins at ${number(t.connectionsPercent)} %.`,
      },
      {
        name: 'LoginNearConnectionLimit',
        subject: 'postgres',
        severity: 'warning',
        // The platform's own logins have limits made to measure, and reach them at work.
        expr:
          'sum by (user) (plinth_postgres_connections)\n' +
          `/ max by (user) (plinth_postgres_connection_limit{user!~"${platform}"}) > ${share(t.connectionsPercent)}`,
        forSec: 120,
        why: `monitoring.thresholds.connections: ${number(t.connectionsPercent)} % of users.<name>.connectionLimit, past which Postgres turns the login away.`,
        summary: 'The login {{ $labels.user }} has few connections left',
        description: `{{ $labels.user }} uses {{ $value | humanizePercentage }} of the connections it may have; the alert begins at ${number(t.connectionsPercent)} %.`,
      },
      {
        name: 'ReplicationLagging',
        subject: 'postgres',
        severity: 'warning',
        expr: `max by (application_name) (plinth_postgres_replication_lag_bytes) > ${number(REPLICATION_LAG_BYTES)}`,
        forSec: 300,
        why: `Four segments of WAL (${bytes(REPLICATION_LAG_BYTES)}): a replica that follows is never behind by more than the one being written. Silent where there is no replica.`,
        summary: 'The replica {{ $labels.application_name }} falls behind',
        description: `{{ $labels.application_name }} is {{ $value | humanize1024 }}B behind; the alert begins at ${bytes(REPLICATION_LAG_BYTES)}.`,
      },
      {
        name: 'SettingsPendingRestart',
        subject: 'postgres',
        severity: 'warning',
        expr: 'max(plinth_postgres_settings_pending_restart) > 0',
        forSec: 600,
        why: `What is declared should hold; ${time(600)} are enough for an \`up\` to restart the server.`,
        summary: 'Postgres runs with old settings',
        description:
          'Settings that were changed and hold only after a restart of the server: {{ $value | humanize }}; there should be 0.',
      },
    ],
  };
}
