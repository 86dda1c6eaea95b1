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

/** The part of the board of promises about what is beyond the database. */
export function endpointRows(
  t: Thresholds,
  { applications, probes }: MonitoringConfig,
): readonly Row[] {
  // A page with a certificate begins so.
  const certificates = probes.some(({ url }) => url.startsWith('https://'));
  return [
    ...only(
      applications.length > 0,
      row(
        'Applications',
        line(
          8,
          graph('How many answers are errors?', {
            shows: 'Answers with a status of 5xx, of all; 0 where a program does not count them.',
            normal: `below ${String(t.errorPercent)} %.`,
            ifNot: 'is the database green? Then it is the program: its log says what.',
            alert: 'ApplicationErrorRateHigh',
            unit: 'ratio',
            // A program that counts no answers, or had no error yet, has no such series.
            lines: {
              '{{job}}': `(${answers('5..')}) / (${answers('.+')}) or on () vector(0)`,
            },
            limit: above(t.errorPercent / 100),
          }),
          graph('Can they be reached?', {
            shows: 'Whether the metrics of each program could be read.',
            normal: '1.',
            ifNot: 'it is down, or its address or key changed.',
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
        graph('Does everything answer?', {
          shows: 'What is asked from outside: 1 when it answers.',
          normal: '1.',
          ifNot: 'try the same address yourself.',
          ...(probes.length === 0 ? {} : { alert: 'ProbeFailing' }),
          unit: 'count',
          lines: { '{{probe}}': 'min by (probe) (probe_success)' },
        }),
        graph('How long does it take to answer?', {
          shows: 'The time that each probe took.',
          normal: 'milliseconds; pages below a second.',
          ifNot: 'that way is slow, or what is at its end.',
          unit: 'seconds',
          lines: { '{{probe}}': 'max by (probe) (probe_duration_seconds)' },
        }),
        ...only(
          certificates,
          table('How long do certificates last?', {
            shows: 'When the certificate of each page ends.',
            normal: `in more than ${String(t.certificateDays)} days.`,
            ifNot: 'renew it: browsers refuse the page afterwards.',
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
