import type { MonitoringConfig } from '../../config/monitoring/config.ts';
import { STATUS_LABELS } from '../alerts/application.ts';
import type { Thresholds } from '../alerts/thresholds.ts';
import { graph, table } from './panels.ts';
import { above, below, line, only, type Row, row } from './builders.ts';

const answers = (pattern: string) =>
  STATUS_LABELS.map(
    (label) =>
      `sum by (job) (rate(http_requests_total{subject="application",${label}=~"${pattern}"}[$__rate_interval]))`,
  ).join(' or ');

/** The rows of the SLO board about applications and probes. */
export function endpointRows(
  t: Thresholds,
  { applications, probes }: MonitoringConfig,
): readonly Row[] {
  // Only HTTPS URLs have a certificate.
  const certificates = probes.some(({ url }) => url.startsWith('https://'));
  return [
    ...only(
      applications.length > 0,
      row(
        'Applications',
        line(
          8,
          graph('Error ratio', {
            shows:
              'Responses with status 5xx, relative to all responses; 0 if an application does not count responses.',
            normal: `below ${String(t.errorPercent)} %.`,
            ifNot: 'if the database is healthy, the application is the cause: read its log.',
            alert: 'ApplicationErrorRateHigh',
            unit: 'ratio',
            // An application that counts no responses, or had no errors yet, has no such series.
            lines: {
              '{{job}}': `(${answers('5..')}) / (${answers('.+')}) or on () vector(0)`,
            },
            limit: above(t.errorPercent / 100),
          }),
          graph('Scrapes of the applications', {
            shows: 'Whether Prometheus could scrape each application.',
            normal: '1.',
            ifNot: 'the application is down, or its address or key changed.',
            alert: 'ApplicationDown',
            unit: 'count',
            lines: { '{{job}}': 'min by (job) (up{subject="application"})' },
          }),
        ),
      ),
    ),
    row(
      'Probes',
      line(
        8,
        graph('Probe results', {
          shows: 'Result of each probe: 1 for success, 0 for failure.',
          normal: '1.',
          ifNot: 'open the same address manually.',
          ...(probes.length === 0 ? {} : { alert: 'ProbeFailing' }),
          unit: 'count',
          lines: { '{{probe}}': 'min by (probe) (probe_success)' },
        }),
        graph('Probe duration', {
          shows: 'Duration of each probe.',
          normal: 'milliseconds; web pages below one second.',
          ifNot: 'the network path or the target is slow.',
          unit: 'seconds',
          lines: { '{{probe}}': 'max by (probe) (probe_duration_seconds)' },
        }),
        ...only(
          certificates,
          table('Certificate expiry', {
            shows: 'Time until the certificate of each page expires.',
            normal: `in more than ${String(t.certificateDays)} days.`,
            ifNot: 'renew the certificate: browsers reject the page after expiry.',
            alert: 'CertificateExpiring',
            labels: { probe: 'Page' },
            columns: [
              {
                name: 'Lasts',
                unit: 'seconds',
                expr: 'min by (probe) (probe_ssl_earliest_cert_expiry - time())',
                limit: below(t.certificateDays * 86_400),
              },
            ],
            descending: false,
          }),
        ),
      ),
    ),
  ];
}
