import { describe, expect, it } from '@jest/globals';
import { askAll, questionOf, type Ask, type Askable } from '../../../cli/health.ts';

const OWN = ['/usr/local/bin/plinth-health'];
const STARTED = '2026-01-01T00:00:00Z';
const container = (id: string, more: Partial<Askable> = {}): Askable => ({
  id,
  label: undefined,
  dockerTest: ['CMD', ...OWN],
  startedAt: STARTED,
  ...more,
});

describe('questionOf', () => {
  it.each([
    ['["wget","-q"]', ['NONE'], ['wget', '-q']],
    [undefined, ['CMD', 'own', '-v'], ['own', '-v']],
    [undefined, ['CMD-SHELL', 'wget -q x || exit 1'], ['sh', '-c', 'wget -q x || exit 1']],
    [undefined, ['NONE'], OWN],
    [undefined, undefined, OWN],
  ])('label %p and check %p ask %p', (label, dockerTest, expected) => {
    expect(questionOf({ label, dockerTest })).toEqual(expected);
  });
});

describe('askAll', () => {
  const answers =
    (code: number, output = ''): Ask =>
    () =>
      Promise.resolve({ code, output });
  const at = (sec: number) => () => Date.parse(STARTED) + sec * 1000;

  it.each([
    [0, 'ok', 10, { health: 'healthy' }],
    [1, 'one\nstill starting\n', 10, { health: 'starting', words: 'still starting' }],
    [1, 'in recovery\n', 600, { health: 'unhealthy', words: 'in recovery' }],
    [137, '', 600, { health: 'unhealthy', words: '' }],
  ])('exit code %p with %p after %p s is %j', async (code, output, sec, expected) => {
    expect(await askAll([container('a')], answers(code, output), at(sec))).toEqual({ a: expected });
  });

  it('does not ask what does not run', async () => {
    const ask: Ask = () => Promise.reject(new Error('asked'));
    const found = await askAll([container('a', { startedAt: undefined })], ask, at(0));
    expect(found).toEqual({ a: { health: 'stopped' } });
  });

  it('asks each container once, a few at a time', async () => {
    const asked: string[] = [];
    let now = 0;
    let most = 0;
    const ask: Ask = async (id) => {
      asked.push(id);
      most = Math.max(most, (now += 1));
      await new Promise((done) => setImmediate(done));
      now -= 1;
      return { code: 0, output: '' };
    };
    const ids = Array.from({ length: 16 }, (_, index) => `c${String(index)}`);
    const found = await askAll(
      ids.map((id) => container(id)),
      ask,
      at(0),
    );
    expect(Object.keys(found).sort()).toEqual([...ids].sort());
    expect(asked.sort()).toEqual([...ids].sort());
    expect(most).toBe(4);
  });
});
