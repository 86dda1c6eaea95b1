import type { EnvironmentConfig } from '../../config/environment.ts';
import { thresholdsOf } from '../alerts/thresholds.ts';
import { accessBoard } from './access.ts';
import { redisServers } from './expressions.ts';
import { backupsBoard } from './backups.ts';
import { connectionsBoard } from './connections.ts';
import { hostBoard } from './host.ts';
import { locksBoard } from './locks.ts';
import { monitoringBoard } from './monitoring.ts';
import { overviewBoard } from './overview.ts';
import { type Board, only } from './builders.ts';
import { postgresBoard } from './postgres.ts';
import { queriesBoard } from './queries.ts';
import { redisBoard } from './redis.ts';
import { sloBoard } from './slo.ts';

/** The dashboards of an environment, only for the parts that it has. The first one is the start page. */
export function dashboards(config: EnvironmentConfig): Board[] {
  const t = thresholdsOf(config);
  return [
    overviewBoard(t, config),
    postgresBoard(t, config),
    queriesBoard(t),
    connectionsBoard(t, config),
    locksBoard(t, config),
    ...only(redisServers(config).length > 0, redisBoard(t, config)),
    ...only(config.backup.enabled, backupsBoard(t, config)),
    accessBoard(config),
    hostBoard(t),
    sloBoard(t, config),
    monitoringBoard(t, config),
  ];
}
