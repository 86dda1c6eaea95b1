import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { alarming, formatNumber, listing, listLines } from '../../../cli/alerts/list.ts';
import { deliveriesFrom } from '../../../cli/alerts/delivery-metrics.ts';
import {
  ask,
  type Labels,
  type PrometheusAlert,
  type RoutedAlert,
} from '../../../cli/alerts/prometheus-client.ts';
import { reasonFrom } from '../../../cli/alerts/delivery-errors.ts';
import { silence, unsilence } from '../../../cli/alerts/silence.ts';
import { outcomeRow, sendTest } from '../../../cli/alerts/test-alert.ts';
import { alertsRequestOf } from '../../../cli/commands/alerts.ts';
import { UsageError } from '../../../cli/command.ts';
import type { Endpoint } from '../../../cli/connections.ts';

const SINCE = '2026-11-21T12:00:00Z';
const NOW = Date.parse(SINCE) + 90_000;

function fires(labels: Labels, state: 'firing' | 'pending' = 'firing'): PrometheusAlert {
  const annotations = {
    summary: 'it is so',
    runbook: `docs/runbooks/${labels['alertname'] ?? ''}.md`,
  };
  return { labels, annotations, state, activeAt: SINCE, value: '1.23456e-01' };
}
function routed(labels: Labels, status: Partial<RoutedAlert['status']> = {}): RoutedAlert {
  const state = status.silencedBy === undefined ? 'active' : 'suppressed';
  return {
    labels: { ...labels, stack: 'dev' },
    receivers: [],
    status: { state, silencedBy: [], inhibitedBy: [], ...status },
  };
}
const watchdog = fires({ alertname: 'Watchdog', severity: 'info' });
const down = { alertname: 'PostgresDown', severity: 'critical' };
const slow = { alertname: 'SlowQueries', severity: 'warning' };

describe('what fires', () => {
  it('is listed the gravest first, with what is done about it', () => {
    const pooler = { alertname: 'PoolerDown', severity: 'critical' };
    const all = listing(
      [fires(slow, 'pending'), fires(slow), watchdog, fires(pooler), fires(down)],
      [routed(pooler, { inhibitedBy: ['x'] }), routed(down), routed(slow, { silencedBy: ['y'] })],
    );
    expect(all.alerts.map(({ name, state, told }) => [name, state, told])).toEqual([
      ['PoolerDown', 'firing', 'inhibited'],
      ['PostgresDown', 'firing', 'told'],
      ['SlowQueries', 'firing', 'silenced'],
      ['SlowQueries', 'pending', undefined],
    ]);
    const [head, first] = listLines(all, NOW).join('\n').split('\n');
    expect(head).toMatch(/^STATE +SEVERITY +ALERT +FOR +VALUE +WHAT +RUNBOOK$/);
    expect(first).toMatch(
      /^firing, inhibited +critical +PoolerDown +1 min 30 s +0.123 +it is so +docs\/runbooks\/PoolerDown.md$/,
    );
  });

  it.each([
    ['nothing', [watchdog], [], false],
    ['a warning', [watchdog, fires(slow)], [routed(slow)], false],
    ['something critical', [watchdog, fires(down)], [routed(down)], true],
    ['something critical, about to', [watchdog, fires(down, 'pending')], [], false],
    [
      'something critical, silenced',
      [watchdog, fires(down)],
      [routed(down, { silencedBy: ['x'] })],
      false,
    ],
    [
      'something critical, inhibited',
      [watchdog, fires(down)],
      [routed(down, { inhibitedBy: ['x'] })],
      true,
    ],
    ['not even the watchdog', [], [], true],
  ])('is alarming or not: %s', (_, alerts, told, expected) => {
    expect(alarming(listing(alerts, told))).toBe(expected);
  });

  it('is not told where Alertmanager does not answer', () => {
    expect(listing([fires(down)], undefined).alerts[0]?.told).toBe('not told');
    expect(listLines(listing([], undefined), NOW).join('\n')).toContain(
      'nothing here says that all is well',
    );
  });

  it.each([
    [0.123456, '0.123'],
    [12, '12'],
    [123456, '123456'],
    [Infinity, 'Infinity'],
  ])('has a value: %d', (value, expected) => {
    expect(formatNumber(value)).toBe(expected);
  });
});

describe('what Alertmanager counts', () => {
  const page = [
    'alertmanager_notification_requests_total{integration="webhook",receiver_name="test/a"} 5',
    'alertmanager_notification_requests_failed_total{integration="webhook",receiver_name="test/a"} 3',
    'alertmanager_notifications_failed_total{integration="webhook",reason="serverError",receiver_name="test/a"} 1',
    'alertmanager_notifications_failed_total{integration="webhook",reason="other",receiver_name="test/a"} 1',
    'alertmanager_notifications_total{integration="webhook",receiver_name="test/a"} 9',
  ].join('\n');

  it('is what was accepted, and what was given up', () => {
    expect([...deliveriesFrom(page)]).toEqual([
      ['test/a', { integration: 'webhook', acknowledged: 2, givenUp: 2 }],
    ]);
  });

  it('is nothing where it does not tell receivers apart', () => {
    expect(deliveriesFrom(page.replaceAll(',receiver_name="test/a"', '')).size).toBe(0);
  });
});

