import { beforeEach, expect, jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';

/** A real environment takes its time; Jest reads no time limit from a single project's settings. */
jest.setTimeout(20 * 60_000);

/** Where the test command looks when it kills a file that hangs. */
const current = process.env['PLINTH_TEST_CURRENT'];

beforeEach(() => {
  if (current !== undefined) writeFileSync(current, expect.getState().currentTestName ?? '');
});
