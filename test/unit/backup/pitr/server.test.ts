import { describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { ServerSession } from '../../../../backup/pitr/server.ts';

const ROW = { at: '1000000', lsn: '0/1', waitingSince: null, failing: false };

/** Sessions that answer, or fail in a way, and what became of each. */
function sessions(...fates: readonly ('answers' | 'refused' | 'lost')[]) {
  const log: string[] = [];
  const left = [...fates];
  const session = new ServerSession(() => {
    const fate = left.shift() ?? 'answers';
    const client = {
      connect: () => {
        log.push('connect');
        return fate === 'refused' ? Promise.reject(new Error('refused')) : Promise.resolve();
      },
      query: () => {
        log.push('query');
        return fate === 'lost'
          ? Promise.reject(new Error('lost'))
          : Promise.resolve({ rows: [ROW] });
      },
      end: () => {
        log.push('end');
        return Promise.resolve();
      },
    };
    return client as unknown as pg.Client;
  });
  return { session, log };
}

describe('the session that watches the archive', () => {
  it('is made once, whatever is asked', async () => {
    const { session, log } = sessions();
    expect(await session.archiverState()).toMatchObject({ at: 1_000_000, waitingSince: null });
    await session.archiverState();
    await session.end();
    expect(log).toEqual(['connect', 'query', 'query', 'end']);
  });

  it.each([
    ['lost', ['connect', 'query', 'end', 'connect', 'query']],
    ['refused', ['connect', 'end', 'connect', 'query']],
  ] as const)('is made anew after it was %s', async (fate, expected) => {
    const { session, log } = sessions(fate, 'answers');
    await expect(session.archiverState()).rejects.toThrow(fate);
    await session.archiverState();
    expect(log).toEqual(expected);
  });
});