describe('why a delivery failed', () => {
  const said = (fields: Record<string, unknown>) => ({
    time: SINCE,
    part: 'alertmanager',
    severity: 'error' as const,
    text: 'Notify for alerts failed',
    fields,
  });

  it('is the end of a round, or the last attempt', () => {
    const attempt = said({ receiver: 'test/b', err: 'unexpected status code 500' });
    const other = said({ receiver: 'test/bb', err: 'of another' });
    const round = said({
      err: 'test/b/webhook[0]: notify retry canceled after 8 attempts: unexpected status code 500',
    });
    expect(reasonFrom([attempt, other], 'test/b')).toBe('unexpected status code 500');
    expect(reasonFrom([round, attempt, other], 'test/b')).toBe(
      'notify retry canceled after 8 attempts: unexpected status code 500',
    );
    expect(reasonFrom([other], 'test/b')).toBeUndefined();
  });
});

describe('what is asked', () => {
  it.each([
    [[], {}, { name: 'list' }],
    [['test'], {}, { name: 'test', severity: 'critical', receiver: undefined }],
    [
      ['test'],
      { receiver: 'a', severity: 'info' },
      { name: 'test', severity: 'info', receiver: 'a' },
    ],
    [
      ['silence', 'A'],
      { for: '2h', reason: ' disks ' },
      { name: 'silence', alert: 'A', forMs: 7_200_000, reason: 'disks' },
    ],
    [['unsilence', 'A'], {}, { name: 'unsilence', alert: 'A' }],
  ])('%j %j', (words, values, expected) => {
    expect(alertsRequestOf(values, words)).toEqual(expected);
  });

  it.each([
    [['mute'], {}, 'has no "mute"'],
    [['constructor'], {}, 'has no "constructor"'],
    [['list', 'A'], {}, 'takes no alert'],
    [['silence'], { for: '1h', reason: 'x' }, 'say which alert'],
    [['silence', 'A'], { for: '1h' }, 'for how long and why'],
    [['silence', 'A'], { for: '1h', reason: ' ' }, 'for how long and why'],
    [['silence', 'A'], { for: '1', reason: 'x' }, '--for is "1"'],
    [['unsilence', 'A', 'B'], {}, 'takes one alert'],
    [['test'], { severity: 'bad' }, 'critical, warning or info'],
    [['list'], { for: '1h' }, 'list does not take --for'],
  ])('%j %j is refused', (words, values, says) => {
    expect(() => alertsRequestOf(values, words)).toThrow(UsageError);
    expect(() => alertsRequestOf(values, words)).toThrow(says);
  });
});

/** As much of Alertmanager as a test alert needs; each receiver accepts, refuses, or says nothing. */
class FakeAlertmanager {
  readonly posted: { labels: Labels; endsAt: string }[] = [];
  readonly silences: {
    id: string;
    status: { state: string };
    matchers: unknown;
    comment: string;
  }[] = [];
  readonly #receivers: Readonly<Record<string, 'accepts' | 'refuses' | 'hangs' | 'not asked'>>;
  readonly #named: boolean;
  readonly #state: string;
  #server: Server | undefined;

  constructor(
    receivers: Readonly<Record<string, 'accepts' | 'refuses' | 'hangs' | 'not asked'>>,
    { named = true, state = 'active' } = {},
  ) {
    this.#receivers = receivers;
    this.#named = named;
    this.#state = state;
  }

