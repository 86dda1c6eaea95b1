import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseTag, imageBuilds, imageNames } from '../../../toolchain/image-list.ts';

const root = join(import.meta.dirname, '../../..');

describe('imageBuilds', () => {
  it('names every image by its content and hands it the base', () => {
    const builds = imageBuilds(root);
    expect(Object.keys(builds)).toEqual([...imageNames]);
    for (const name of imageNames) {
      expect(builds[name].reference).toMatch(new RegExp(`^plinth/${name}:[0-9a-f]{12}$`));
      expect(builds[name].buildArgs['BASE']).toBe(`plinth/base:${baseTag(root)}`);
    }
  });

  it.each(imageNames)('gives %s exactly the arguments its Dockerfile declares', (name) => {
    const { context, buildArgs } = imageBuilds(root)[name];
    const dockerfile = join(root, context, 'Dockerfile');
    expect(existsSync(dockerfile)).toBe(true);
    const declared = [...readFileSync(dockerfile, 'utf8').matchAll(/^ARG (\w+)/gm)].map(
      (match) => match[1],
    );
    expect(Object.keys(buildArgs).sort()).toEqual(declared.sort());
  });
});
