import { describe, expect, it } from '@jest/globals';
import { makeOnce } from '../../../lib/once.ts';
import type { Context, Finding, Part } from '../../../bootstrap/part.ts';
import { pathsFor } from '../../../lib/paths.ts';
import { UserError } from '../../../lib/errors.ts';
import { Progress } from '../../../lib/progress.ts';
import { provideAll, SetupFailed } from '../../../bootstrap/setup.ts';

const none = new Set<string>();
const context = (ready: Context['ready']): Context => ({
  places: pathsFor('/src', {}),
  progress: new Progress(() => undefined),
  once: makeOnce(),
  ready,
});

/** A part that is missing until it is provided; `log` hears of it. */
function part(id: string, log: string[], needs: string[] = [], more: Partial<Part> = {}): Part {
  let there = false;
  return {
    id,
    title: id,
    needs,
    how: 'test',
    find: () =>
      Promise.resolve<Finding>(
        there
          ? { version: '1', origin: 'system' }
          : { missing: `${id} is missing`, remedy: 'wait' },
      ),
    provide: () => {
      log.push(id);
      there = true;
      return Promise.resolve();
    },
    ...more,
  };
}

describe('provideAll', () => {
  it('provides each missing part once, after what it needs', async () => {
    const log: string[] = [];
    const parts = [
      part('c', log, ['b']),
      part('b', log, ['a']),
      part('a', log),
      part('d', log, ['a']),
    ];
    expect(await provideAll(parts, none, context)).toBe(4);
    expect(log.indexOf('a')).toBeLessThan(log.indexOf('b'));
    expect(log.indexOf('b')).toBeLessThan(log.indexOf('c'));
    expect([...log].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await provideAll(parts, none, context)).toBe(0);
  });

  it('provides the rest before it fails, and names each problem once', async () => {
    const log: string[] = [];
    const broken = part('broken', log, [], {
      provide: () => Promise.reject(new UserError('there is no broken', 'mend it')),
    });
    const parts = [broken, part('needs it', log, ['broken']), part('free', log)];
    const failure = await provideAll(parts, none, context).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SetupFailed);
    expect((failure as SetupFailed).problems).toEqual(['there is no broken: mend it']);
    expect(log).toEqual(['free']);
  });

  it('does not fail for an optional part that nobody can provide', async () => {
    const find = (): Promise<Finding> => Promise.resolve({ missing: 'no', remedy: 'none' });
    const bare = { id: 'optional', title: 'optional', needs: [], how: 'by hand', find };
    expect(await provideAll([bare], new Set(['optional']), context)).toBe(0);
    await expect(provideAll([bare], none, context)).rejects.toThrow('no: none');
  });

  it('fails when providing did not help', async () => {
    const find = (): Promise<Finding> => Promise.resolve({ missing: 'still gone', remedy: 'look' });
    await expect(provideAll([part('p', [], [], { find })], none, context)).rejects.toThrow(
      'still gone: look',
    );
  });

  it('lets a part wait for another that it needs only sometimes', async () => {
    const log: string[] = [];
    const waiting = (own: Context) => own.ready('a').then(() => void log.push('b'));
    const find = (): Promise<Finding> =>
      Promise.resolve(
        log.includes('b') ? { version: '1', origin: 'system' } : { missing: 'b', remedy: 'wait' },
      );
    await provideAll(
      [part('b', log, [], { find, provide: waiting }), part('a', log)],
      none,
      context,
    );
    expect(log).toEqual(['a', 'b']);
  });
});
