/** All rules of an environment, only for the parts that it has. Pure. */
import type { EnvironmentConfig } from '../../config/environment.ts';
import { thresholdsOf } from './thresholds.ts';
import { accessRules } from './access.ts';
import { applicationRules } from './application.ts';
import { backupRules } from './backup.ts';
import { containerRules } from './containers.ts';
import { hostRules } from './host.ts';
import { logRules } from './logs.ts';
import { monitoringRules } from './monitoring.ts';
import { pitrRules } from './pitr.ts';
import { poolerRules } from './pooler.ts';
import { postgresRules } from './postgres.ts';
import { postgresUpkeepRules } from './postgres-upkeep.ts';
import { postgresWorkRules } from './postgres-work.ts';
import { probeRules } from './probes.ts';
import { redisRules } from './redis.ts';
import type { RuleGroup } from './rule.ts';
import { sloRules } from './slo.ts';
import { storageRules } from './storage.ts';

export function ruleGroups(config: EnvironmentConfig): RuleGroup[] {
  const t = thresholdsOf(config);
  const { redis, backup, monitoring, application } = config;
  return [
    postgresRules(t, config),
    postgresWorkRules(t, config),
    postgresUpkeepRules(t),
    logRules(t),
    poolerRules(t, config),
    ...(redis.cache.enabled || redis.queue.enabled ? [redisRules(t, config)] : []),
    ...(monitoring.applications.length > 0 ? [applicationRules(t, config)] : []),
    ...(monitoring.probes.length > 0 ? [probeRules(t)] : []),
    containerRules(t),
    storageRules(t),
    hostRules(t),
    ...(backup.enabled ? [backupRules(t, config)] : []),
    ...(backup.enabled && backup.pointInTime.enabled ? [pitrRules(t, config)] : []),
    // The declaration is about tables; without them there is nothing to compare with.
    ...(application.migrations ? [accessRules()] : []),
    sloRules(t),
    monitoringRules(t, config),
  ];
}
