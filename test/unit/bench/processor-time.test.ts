import { describe, expect, it } from '@jest/globals';
import { busySeconds, ownSeconds, processorTime } from '../../../bench/support/processor-time.ts';

describe('processor time', () => {
  it('of the machine is what is neither idle nor waiting, in all cores', () => {
    const stat = 'cpu  100 20 300 9999 888 4 6 0 0 0\ncpu0 1 1 1 1 1 1 1 0 0 0\n';
    expect(busySeconds(stat)).toBeCloseTo(4.3);
  });

  it('of a program is read from our own line, whatever else was said', () => {
    expect(ownSeconds('real 1\nplinth-times 1.250 0.750\n')).toBe(2);
    expect(ownSeconds('user 1.250\n')).toBeUndefined();
  });

  it('counts the work of what a program has started, not the time that it waited', async () => {
    const work = 'i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done';
    const options = { cwd: '/', atMostSec: 60 };
    const busy = await processorTime(['bash', '-c', `(${work}); true`], options);
    const idle = await processorTime(['sleep', '0.3'], options);
    expect(busy.code).toBe(0);
    expect(idle.wallSec).toBeGreaterThan(0.29);
    expect(busy.ownSec).toBeGreaterThan(idle.ownSec);
  });

  it('is that of a failure where the program fails or takes too long', async () => {
    expect((await processorTime(['false'], { cwd: '/', atMostSec: 60 })).code).toBe(1);
    expect((await processorTime(['sleep', '60'], { cwd: '/', atMostSec: 0.1 })).code).toBe(124);
  });
});
