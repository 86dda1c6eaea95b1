import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from './part.ts';

/** This very process: bootstrap.mjs has found or brought it. */
export const node: Part = {
  id: 'node',
  title: 'Node',
  needs: [],
  find: (context) => {
    const own = process.execPath.startsWith(context.places.root);
    return Promise.resolve({
      version: process.versions.node,
      origin: own ? 'official' : 'system',
      ...(own ? { note: "npm's package of the official build" } : {}),
    });
  },
  how: 'comes with the npm packages',
};

export const npmPackages: Part = {
  id: 'npm',
  title: 'npm packages',
  needs: [],
  find: (context) =>
    Promise.resolve(
      existsSync(join(context.places.root, 'node_modules', '@pulumi', 'pulumi', 'package.json'))
        ? { version: 'as in package-lock.json', origin: 'official' }
        : { missing: 'the npm packages are missing', remedy: "run 'npm ci'" },
    ),
  how: 'npm ci',
};
