// Audits access: compares the declaration with the server, and runs the access checks on the catalog. Read-only, as a member
// of pg_monitor.

import { audit } from '../../rls/audit/audit.ts';
import { LINTS, resultsOf } from '../../rls/lint/run.ts';
import type { Lint } from '../../rls/lint/lint.ts';
import type { Log } from '../../lib/json-log.ts';
import type { CollectorContext, Collector, ExporterSample } from '../collector.ts';
import type { RlsSettings } from '../settings.ts';

/** The checks that need no superuser privileges. */
export const MONITOR_LINTS: readonly Lint[] = LINTS.filter(({ secret }) => secret !== true);

/** An audit takes a quarter of a second. Without a catalog change it is repeated at this interval. */
const REPEAT_AFTER_MS = 10 * 60_000;

/**
 * Changes with every statement that changes a catalog, a role or the configuration. If the server reports its statistics late,
 * the change shows within a minute. Changes that leave no trace here are found by the repeated audit.
 */
const CATALOG_VERSION = `
  select concat_ws(' ', pg_postmaster_start_time(), pg_conf_load_time(),
    (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_sys_tables
      where schemaname = 'pg_catalog' and relname <> 'pg_statistic')) as version`;

/** Audits the server and checks its catalog once a minute, if the catalog has changed. */
export function rlsCollector(plan: RlsSettings, { query }: CollectorContext, log: Log): Collector {
  let told = '';
  let last:
    { readonly version: string; readonly at: number; samples: ExporterSample[] } | undefined;
  return {
    name: 'access',
    everySec: 60,
    collect: async () => {
      const started = performance.now();
      // Read the version first: a change during the audit triggers another audit.
      const [row] = await query(CATALOG_VERSION);
      const version = String(row?.['version']);
      if (last?.version === version && started - last.at < REPEAT_AFTER_MS) {
        return [...last.samples, auditedNow()];
      }
      const drift = await audit(query, plan, plan.printed);
      const findings: ExporterSample[] = [];
      for (const lint of MONITOR_LINTS) {
        const found = await resultsOf(lint, query, plan.schema);
        findings.push({
          name: 'plinth_access_findings',
          value: found.length,
          labels: { severity: lint.level, check: lint.id },
        });
      }
      const said = drift.map(({ says }) => says).join('; ');
      if (said !== told) {
        if (said === '') log.info('access is as declared again');
        else log.warn('access is not as declared', { findings: drift.map(({ says }) => says) });
        told = said;
      }
      const samples: ExporterSample[] = [
        ...findings,
        { name: 'plinth_access_drift', value: drift.length },
        {
          name: 'plinth_access_audit_duration_seconds',
          value: (performance.now() - started) / 1000,
        },
      ];
      last = { version, at: started, samples };
      return [...samples, auditedNow()];
    },
  };
}

/** The time at which the results were last known to be current. */
function auditedNow(): ExporterSample {
  return { name: 'plinth_access_audit_timestamp_seconds', value: Date.now() / 1000 };
}
