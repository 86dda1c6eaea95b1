import type { EnvironmentConfig } from '../../config/environment.ts';
import { share } from '../alerts/format.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { backupTooOld, callsFailed, fullestVolume, redisServers } from './expressions.ts';
import { tile } from './panels.ts';
import { only, type Panel } from './builders.ts';

/** The one row that says whether it is fine: a tile for each thing that can be wrong. */
export function healthTiles(t: Thresholds, config: EnvironmentConfig): readonly Panel[] {
  const { backup, monitoring, application } = config;
  const redis = redisServers(config);
  const applications = monitoring.applications.length;
  return [
    tile('Postgres', {
      shows: 'Whether the server answers the watcher directly, without the pooler between.',
      normal: 'Answers.',
      ifNot: 'nobody can read or write. Start with `npx plinth status`, then the log of postgres.',
      alert: 'PostgresDown',
      expr: '1 - min(plinth_postgres_up)',
      fine: 'Answers',
      wrong: 'DOWN',
      more: 'postgres',
    }),
    tile('Calls', {
      shows:
        'Whether every call in the last minute reached Postgres through the pooler and returned. The watcher makes one at each probe interval.',
      normal: 'All succeed.',
      ifNot: 'the application sees the same. If Postgres is green, the pooler is full or closed.',
      alert: 'PoolerProbeFailing',
      expr: `${callsFailed} > bool 0`,
      fine: 'All succeed',
      wrong: 'SOME FAIL',
      more: 'connections',
    }),
    ...only(
      redis.length > 0,
      tile('Redis', {
        shows: `Whether ${redis.join(' and ')} answer.`,
        normal: 'Answers.',
        ifNot: 'jobs or sessions stand still; Postgres does not need it.',
        alert: 'RedisDown',
        expr: `${String(redis.length)} - sum(redis_up{job=~"${redis.join('|')}"})`,
        fine: 'Answers',
        wrong: 'DOWN',
        more: 'redis',
      }),
    ),
    ...only(
      backup.enabled,
      tile('Backups', {
        shows: 'Whether the newest backup is younger than the longest pause of its schedule.',
        normal: 'Fresh; none at all counts as too old.',
        ifNot: 'a loss now would cost more than was promised. Make one: `npx plinth backup`.',
        alert: 'BackupTooOld',
        expr: backupTooOld(t),
        fine: 'Fresh',
        wrong: 'NONE FRESH',
        more: 'backups',
      }),
    ),
    ...only(
      application.migrations,
      tile('Access', {
        shows:
          'Whether rights and row security in the database are what is declared, looked at every minute.',
        normal: 'As declared.',
        ifNot:
          'somebody changed it by hand, or may see rows that are not theirs. Treat it as urgent.',
        alert: 'AccessDrift',
        expr: 'sum(plinth_access_drift)',
        fine: 'As declared',
        wrong: 'DRIFTED',
        more: 'access',
      }),
    ),
    tile('Disk', {
      shows: `Whether any volume is more than ${String(t.diskPercent)} % full.`,
      normal: 'Has room.',
      ifNot: 'Postgres stops when its volume is full. See which one it is, and what grew.',
      alert: 'DiskNearlyFull',
      expr: `${fullestVolume} > bool ${share(t.diskPercent)}`,
      fine: 'Has room',
      wrong: 'FILLS UP',
      more: 'host',
    }),
    ...only(
      applications > 0,
      tile('Applications', {
        shows: 'Whether the programs that show metrics can be reached.',
        normal: 'Answer.',
        ifNot: 'it is down, or its address or key changed.',
        alert: 'ApplicationDown',
        expr: `${String(applications)} - sum(up{subject="application"})`,
        fine: 'Answer',
        wrong: 'SILENT',
        more: 'slo',
      }),
    ),
    tile('Measuring', {
      shows: 'Whether everything that should be measured is measured.',
      normal: 'Complete. With anything missing, green elsewhere means less.',
      ifNot: 'see which target does not answer.',
      alert: 'TargetMissing',
      expr: 'count(up == 0) or vector(0)',
      fine: 'Complete',
      wrong: 'BLIND SPOT',
      more: 'monitoring',
    }),
  ];
}
