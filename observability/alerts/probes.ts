/** HTTP probes and their certificates. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number } from './format.ts';

/** The probes of Postgres and PgBouncer have their own alerts. */
const PAGES = 'job="blackbox", probe!~"postgres|pgbouncer"';
const DAY = 86_400;

export function probeRules(t: Thresholds): RuleGroup {
  return {
    name: 'probes',
    alerts: [
      {
        name: 'ProbeFailing',
        subject: 'application',
        severity: 'critical',
        expr: `max by (probe, instance) (probe_success{${PAGES}}) == 0`,
        forSec: 60,
        why: 'monitoring.probes lists this URL, so it must respond. 1 min is longer than a deployment takes.',
        summary: 'The probe {{ $labels.probe }} fails',
        description:
          'The probe of {{ $labels.instance }} fails: probe_success is {{ $value }}; expected: 1.',
      },
      {
        name: 'CertificateExpiring',
        subject: 'application',
        severity: 'warning',
        expr: `(min by (probe, instance) (probe_ssl_earliest_cert_expiry{${PAGES}}) - time()) / ${number(DAY)} < ${number(t.certificateDays)}`,
        forSec: 300,
        why: `monitoring.thresholds.certificate: ${number(t.certificateDays)} days. Automatic renewal happens earlier, so it has failed by then.`,
        summary: 'The certificate of {{ $labels.probe }} expires soon',
        description: `The certificate of {{ $labels.instance }} expires in {{ $value | humanize }} days; the alert fires below ${number(t.certificateDays)}.`,
      },
    ],
  };
}
