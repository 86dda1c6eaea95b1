/** Images that a test runs on their own. */
import path from 'node:path';
import { hasImage } from '../../bootstrap/built-image.ts';
import { buildChain, buildCommand } from '../../bootstrap/image-build.ts';
import { imageBuilds, type ImageName } from '../../bootstrap/image-list.ts';
import { docker } from './stack.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** What an image of the checkout is called; built as set-up does, with those it stands on, where it is missing. */
export async function builtImage(name: ImageName): Promise<string> {
  const wanted = imageBuilds(PROJECT)[name];
  for (const build of buildChain(wanted)) {
    if (await hasImage(build.reference)) continue;
    await docker(...buildCommand({ ...build, context: path.join(PROJECT, build.context) }));
  }
  return wanted.reference;
}
