// Whether Docker has an image, and the ones that set-up builds.

import { imageBuilds, type ImageName } from './image-list.ts';
import { runSetup } from './part.ts';
import { places } from './places.ts';
import { Problem } from './problem.ts';
import { run } from './run.ts';

/** Whether the engine has an image of that name. */
export async function hasImage(reference: string): Promise<boolean> {
  const { code } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', reference]);
  return code === 0;
}

/**
 * What an image of this checkout is called.
 *
 * @throws Problem when set-up has not built it
 */
export async function builtImage(name: ImageName): Promise<string> {
  const { reference } = imageBuilds(places().root)[name];
  if (await hasImage(reference)) return reference;
  throw new Problem(`the image ${reference} is not built`, runSetup);
}
