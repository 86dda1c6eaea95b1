import { describe, expect, it } from '@jest/globals';
import { duration, Progress, stillRunning } from '../../../lib/progress.ts';

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [499, '0 s'],
    [59_400, '59 s'],
    [59_500, '1 min 00 s'],
    [65_000, '1 min 05 s'],
    [3_599_000, '59 min 59 s'],
    [3_720_000, '1 h 02 min'],
  ])('%d ms is %s', (ms, expected) => {
    expect(duration(ms)).toBe(expected);
  });
});

describe('stillRunning', () => {
  it('says of each how long it has taken and what it is at', () => {
    const running = [
      { title: 'Pulumi CLI', startedMs: 0, detail: '12 packages compiled' },
      { title: 'Base image', startedMs: 60_000, detail: '' },
    ];
    expect(stillRunning(running, 90_000)).toBe(
      '  … Pulumi CLI 1 min 30 s (12 packages compiled) · Base image 30 s',
    );
  });
});

describe('Progress', () => {
  it('says that a step was left out, which is no failure', async () => {
    const said: string[] = [];
    const progress = new Progress((text) => void said.push(text));
    await progress.step('Extra', 'asking', (step) => {
      step.leaveOut('nobody has it');
      return Promise.resolve();
    });
    expect(said).toEqual(['· Extra: asking\n', '- Extra: nobody has it\n']);
  });

  it('says when a step begins and that it failed', async () => {
    const said: string[] = [];
    const progress = new Progress((text) => void said.push(text));
    await progress.step('One', 'doing', () => Promise.resolve());
    const failing = progress.step('Two', 'doing', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(said).toEqual([
      '· One: doing\n',
      '✓ One (0 s)\n',
      '· Two: doing\n',
      '✗ Two (after 0 s)\n',
    ]);
  });
});
