import { describe, expect, it } from '@jest/globals';
import { pathsFor } from '../../../lib/paths.ts';
import { shellExports, shellWord } from '../../../bootstrap/environment.ts';

describe('placesFor', () => {
  it("uses the user's own folders", () => {
    const { cache, pulumiHome, state, pulumiCli } = pathsFor('/src/plinth', { HOME: '/home/ann' });
    expect(cache).toBe('/home/ann/.cache/plinth');
    expect(pulumiHome).toBe('/home/ann/.pulumi');
    expect(state).toBe('/src/plinth/.plinth/state');
    expect(pulumiCli).toMatch(/^\/home\/ann\/\.pulumi\/versions\/[\d.]+\/bin\/pulumi$/);
  });

  it.each([
    [{ HOME: '/h', XDG_CACHE_HOME: '/x' }, '/x/plinth'],
    [{ HOME: '/h', XDG_CACHE_HOME: '/x', PLINTH_CACHE: '/p' }, '/p'],
    [{ HOME: '/h', XDG_CACHE_HOME: '', PLINTH_CACHE: '' }, '/h/.cache/plinth'],
  ])('%j puts the cache into %s', (environment, expected) => {
    expect(pathsFor('/src', environment).cache).toBe(expected);
  });
});

describe('shellExports', () => {
  it('quotes what a shell would take apart', () => {
    expect(shellWord('/plain/path')).toBe('/plain/path');
    expect(shellWord("a b'c")).toBe(`'a b'\\''c'`);
    expect(shellExports(pathsFor('/my src', { HOME: '/h' }))).toContain(
      "export PULUMI_BACKEND_URL='file:///my src/.plinth/state'\n",
    );
  });
});
