// Who may see what: what is declared beside what is there, and the mistakes that the catalog shows. Everything is only
// read, by a member of pg_monitor.

import { audit } from '../../access/audit/audit.ts';
import { LINTS, resultsOf } from '../../access/lint/run.ts';
import type { Lint } from '../../access/lint/lint.ts';
import type { Log } from '../log.ts';
import type { Asked, Collector, WatchSample } from './collector.ts';
import type { WatchedAccess } from './settings.ts';

/** What can be looked for without a superuser's rights. */
export const LOOKED_FOR: readonly Lint[] = LINTS.filter(({ secret }) => secret !== true);

export function accessCollector(plan: WatchedAccess, { query }: Asked, log: Log): Collector {
  let told = '';
  return {
    name: 'access',
    everySec: 60,
    collect: async () => {
      const started = performance.now();
      const drift = await audit(query, plan, plan.printed);
      const findings: WatchSample[] = [];
      for (const lint of LOOKED_FOR) {
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
      return [
        ...findings,
        { name: 'plinth_access_drift', value: drift.length },
        { name: 'plinth_access_audit_timestamp_seconds', value: Date.now() / 1000 },
        {
          name: 'plinth_access_audit_duration_seconds',
          value: (performance.now() - started) / 1000,
        },
      ];
    },
  };
}
