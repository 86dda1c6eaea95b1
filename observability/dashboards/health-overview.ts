import type { EnvironmentConfig } from '../../config/environment.ts';
import { share } from '../alerts/format.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { backupTooOld, callsFailed, fullestVolume, redisServers } from './expressions.ts';
import { tile } from './panels.ts';
import { only, type Panel } from './builders.ts';

/** The status row: one tile for each part that can fail. */
export function healthTiles(t: Thresholds, config: EnvironmentConfig): readonly Panel[] {
  const { backup, monitoring, application } = config;
  const redis = redisServers(config);
  const applications = monitoring.applications.length;
  return [
    tile('Postgres', {
      shows:
        'Whether the server answers queries of the Plinth exporter (container watch) directly, without PgBouncer.',
      normal: 'Answers.',
      ifNot:
        'no client can read or write. Start with `npx plinth status`, then read the log of postgres.',
      alert: 'PostgresDown',
      expr: '1 - min(plinth_postgres_up)',
      fine: 'Answers',
      wrong: 'DOWN',
      more: 'postgres',
    }),
    tile('Calls', {
      shows:
        'Whether all probe queries through PgBouncer succeeded in the last minute. The Plinth exporter (container watch) sends one per probe interval.',
      normal: 'All succeed.',
      ifNot: 'applications see the same errors. If Postgres is green, PgBouncer is full or paused.',
      alert: 'PoolerProbeFailing',
      expr: `${callsFailed} > bool 0`,
      fine: 'All succeed',
      wrong: 'SOME FAIL',
      more: 'connections',
    }),
    ...only(
      redis.length > 0,
      tile('Redis', {
        shows: `Whether ${redis.join(' and ')} respond.`,
        normal: 'Answers.',
        ifNot: 'jobs or sessions are blocked; Postgres does not depend on Redis.',
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
        shows: 'Whether the newest backup is younger than the longest interval of its schedule.',
        normal: 'Fresh. No backup counts as too old.',
        ifNot: 'a failure now would lose more data than planned. Run `npx plinth backup`.',
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
          'Whether privileges and row level security policies in the database match the declaration; checked every minute.',
        normal: 'As declared.',
        ifNot: 'access was changed manually, or a role can see rows of others. Treat it as urgent.',
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
      ifNot: 'Postgres stops when its volume is full. Find the volume and what grew on it.',
      alert: 'DiskNearlyFull',
      expr: `${fullestVolume} > bool ${share(t.diskPercent)}`,
      fine: 'Has room',
      wrong: 'FILLS UP',
      more: 'host',
    }),
    ...only(
      applications > 0,
      tile('Applications', {
        shows: 'Whether Prometheus can scrape all applications.',
        normal: 'Answer.',
        ifNot: 'an application is down, or its address or key changed.',
        alert: 'ApplicationDown',
        expr: `${String(applications)} - sum(up{subject="application"})`,
        fine: 'Answer',
        wrong: 'SILENT',
        more: 'slo',
      }),
    ),
    tile('Scrapes', {
      shows: 'Whether Prometheus can scrape all targets.',
      normal: 'Complete. If a target is missing, the other panels may be incomplete.',
      ifNot: 'see which target cannot be scraped.',
      alert: 'TargetMissing',
      expr: 'count(up == 0) or vector(0)',
      fine: 'Complete',
      wrong: 'BLIND SPOT',
      more: 'monitoring',
    }),
  ];
}
