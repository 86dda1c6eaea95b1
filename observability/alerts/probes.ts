/** Pages that must answer, and their certificates. */
import type { Thresholds } from './thresholds.ts';
import type { RuleGroup } from './rule.ts';
import { number } from './format.ts';

/** The way to the database has alerts of its own. */
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
        why: 'monitoring.probes names it, so it must answer; for longer than a deploy takes.',
        summary: '{{ $labels.probe }} does not answer',
        description:
          '{{ $labels.instance }} does not answer as it should: success is {{ $value }}, where 1 is good.',
      },
      {
        name: 'CertificateExpiring',
        subject: 'application',
        severity: 'warning',
        expr: `(min by (probe, instance) (probe_ssl_earliest_cert_expiry{${PAGES}}) - time()) / ${number(DAY)} < ${number(t.certificateDays)}`,
        forSec: 300,
        why: `monitoring.thresholds.certificate: ${number(t.certificateDays)} days. What renews certificates by itself does so earlier, so it has failed by then.`,
        summary: 'The certificate of {{ $labels.probe }} ends soon',
        description: `The certificate of {{ $labels.instance }} ends in {{ $value | humanize }} days; the alert begins at ${number(t.certificateDays)}.`,
      },
    ],
  };
}
