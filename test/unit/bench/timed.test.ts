import { expect, it } from '@jest/globals';
import { timed, tookOf } from '../../../bench/support/timed.ts';

it('reads what bash says last', () => {
  expect(tookOf('warning: x\n1.250 0.500 0.250\n')).toEqual({ wallMs: 1250, processorMs: 750 });
});

it('measures a program and its children', () => {
  const busy = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done';
  const { wallMs, processorMs } = timed(['sh', '-c', `sh -c '${busy}'; echo said >&2`], {
    cwd: '/',
    env: process.env,
  });
  expect(processorMs).toBeGreaterThan(0);
  expect(wallMs).toBeGreaterThan(0);
});

it('fails with what the program said', () => {
  expect(() => timed(['sh', '-c', 'echo why >&2; exit 3'], { cwd: '/', env: process.env })).toThrow(
    /ended with 3\n.*why/s,
  );
});
