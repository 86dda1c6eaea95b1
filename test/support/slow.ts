import { jest } from '@jest/globals';

/** A real environment takes its time; Jest reads no time limit from a single project's settings. */
jest.setTimeout(20 * 60_000);
