import { describe, expect, it, jest } from '@jest/globals';
import { waves, type Fault } from '../../../cli/fault-injection/faults.ts';
import { allNotified, runFaults } from '../../../cli/fault-injection/runner.ts';
import { FaultTarget } from '../../../cli/fault-injection/target.ts';
import { monitoringStatusLines } from '../../../cli/alerts/monitoring-status.ts';
import { chosen, faultTable } from '../../../cli/commands/drill.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { ruleGroups } from '../../../observability/alerts/all.ts';
import { alertsOf } from '../../../observability/alerts/rule.ts';

const STAGE = FaultTarget.from('dev', {
  app: { psql: 'postgresql://a:b@127.0.0.1:1/d', direct: 'postgresql://a:b@127.0.0.1:1/d' },
});
const MONITORS = {
  prometheus: { host: '127.0.0.1', port: 9 },
  alertmanager: { host: '127.0.0.1', port: 9 },
};

/** A Prometheus and an Alertmanager that know one alert, which fires while the fault is there. */
function monitors(alert: string, state: { broken: boolean; muted?: boolean }) {
  return jest.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const url = input instanceof Request ? input.url : input.toString();
    const labels = { alertname: alert };
    const firing = state.broken && state.muted !== true;
    const body = url.includes('/api/v1/rules')
      ? { data: { groups: [{ rules: [{ name: alert }] }] } }
      : url.includes('/api/v1/alerts')
        ? { data: { alerts: state.broken ? [{ labels, state: 'firing' }] : [] } }
        : firing
          ? [{ labels, status: { state: 'active' } }]
          : [];
    return Promise.resolve(new Response(JSON.stringify(body)));
  });
}

const fault = (alert: string, state: { broken: boolean }): Fault => ({
  alert,
  what: 'something is broken',
  part: 'postgres',
  begin: () => Promise.resolve((state.broken = true)),
  end: () => Promise.resolve((state.broken = false)),
});

describe('the faults of a drill', () => {
  const config = parseEnvironment({}, { stack: 'dev' });
  const known = alertsOf(ruleGroups(config)).map(({ name }) => name);
  const all = waves.flat();

  it('are at least fifteen, each of an alert that there is, once', () => {
    expect(all.length).toBeGreaterThanOrEqual(15);
    expect(all.map(({ alert }) => alert).filter((name) => !known.includes(name))).toEqual([]);
    expect(new Set(all.map(({ alert }) => alert)).size).toBe(all.length);
  });

  it('in one wave explain none of each other', () => {
    const explains = new Map(
      alertsOf(ruleGroups(config)).map(({ name, explains: others = [] }) => [name, others]),
    );
    for (const wave of waves) {
      const names = wave.map(({ alert }) => alert);
      const hidden = names
        .flatMap((name) => explains.get(name) ?? [])
        .filter((name) => names.includes(name));
      // Of the cache, and of the queue.
      expect(hidden.filter((name) => name !== 'RedisMemoryHigh')).toEqual([]);
    }
  });

  it('are those of parts that are there, and those that were asked for', () => {
    const parts = new Set(['postgres', 'redis-queue']);
    const made = chosen(waves, parts, undefined).flat();
    expect(made.every(({ part }) => parts.has(part))).toBe(true);
    expect(
      chosen(waves, parts, 'LongLockWait,QueueBacklog')
        .flat()
        .map(({ alert }) => alert),
    ).toEqual(['LongLockWait', 'QueueBacklog']);
    expect(() => chosen(waves, parts, 'Nonsense')).toThrow(/Nonsense cannot be made; what can is /);
  });
});

