import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseTag, imageBelow, imageBuilds, imageNames } from '../../../bootstrap/image-list.ts';

const root = join(import.meta.dirname, '../../..');

describe('imageBuilds', () => {
  it('names every image by its content and hands it what it stands on', () => {
    const builds = imageBuilds(root);
    expect(Object.keys(builds)).toEqual([...imageNames]);
    for (const name of imageNames) {
      expect(builds[name].reference).toMatch(new RegExp(`^plinth/${name}:[0-9a-f]{12}$`));
      const { on } = builds[name];
      expect(builds[name].buildArgs['BASE']).toBe(on?.reference ?? `plinth/base:${baseTag(root)}`);
    }
    const standing = imageNames.filter((name) => builds[name].on !== undefined);
    expect(standing).toEqual(['postgres', 'backup']);
    for (const name of standing) expect(builds[name].on).toBe(builds[imageBelow(name) ?? 'redis']);
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
