import { jest } from '@jest/globals';

/**
 * Jest's five seconds are a guess about an idle machine. A Postgres in this process, a few thousand runs of a property or a
 * compiler that starts take several times as long when all files are tested at once. The limit is there to end what hangs.
 */
jest.setTimeout(60_000);