describe('a rehearsal', () => {
  const patience = { toldSec: 9, resolvedSec: 2 };
  const quiet = (): void => undefined;

  it('is passed when the alert came and went with its fault', async () => {
    const state = { broken: false };
    monitors('Broken', state);
    const done = await runFaults([[fault('Broken', state)]], STAGE, MONITORS, patience, quiet);
    expect(done).toEqual([
      {
        alert: 'Broken',
        what: 'something is broken',
        toldSec: expect.any(Number),
        resolvedSec: expect.any(Number),
      },
    ]);
    expect(allNotified(done)).toBe(true);
    expect(state.broken).toBe(false);
  });

  it('is failed by an alert that is hidden, and takes the fault back all the same', async () => {
    const state = { broken: false, muted: true };
    monitors('Broken', state);
    const done = await runFaults([[fault('Broken', state)]], STAGE, MONITORS, patience, quiet);
    expect(allNotified(done)).toBe(false);
    expect(faultTable(done)).toMatch(/Broken +never +- /);
    expect(state.broken).toBe(false);
  });

  it('is failed by an alert that does not end', async () => {
    const state = { broken: false };
    monitors('Broken', state);
    const stubborn = { ...fault('Broken', state), end: () => Promise.resolve() };
    const done = await runFaults([[stubborn]], STAGE, MONITORS, patience, quiet);
    expect(done).toMatchObject([{ toldSec: expect.any(Number), resolvedSec: undefined }]);
    expect(allNotified(done)).toBe(false);
  });

  it.each([
    [
      'could not be made',
      { begin: () => Promise.reject(new Error('no such part')) },
      'no such part',
    ],
    [
      'could not be taken back',
      { end: () => Promise.reject(new Error('gone')) },
      'not taken back: gone',
    ],
  ])('is failed by a fault that %s', async (_, broken, problem) => {
    const state = { broken: false };
    monitors('Broken', state);
    const done = await runFaults(
      [[{ ...fault('Broken', state), ...broken }]],
      STAGE,
      MONITORS,
      patience,
      quiet,
    );
    expect(done).toMatchObject([{ problem }]);
    expect(allNotified(done)).toBe(false);
  });

  it('is failed by a fault of no alert', async () => {
    const state = { broken: false };
    monitors('Other', state);
    const done = await runFaults([[fault('Broken', state)]], STAGE, MONITORS, patience, quiet);
    expect(done).toMatchObject([{ problem: 'there is no such alert' }]);
  });
});

describe('what the status says of alerts', () => {
  const firing = {
    name: 'PostgresDown',
    severity: 'critical',
    state: 'firing',
    told: 'told',
    since: '2026-11-21T12:00:00Z',
    value: 0,
    summary: '',
    description: '',
    runbook: '',
    labels: {},
  } as const;

  it.each([
    [{ alerts: [], watched: true, leftOut: {} }, 'alerts    nothing fires'],
    [
      { alerts: [firing], watched: true, leftOut: {} },
      'alerts    1 FIRING: PostgresDown: npx plinth alerts',
    ],
    [
      { alerts: [{ ...firing, state: 'pending' as const }], watched: true, leftOut: {} },
      'alerts    nothing fires',
    ],
    [
      { alerts: [], watched: false, leftOut: {} },
      'alerts    NOBODY WATCHES: rules are not looked at, npx plinth logs --part prometheus',
    ],
    [
      { alerts: [], watched: false, justBegun: true, leftOut: {} },
      'alerts    not looked at yet: Prometheus has begun less than a minute ago',
    ],
    [{ alerts: [], watched: true, justBegun: true, leftOut: {} }, 'alerts    nothing fires'],
    [
      { alerts: undefined, watched: false, leftOut: {} },
      'alerts    NOBODY WATCHES: Prometheus does not answer, npx plinth logs --part prometheus',
    ],
  ])('%j', (watching, line) => {
    expect(monitoringStatusLines(watching)).toEqual([line]);
  });

  it('names what is left out, and why', () => {
    expect(
      monitoringStatusLines({ alerts: [], watched: true, leftOut: { grafana: 'no image' } })[1],
    ).toBe('grafana   left out: no image');
  });
});
