import { describe, expect, it } from '@jest/globals';
import { jsonLog } from '../../../lib/json-log.ts';
import { Probe, type ProbeQuery } from '../../../exporter/pooler-probe.ts';

function probing(ask: ProbeQuery) {
  const said: string[] = [];
  let now = 0;
  const log = jsonLog('watch', (line) => said.push((JSON.parse(line) as { msg: string }).msg));
  const probe = new Probe(ask, 1000, 30, log, () => now);
  const value = (name: string, label?: string): number | undefined =>
    probe
      .samples()
      .find(
        (one) =>
          `${one.name}${one.part ?? ''}` === name &&
          (label === undefined || Object.values(one.labels ?? {}).includes(label)),
      )?.value;
  return { probe, said, value, pass: (ms: number) => (now += ms) };
}

describe('the probe', () => {
  it('counts answers and how long they took, the objective among the ends', async () => {
    const { probe, value, pass } = probing(async () => void pass(28));
    await probe.tick();
    await probe.tick();
    expect(value('plinth_probe_requests_total', 'ok')).toBe(2);
    expect(value('plinth_probe_requests_total', 'failed')).toBe(0);
    expect(value('plinth_probe_duration_secondsbucket', '0.025')).toBe(0);
    expect(value('plinth_probe_duration_secondsbucket', '0.03')).toBe(2);
    expect(value('plinth_probe_duration_secondssum')).toBeCloseTo(0.056);
  });

  it('counts a failure for every second it took, and tells of it once', async () => {
    let works = false;
    const { probe, said, value, pass } = probing(async () => {
      pass(works ? 1 : 5_004);
      if (!works) throw new Error('no answer');
    });
    await probe.tick();
    await probe.tick();
    expect(value('plinth_probe_requests_total', 'failed')).toBe(10);
    works = true;
    await probe.tick();
    await probe.tick();
    expect(value('plinth_probe_requests_total', 'ok')).toBe(2);
    expect(value('plinth_probe_duration_secondscount')).toBe(2);
    expect(said).toEqual(['no answer through the pooler', 'the pooler answers again']);
  });

  it('counts a refusal at once as one', async () => {
    const { probe, value } = probing(() => Promise.reject(new Error('refused')));
    await probe.tick();
    expect(value('plinth_probe_requests_total', 'failed')).toBe(1);
  });

  it('asks one question at a time', async () => {
    let asked = 0;
    let answer = (): void => undefined;
    const { probe } = probing(() => {
      asked += 1;
      return new Promise((done) => (answer = done));
    });
    const first = probe.tick();
    await probe.tick();
    expect(asked).toBe(1);
    answer();
    await first;
    void probe.tick();
    expect(asked).toBe(2);
  });
});
