import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import {
  alertmanagerYml,
  testReceiver,
  testedReceiver,
  toldOf,
} from '../../../observability/alertmanager/routing.ts';
import { environmentWith, EVERY_KIND, routesFor } from '../../support/routing.ts';
import { runs } from '../../support/runs.ts';

const every = alertmanagerYml(environmentWith({ receivers: EVERY_KIND }), []);
const names = (labels: Readonly<Record<string, string>>, { text } = every): string[] =>
  routesFor(text, labels).map(({ receiver }) => receiver);

describe('who is told', () => {
  it.each([
    ['critical', ['hook', 'oncall', 'open', 'post', 'team']],
    ['warning', ['hook', 'open', 'post', 'team']],
    ['info', ['hook']],
  ])('of %s: %j', (severity, expected) => {
    expect(names({ alertname: 'PostgresDown', severity })).toEqual(expected);
    expect(names({ alertname: 'PlinthTest', severity })).toEqual(expected.map(testReceiver));
  });

  it('is everybody, of what does not say how grave it is', () => {
    expect(names({ alertname: 'Strange' })).toEqual(names({ severity: 'critical' }));
  });

  it('is one, of a test for one, where the severity reaches that one', () => {
    const test = { alertname: 'PlinthTest', receiver: 'oncall' };
    expect(names({ ...test, severity: 'critical' })).toEqual(['test/oncall']);
    expect(names({ ...test, severity: 'warning' })).toEqual(['plinth/nobody']);
  });

  it('is the heartbeat, and nobody else, of the watchdog', () => {
    const watchdog = { alertname: 'Watchdog', severity: 'info' };
    const heartbeat = { urlFile: 'secrets/heartbeat' };
    const beating = alertmanagerYml(environmentWith({ receivers: EVERY_KIND, heartbeat }), []);
    expect(names(watchdog)).toEqual(['plinth/nobody']);
    expect(names(watchdog, beating)).toEqual(['plinth/heartbeat']);
    expect(beating.secretFiles['heartbeat.url']).toBe('secrets/heartbeat');
  });

  it('is exactly who asked for that severity, whatever receivers there are', () => {
    const severity = fc.constantFrom('critical', 'warning', 'info');
    const receivers = fc.dictionary(
      fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
      fc.record({ kind: fc.constant('webhook'), url: fc.constant('http://h/'), severity }),
      { maxKeys: 6, noNullPrototype: true },
    );
    const rank = { info: 0, warning: 1, critical: 2 };
    fc.assert(
      fc.property(receivers, severity, (all, told) => {
        const routing = alertmanagerYml(environmentWith({ receivers: all }), []);
        const allowed = Object.entries(all)
          .filter(([, one]) => rank[told] >= rank[one.severity])
          .map(([name]) => name)
          .sort();
        const nobody = ['plinth/nobody'];
        const real = names({ alertname: 'A', severity: told }, routing).sort();
        const test = names({ alertname: 'PlinthTest', severity: told }, routing).sort();
        expect(real).toEqual(allowed.length === 0 ? nobody : allowed);
        expect(test).toEqual(allowed.length === 0 ? nobody : allowed.map(testReceiver));
      }),
      { numRuns: runs(60) },
    );
  });

  it('is told again the sooner the graver it is', () => {
    const again = (severity: string) =>
      (parse(every.text) as { route: { routes: Record<string, unknown>[] } }).route.routes.find(
        ({ matchers }) =>
          JSON.stringify(matchers).includes(severity) && !JSON.stringify(matchers).includes('Test'),
      )?.['repeat_interval'];
    expect([again('severity!~'), again('severity=\\"warning'), again('severity=\\"info')]).toEqual([
      '1h',
      '4h',
      '24h',
    ]);
  });
});

describe('a test receiver', () => {
  it('can be told from every receiver of the environment', () => {
    expect(testedReceiver(testReceiver('oncall'))).toBe('oncall');
    expect(testedReceiver('oncall')).toBeUndefined();
  });

  it('differs from what it is the twin of in its name alone', () => {
    const { receivers } = parse(every.text) as { receivers: { name: string }[] };
    const called = (name: string) => receivers.find((one) => one.name === name);
    for (const name of Object.keys(EVERY_KIND)) {
      expect(called(name)).toBeDefined();
      expect({ ...called(testReceiver(name)), name }).toEqual(called(name));
    }
  });
});

describe('secrets', () => {
  it('are files, under names that say whose they are', () => {
    expect(every.secretFiles).toEqual({
      'receiver-hook.url': 'secrets/hook',
      'receiver-oncall.key': 'secrets/oncall',
      'receiver-post.password': 'secrets/post',
      'receiver-team.url': 'secrets/team',
    });
    for (const file of Object.keys(every.secretFiles)) {
      expect(every.text).toContain(`_file: /run/secrets/${file}`);
    }
  });

  it('leave nothing of their place on this machine in the text', () => {
    expect(every.text).not.toContain('secrets/hook');
    expect(every.text).not.toMatch(/(?<!_)(password|routing_key|api_url):/);
  });
});

it('hands rules of inhibition on as they are', () => {
  const rule = {
    source_matchers: ['alertname="PostgresDown"'],
    target_matchers: ['alertname=~"A|B"'],
    equal: ['stack'],
  };
  const { text } = alertmanagerYml(environmentWith({}), [rule]);
  expect((parse(text) as { inhibit_rules: unknown }).inhibit_rules).toEqual([rule]);
});

it.each([
  ['critical', ['critical']],
  ['info', ['critical', 'warning', 'info']],
] as const)('%s at least is %j', (least, expected) => {
  expect(toldOf(least)).toEqual(expected);
});
