import { describe, expect, it } from '@jest/globals';
import {
  above,
  daemonSec,
  goals,
  machineCounters,
  rates,
  type Rates,
} from '../../../bench/support/idle.ts';

const rate = (forksPerMin: number, containers = 0, daemons = 0, machine = 0): Rates => ({
  forksPerMin,
  containers,
  daemons,
  machine,
});

describe('the counters of the kernel', () => {
  it('are read from /proc/stat: processes, and time without that of waiting', () => {
    const text = 'cpu  100 20 300 4000 500 6 7 0 0 0\ncpu0 1 2 3 4 5 6 7 0 0 0\nprocesses 1234\n';
    expect(machineCounters(text)).toEqual({ forks: 1234, machineSec: 4.33 });
    expect(() => machineCounters('cpu  1 2 3')).toThrow('/proc/stat has another form');
  });

  it('of a daemon are those of its process, without its children', () => {
    const stat = (name: string) =>
      `42 (${name}) S 1 42 42 0 -1 4194560 9 9 9 9 150 250 7000 8000 20 0 9 0 1 1 1`;
    expect(daemonSec(stat('dockerd'))).toBe(4);
    expect(daemonSec(stat('containerd-shim'))).toBe(4);
    expect(daemonSec(stat('a) (b'))).toBe(0);
    expect(daemonSec(stat('postgres'))).toBe(0);
    expect(daemonSec('')).toBe(0);
  });
});

describe('rates', () => {
  const at = (atMs: number, n: number) => ({
    atMs,
    forks: 10 * n,
    machineSec: 4 * n,
    containersSec: 2 * n,
    daemonsSec: n,
  });

  it('are what happened in between', () => {
    expect(rates(at(0, 1), at(30_000, 4))).toEqual(rate(60, 0.2, 0.1, 0.4));
  });

  it('of an environment are above those of the machine', () => {
    const one = above(rate(50, 0, 0.01, 0.1), rate(150, 0.2, 0.03, 0.5));
    expect(one.forksPerMin).toBe(100);
    expect(one.containers).toBe(0.2);
    expect(one.daemons).toBeCloseTo(0.02);
    expect(one.machine).toBeCloseTo(0.4);
  });
});

describe('the goals', () => {
  const rest = rate(30, 0, 0.01, 0.02);

  it('are met by a tenth of the processor time and a hundred processes a minute', () => {
    const met = goals(rest, rate(2030, 0.2, 0.11, 0.42), rate(130, 0.02, 0.02, 0.06));
    expect(met).toEqual([
      {
        met: true,
        line: 'ratio 1.000 goal 1.00: pass (process creations a minute: 100 of at most 100, 2000 before)',
      },
      {
        met: true,
        line: "ratio 0.100 goal 0.10: pass (processor time, without the machine's own: 4.00 % of a core, 40.00 % before)",
      },
    ]);
  });

  it('are missed by more', () => {
    const [forks, processor] = goals(
      rest,
      rate(2030, 0.2, 0.11, 0.42),
      rate(140, 0.04, 0.02, 0.08),
    );
    expect(forks?.line).toMatch(/^ratio 1\.100 goal 1\.00: fail /);
    expect(processor?.line).toMatch(/^ratio 0\.150 goal 0\.10: fail /);
  });
});
