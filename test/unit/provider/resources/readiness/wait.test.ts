import { describe, expect, it } from '@jest/globals';
import type { Activity } from '../../../../../provider/resources/readiness/progress.ts';
import {
  MOST_RESTARTS,
  PATIENCE_MS,
  waitUntilReady,
  type State,
  type Subject,
} from '../../../../../provider/resources/readiness/wait.ts';

const RUNNING: State = {
  running: true,
  restarting: false,
  restarts: 0,
  exitCode: 0,
  outOfMemory: false,
};
const IDLE: Activity = { busy: false, cpuSeconds: 3 };

/** A container at a time, in seconds since the waiting began; what is left out is that of a server that is idle. */
interface At {
  readonly words?: string;
  readonly ready?: boolean;
  readonly state?: Partial<State> | 'gone';
  readonly activity?: Activity;
  readonly lines?: readonly string[];
}

/** Waits on a clock that only the pauses move. */
async function waited(at: (sec: number) => At, asksTakeSec = 0) {
  let ms = 0;
  let asked = 0;
  const said: string[] = [];
  const pauses: number[] = [];
  const now = () => at(ms / 1000);
  const subject: Subject = {
    name: 'plinth-dev-thing',
    ask: () => {
      asked += 1;
      ms += asksTakeSec * 1000;
      const { ready = false, words = 'still starting' } = now();
      return Promise.resolve({ ready, words });
    },
    state: () => {
      const { state = {} } = now();
      return Promise.resolve(state === 'gone' ? undefined : { ...RUNNING, ...state });
    },
    activity: () => Promise.resolve(now().activity ?? IDLE),
    lines: (count) => Promise.resolve((now().lines ?? []).slice(-count)),
  };
  const controller = new AbortController();
  const failed = await waitUntilReady(subject, {
    say: (line) => said.push(line),
    signal: controller.signal,
    now: () => ms,
    pause: (pause) => {
      pauses.push(pause);
      ms += pause;
      return Promise.resolve();
    },
  }).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  return { failed, sec: ms / 1000, asked, said, pauses };
}

describe('a service that becomes ready', () => {
  it('is asked once when it is ready at once', async () => {
    expect(await waited(() => ({ ready: true }))).toMatchObject({ asked: 1, sec: 0, said: [] });
  });

  it('is asked soon, then less and less often, at least every five seconds', async () => {
    const { pauses, failed } = await waited((sec) => ({ ready: sec > 60 }));
    expect(failed).toBeUndefined();
    expect(pauses[0]).toBe(200);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(Math.max(...pauses)).toBe(5000);
  });

  it('is waited for as long as it logs something new, and that is said', async () => {
    const lines = (sec: number) =>
      Array.from({ length: Math.floor(sec / 60) }, (_, index) => `step ${'x'.repeat(index)}`);
    const { failed, said } = await waited((sec) => ({ ready: sec > 3000, lines: lines(sec) }));
    expect(failed).toBeUndefined();
    expect(said[0]).toMatch(/^waiting for plinth-dev-thing for \d\d s: still starting$/);
    expect(said.length).toBeGreaterThan(100);
  });

  it('is waited for as long as it takes processor time', async () => {
    const activity = (sec: number) => ({ busy: false, cpuSeconds: sec / 20 });
    const done = await waited((sec) => ({ ready: sec > 3000, activity: activity(sec) }));
    expect(done.failed).toBeUndefined();
  });

  it('is waited for as long as it waits for a disk', async () => {
    const activity = { busy: true, cpuSeconds: 1 };
    const done = await waited((sec) => ({ ready: sec > 3000, activity }));
    expect(done.failed).toBeUndefined();
  });

  it('may end a few times, while what it needs is not there yet', async () => {
    const restarts = (sec: number) => Math.min(Math.floor(sec), MOST_RESTARTS - 1);
    const done = await waited((sec) => ({
      ready: sec > 20,
      state: { restarts: restarts(sec), restarting: sec < 10, running: sec >= 10 },
    }));
    expect(done.failed).toBeUndefined();
  });

  it('may have been restarted before', async () => {
    const done = await waited((sec) => ({ ready: sec > 20, state: { restarts: 40 } }));
    expect(done.failed).toBeUndefined();
  });

  it('is waited for on a machine where each question takes half a minute', async () => {
    const activity = (sec: number) => ({ busy: false, cpuSeconds: sec / 50 });
    const done = await waited((sec) => ({ ready: sec > 1500, activity: activity(sec) }), 30);
    expect(done.failed).toBeUndefined();
  });
});

