/** Every case, by the group of rules that it is about. */
import type { AlertCase } from './case.ts';
import { accessCases, backupCases, pitrCases } from './retained-series.ts';
import { containerCases, hostCases, storageCases } from './machine.ts';
import { logCases, postgresCases, postgresUpkeepCases, postgresWorkCases } from './postgres.ts';
import { applicationCases, poolerCases, probeCases, redisCases } from './services.ts';
import { monitoringCases, sloCases } from './monitoring.ts';

export const cases: Readonly<Record<string, readonly AlertCase[]>> = {
  postgres: postgresCases,
  'postgres-work': postgresWorkCases,
  'postgres-upkeep': postgresUpkeepCases,
  logs: logCases,
  pooler: poolerCases,
  redis: redisCases,
  application: applicationCases,
  probes: probeCases,
  containers: containerCases,
  storage: storageCases,
  host: hostCases,
  backup: backupCases,
  'point-in-time': pitrCases,
  access: accessCases,
  slo: sloCases,
  monitoring: monitoringCases,
};