  #answer(method: string, path: string, body: string): unknown {
    if (path === '/api/v2/receivers') {
      return ['plinth/nobody', ...Object.keys(this.#receivers)].map((name) => ({ name }));
    }
    if (path === '/metrics') return this.#metrics();
    if (path === '/api/v2/silences' && method === 'GET') return this.silences;
    if (path === '/api/v2/silences') {
      const { id = `s${String(this.silences.length)}`, ...more } = JSON.parse(body);
      const kept = this.silences.filter((one) => one.id !== id);
      this.silences.splice(0, Infinity, ...kept, { id, status: { state: 'active' }, ...more });
      return { silenceID: id };
    }
    if (path.startsWith('/api/v2/silence/')) {
      for (const one of this.silences) if (path.endsWith(one.id)) one.status.state = 'expired';
      return '';
    }
    if (method === 'POST') return void this.posted.push(...JSON.parse(body));
    const asked = Object.entries(this.#receivers).filter(([, does]) => does !== 'not asked');
    return this.posted.slice(0, 1).map(({ labels }) => ({
      labels,
      receivers: asked.map(([name]) => ({ name })),
      status: { state: this.#state, silencedBy: [], inhibitedBy: [] },
    }));
  }

  #metrics(): string {
    const told = this.posted.length;
    return Object.entries(this.#receivers)
      .flatMap(([name, does]) => {
        const labels = `{integration="webhook"${this.#named ? `,receiver_name="${name}"` : ''}}`;
        const tried = does === 'accepts' || does === 'refuses' ? told : 0;
        const failed = does === 'refuses' ? told : 0;
        return [
          `alertmanager_notification_requests_total${labels} ${String(tried)}`,
          `alertmanager_notification_requests_failed_total${labels} ${String(failed)}`,
          `alertmanager_notifications_failed_total${labels} ${String(failed)}`,
        ];
      })
      .join('\n');
  }

  async listen(): Promise<Endpoint> {
    this.#server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const path = (request.url ?? '').replace(/\?.*/, '');
        const answer = this.#answer(request.method ?? '', path, body) ?? '';
        response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      });
    });
    const server = this.#server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

describe('with an Alertmanager', () => {
  let fake = new FakeAlertmanager({});
  afterEach(() => fake.close());
  const options = {
    stack: 'dev',
    severity: 'warning',
    timeoutMs: 900,
    reasonOf: async (name: string) =>
      name === 'test/bad' ? 'unexpected status code 500' : undefined,
  } as const;

  it('a test says of each receiver whether it has it, and is taken back', async () => {
    fake = new FakeAlertmanager({
      good: 'accepts',
      'test/good': 'accepts',
      'test/bad': 'refuses',
      'test/mute': 'hangs',
      'test/calm': 'not asked',
    });
    const outcomes = await sendTest(await fake.listen(), options);
    expect(outcomes.map((one) => outcomeRow(one).join(' '))).toEqual([
      expect.stringMatching(/^good webhook acknowledged after \d\.\d s; told that it is over$/),
      'bad webhook NOT delivered: unexpected status code 500',
      'mute webhook NOT delivered: no answer within 1 s',
      'calm webhook not told of this severity',
    ]);
    const [sent, taken] = fake.posted;
    expect(sent?.labels).toMatchObject({
      alertname: 'PlinthTest',
      severity: 'warning',
      stack: 'dev',
    });
    expect(sent?.labels).not.toHaveProperty('receiver');
    expect(taken?.labels).toEqual(sent?.labels);
    expect(Date.parse(taken?.endsAt ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('a test for one receiver has its name', async () => {
    fake = new FakeAlertmanager({ 'test/good': 'accepts' });
    await sendTest(await fake.listen(), { ...options, receiver: 'good' });
    expect(fake.posted[0]?.labels['receiver']).toBe('good');
  });

  it('a test is not begun where its delivery could not be seen', async () => {
    fake = new FakeAlertmanager({ 'test/good': 'accepts' }, { named: false });
    await expect(sendTest(await fake.listen(), options)).rejects.toThrow(
      'does not count deliveries',
    );
    expect(fake.posted).toEqual([]);
  });

  it('a test that is silenced says so, and is taken back', async () => {
    fake = new FakeAlertmanager({ 'test/good': 'accepts' }, { state: 'suppressed' });
    await expect(sendTest(await fake.listen(), options)).rejects.toThrow('silenced or inhibited');
    expect(fake.posted).toHaveLength(2);
  });

  it('an alert has one silence, which a second one replaces', async () => {
    fake = new FakeAlertmanager({});
    const endpoint = await fake.listen();
    const asked = { alert: 'A', forMs: 3_600_000, reason: 'one', by: 'me' };
    const now = new Date(SINCE);
    expect(await silence(endpoint, asked, now)).toEqual(new Date('2026-11-21T13:00:00Z'));
    await silence(endpoint, { ...asked, reason: 'two' }, now);
    await silence(endpoint, { ...asked, alert: 'B' }, now);
    expect(fake.silences.map(({ comment }) => comment)).toEqual(['two', 'one']);
    expect(await unsilence(endpoint, 'A')).toBe(1);
    expect(await unsilence(endpoint, 'A')).toBe(0);
    expect(await unsilence(endpoint, 'B')).toBe(1);
  });
});

it('says which of the two does not answer, and why', async () => {
  const fake = new FakeAlertmanager({});
  const endpoint = await fake.listen();
  fake.close();
  await expect(ask('Prometheus', endpoint, '/api/v1/alerts')).rejects.toThrow(
    /^Prometheus at 127\.0\.0\.1:\d+ does not answer \(connect ECONNREFUSED.*status/,
  );
});