describe('a service that does not', () => {
  it('is given up when nothing has moved for a long time, with what it said last', async () => {
    const { failed, sec } = await waited((at) => ({
      words: 'no answer from Postgres: password authentication failed',
      lines: [`${at} WARNING login failed`],
    }));
    expect(sec).toBeGreaterThan(PATIENCE_MS / 1000);
    expect(sec).toBeLessThan(PATIENCE_MS / 1000 + 20);
    expect(failed).toMatch(
      /^plinth-dev-thing is not ready after 3 min \d+ s, and nothing has moved in it for 3 min 0 s\.$/m,
    );
    expect(failed).toContain(
      'Its health check says: no answer from Postgres: password authentication failed\n' +
        'Its last log lines:\n',
    );
    expect(failed).toContain(' WARNING login failed\n');
    expect(failed).toContain("Look at 'docker logs plinth-dev-thing', then run the update again");
  });

  it('is given up after progress has stopped, not before', async () => {
    const activity = (sec: number) => ({ busy: false, cpuSeconds: Math.min(sec, 600) / 10 });
    const { failed, sec } = await waited((at) => ({ activity: activity(at) }));
    expect(failed).toContain('is not ready after');
    expect(sec).toBeGreaterThan(600 + PATIENCE_MS / 1000 - 20);
    expect(sec).toBeLessThan(600 + PATIENCE_MS / 1000 + 20);
  });

  it('is given up when it ends again and again', async () => {
    const { failed, sec } = await waited((at) => ({
      state: {
        restarts: Math.min(Math.floor(at), MOST_RESTARTS),
        exitCode: 1,
        restarting: true,
        running: false,
      },
      words: 'Container c0ffee is restarting',
      lines: ['FATAL: no such setting'],
    }));
    expect(failed).toBe(
      [
        'plinth-dev-thing ended 5 times, the last time with exit code 1.',
        'Its health check says: Container c0ffee is restarting',
        'Its last log lines:',
        '  FATAL: no such setting',
        "Look at 'docker logs plinth-dev-thing', then run the update again: it goes on waiting.",
      ].join('\n'),
    );
    expect(sec).toBeLessThan(10);
  });

  it.each([
    [{ running: false, exitCode: 3 }, 'was stopped, with exit code 3.'],
    [
      { running: false, exitCode: 137, outOfMemory: true },
      'was stopped, for want of memory: its limit is too low.',
    ],
    ['gone' as const, 'was removed while it was waited for.'],
  ])('is given up at once when %j', async (state, sentence) => {
    const { failed, asked } = await waited(() => ({ state }));
    expect(failed).toContain(`plinth-dev-thing ${sentence}\n`);
    expect(failed).toContain('It has logged nothing.');
    expect(asked).toBe(1);
  });
});

it('ends when the update is canceled', async () => {
  const canceled = new AbortController();
  const subject: Subject = {
    name: 'plinth-dev-thing',
    ask: () => Promise.resolve({ ready: false, words: '' }),
    state: () => Promise.resolve(RUNNING),
    activity: () => Promise.resolve(undefined),
    lines: () => Promise.resolve([]),
  };
  const waiting = waitUntilReady(subject, { say: () => undefined, signal: canceled.signal });
  canceled.abort(new Error('the update was canceled'));
  await expect(waiting).rejects.toThrow(/abort|cancel/i);
});
