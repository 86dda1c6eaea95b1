import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as module from '../../../../provider/resources/pids-limit.ts';

type Answer = { readonly stdout: string } | Error;

/** The docker client's arguments so far, and what it answers next. */
const asked: string[][] = [];
let answer: Answer = { stdout: '' };

jest.mock('node:child_process', () => {
  const execFile = (): never => {
    throw new Error('only its promise is used');
  };
  return {
    execFile: Object.assign(execFile, {
      [Symbol.for('nodejs.util.promisify.custom')]: async (program: string, args: string[]) => {
        asked.push([program, ...args]);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    }),
  };
});

let pidsLimit: typeof module.pidsLimit;

// Loaded when the client is already a made-up one.
beforeAll(async () => {
  ({ pidsLimit } = await import('../../../../provider/resources/pids-limit.ts'));
});

beforeEach(() => {
  asked.length = 0;
  answer = { stdout: '' };
});

const LIMIT = { container: 'c0ffee', limit: 32 };
const refusal = (limit: unknown) => [
  { property: 'limit', reason: `limit is ${String(limit)}: a whole number above 0 is needed` },
];

describe('a limit of processes', () => {
  it.each([1, 32, 4096])('may be %p', (limit) => {
    expect(pidsLimit.check?.({ ...LIMIT, limit })).toEqual([]);
  });

  // Zero and -1 would be no limit at all.
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('may not be %p', (limit) => {
    expect(pidsLimit.check?.({ ...LIMIT, limit })).toEqual(refusal(limit));
  });

  it('may not be a text', () => {
    expect(pidsLimit.check?.({ ...LIMIT, limit: '32' as unknown as number })).toEqual(
      refusal('32'),
    );
  });

  it('is changed in place, but belongs to its container and engine', () => {
    expect(pidsLimit.diff(LIMIT, LIMIT)).toEqual({ changed: [], replace: [] });
    expect(pidsLimit.diff(LIMIT, { ...LIMIT, limit: 33 })).toEqual({
      changed: ['limit'],
      replace: [],
    });
    expect(pidsLimit.diff(LIMIT, { ...LIMIT, container: 'f00d' })).toEqual({
      changed: [],
      replace: ['container'],
    });
    expect(pidsLimit.diff(LIMIT, { ...LIMIT, dockerHost: 'ssh://x' })).toEqual({
      changed: [],
      replace: ['dockerHost'],
    });
  });

  it('is set on the container, on the engine that has it', async () => {
    expect(await pidsLimit.create(LIMIT)).toEqual({ id: 'c0ffee', state: LIMIT });
    const remote = { ...LIMIT, dockerHost: 'ssh://x' };
    await pidsLimit.update?.('c0ffee', LIMIT, { ...remote, limit: 64 });
    expect(asked).toEqual([
      ['docker', 'update', '--pids-limit', '32', 'c0ffee'],
      ['docker', '--host', 'ssh://x', 'update', '--pids-limit', '64', 'c0ffee'],
    ]);
  });

  it('is read from the container, so that a refresh finds one that somebody changed', async () => {
    answer = { stdout: '17\n' };
    expect(await pidsLimit.read?.('c0ffee', LIMIT)).toEqual({ ...LIMIT, limit: 17 });
    expect(asked).toEqual([
      ['docker', 'inspect', '--format', '{{.HostConfig.PidsLimit}}', 'c0ffee'],
    ]);
  });

  it('reads a limit that was taken away as none', async () => {
    answer = { stdout: '<nil>\n' };
    expect(await pidsLimit.read?.('c0ffee', LIMIT)).toEqual({ ...LIMIT, limit: 0 });
  });

  it('is gone with its container', async () => {
    answer = new Error('Command failed\nError: No such object: c0ffee');
    expect(await pidsLimit.read?.('c0ffee', LIMIT)).toBeUndefined();
  });

  it('is not gone because the engine is', async () => {
    answer = new Error('Cannot connect to the Docker daemon');
    await expect(pidsLimit.read?.('c0ffee', LIMIT)).rejects.toThrow('Cannot connect');
  });

  it('has no way to be removed: it goes with its container', () => {
    expect(pidsLimit.delete).toBeUndefined();
  });
});
