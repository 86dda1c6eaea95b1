import { describe, expect, it } from '@jest/globals';
import { activityOf, stateOf } from '../../../../../provider/resources/readiness/container.ts';
import { plainLine } from '../../../../../provider/resources/readiness/log-messages.ts';

const said = (output: string, code = 0) => ({ code, output });

describe('the state of a container', () => {
  it('is what docker inspect says', () => {
    expect(stateOf(said('true false 2 0 false\n'))).toEqual({
      running: true,
      restarting: false,
      restarts: 2,
      exitCode: 0,
      outOfMemory: false,
    });
    expect(stateOf(said('false true 7 137 true\n'))).toEqual({
      running: false,
      restarting: true,
      restarts: 7,
      exitCode: 137,
      outOfMemory: true,
    });
  });

  it('is none when there is no such container, and an error when the engine does not answer', () => {
    expect(stateOf(said('Error: No such object: c0ffee', 1))).toBeUndefined();
    expect(() => stateOf(said('Cannot connect to the Docker daemon', 1))).toThrow(
      'docker inspect failed: Cannot connect to the Docker daemon',
    );
  });
});

describe('the activity of a container', () => {
  const top = (...rows: string[]) => said(['PID                 STAT   TIME', ...rows].join('\n'));

  it('is the processor time of all processes, and whether one runs or waits for a disk', () => {
    expect(activityOf(top('1  Ss  3', '22  S  4'))).toEqual({ busy: false, cpuSeconds: 7 });
    expect(activityOf(top('1  Ss  3', '22  R+  4'))).toEqual({ busy: true, cpuSeconds: 7 });
    expect(activityOf(top('1  Ds  0'))).toEqual({ busy: true, cpuSeconds: 0 });
  });

  it.each([
    said('Error response from daemon: Container c0ffee is not running', 1),
    said('ps: unrecognized option: o'),
    said('PID USER TIME COMMAND\n1 root 0:00 sleep 9'),
  ])('is unknown when the engine says %j', (answer) => {
    expect(activityOf(answer)).toBeUndefined();
  });
});

describe('a log line', () => {
  it.each([
    ['plain words', 'plain words'],
    ['{"broken', '{"broken'],
    ['{"a":1}', '{"a":1}'],
    [
      '{"timestamp":"2026","pid":7,"error_severity":"FATAL","message":"no such setting","hint":"look"}',
      'FATAL: no such setting; hint: look',
    ],
    ['{"level":"error","msg":"cannot read","error":"ENOENT"}', 'ERROR: cannot read; error: ENOENT'],
    ['{"msg":"serving"}', 'serving'],
  ])('%s reads %s', (line, expected) => {
    expect(plainLine(line)).toBe(expected);
  });
});
