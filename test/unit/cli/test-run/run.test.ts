import { expect, it } from '@jest/globals';
import { runJobs, type RunOptions } from '../../../../cli/test-run/run.ts';
import { secondsOf, startJob } from '../../../../cli/test-run/run-job.ts';
import type { Job } from '../../../../cli/test-run/schedule.ts';

const job = (name: string, more: Partial<Job> = {}): Job => ({
  name,
  expectedSec: 1,
  rank: 1,
  always: false,
  ...more,
});

/** Runs jobs whose names are scripts. */
async function run(jobs: readonly Job[], more: Partial<RunOptions> = {}) {
  const said: string[] = [];
  const outcomes = await runJobs(jobs, {
    root: '/work',
    lanes: 2,
    commandOf: ({ name }, report) => [process.execPath, '-e', name, report],
    budgetSec: undefined,
    env: {},
    say: (line) => said.push(line),
    ...more,
  });
  return { said, outcomes: Object.fromEntries(outcomes.map((one) => [one.job.name, one])) };
}

/** A job that ends as Jest does. */
const reported = (passed: number, failed: number): string => `
  const results = [{ name: '/work/a.test.ts', status: 'failed', message: '', startTime: 0, endTime: 2000,
    assertionResults: [{ fullName: 'it works', status: 'failed', failureMessages: ['Error: it does not'] }] }];
  require('fs').writeFileSync(process.argv[1], JSON.stringify({ numPassedTests: ${passed}, numFailedTests: ${failed},
    numPendingTests: 0, numRuntimeErrorTestSuites: 0, testResults: ${failed} ? results : [] }));`;

it('jobs are counted by Jest’s report, or as one test where there is none', async () => {
  const { outcomes, said } = await run([
    job(reported(3, 0)),
    job(reported(2, 1)),
    job('process.exit(0)'),
    job('console.log("out of memory"); process.exit(3)'),
  ]);
  expect(Object.values(outcomes).map(({ totals }) => totals)).toEqual(
    expect.arrayContaining([
      { passed: 3, failed: 0, skipped: 0 },
      { passed: 2, failed: 1, skipped: 0 },
      { passed: 1, failed: 0, skipped: 0 },
      { passed: 0, failed: 1, skipped: 0 },
    ]),
  );
  expect(outcomes[reported(2, 1)]).toMatchObject({
    failures: [{ file: 'a.test.ts', test: 'it works', cause: 'Error: it does not' }],
    files: { 'a.test.ts': 2 },
  });
  expect(Object.values(outcomes).flatMap(({ failures }) => failures)).toContainEqual({
    file: 'console.log("out of memory"); process.exit(3)',
    test: 'the whole job',
    cause: 'ended with 3: out of memory',
  });
  expect(said.filter((line) => line.startsWith('✗'))).toHaveLength(2);
});

it('jobs that run at the same time have different lanes', async () => {
  const script = 'setTimeout(() => process.exit(Number(process.env.PLINTH_TEST_LANE)), 300)';
  const { outcomes } = await run([job(`${script} // a`), job(`${script} // b`)]);
  const causes = Object.values(outcomes).map(({ failures }) => failures[0]?.cause);
  expect(causes.sort()).toEqual(['ended with 1: ', 'ended with 2: ']);
});

it('no job starts that cannot end within the budget, but a shorter one does', async () => {
  const { outcomes } = await run(
    [job('/* long */', { expectedSec: 500 }), job('/* short */', { expectedSec: 5 })],
    { budgetSec: 60 },
  );
  expect(outcomes['/* long */']).toMatchObject({
    state: 'skipped',
    totals: { passed: 0, failed: 0, skipped: 1 },
  });
  expect(outcomes['/* short */']).toMatchObject({ state: 'ended', totals: { passed: 1 } });
});

it('a job that runs when the budget is used up is stopped and counted as skipped', async () => {
  const { outcomes } = await run([job('setTimeout(() => {}, 60000)', { always: true })], {
    budgetSec: 1,
  });
  expect(Object.values(outcomes)).toMatchObject([{ state: 'cut', totals: { skipped: 1 } }]);
});

it('a job that hangs is killed by its time limit, and the test in which it hung is named', async () => {
  const hangs = `require('fs').writeFileSync(process.env.PLINTH_TEST_CURRENT, 'a server starts');
    setTimeout(() => {}, 600000)`;
  const { outcomes } = await run([job(hangs)], { timeLimitSec: () => 1 });
  expect(outcomes[hangs]).toMatchObject({
    totals: { passed: 0, failed: 1, skipped: 0 },
    failures: [{ test: 'a server starts', cause: expect.stringMatching(/^killed after \d+ s: /) }],
  });
});

it('a killed job takes the processes it has started with it', async () => {
  const child = `require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' });
    console.log('started'); setTimeout(() => {}, 600000)`;
  const running = startJob([process.execPath, '-e', child], { cwd: '/', env: {}, live: false });
  setTimeout(() => running.kill(), 500);
  // It ends only when no process holds its output open.
  const { code, output } = await running.ended;
  expect(code).toBeUndefined();
  expect(output).toBe('started\n');
});

it('processor time is the sum of what the shell counts', async () => {
  expect(secondsOf('0m0.50s 0m0.25s\n1m2.00s 0m3.25s\n')).toBe(66);
  const busy = 'while (process.cpuUsage().user < 300_000);';
  const { cpuSec } = await startJob([process.execPath, '-e', busy], {
    cwd: '/',
    env: {},
    live: false,
  }).ended;
  expect(cpuSec).toBeGreaterThan(0.1);
});
