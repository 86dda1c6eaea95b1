// Whether Docker has an image, and the ones that set-up builds.

import { imageBuilds, type ImageName } from './image-list.ts';
import { runSetup } from './part.ts';
import { places } from '../lib/paths.ts';
import { UserError } from '../lib/errors.ts';
import { run } from '../lib/process.ts';

/** Whether the engine has an image of that name. */
export async function hasImage(reference: string): Promise<boolean> {
  const { code } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', reference]);
  return code === 0;
}

/** The ids of those images that the engine has, by reference. Empty where no engine answers. */
export async function imageIds(
  references: readonly string[],
  host?: string,
): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run('docker', [
    ...(host === undefined ? [] : ['--host', host]),
    'image',
    'inspect',
    '--format',
    '{{.Id}}{{range .RepoTags}} {{.}}{{end}}',
    ...references,
  ]);
  return idsByReference(stdout, references);
}

/** Reads lines of an id and the names it has. */
export function idsByReference(
  text: string,
  references: readonly string[],
): ReadonlyMap<string, string> {
  const lines = text.split('\n').map((line) => line.trim().split(' '));
  return new Map(
    references.flatMap((reference) => {
      const id = lines.find(([, ...names]) => names.includes(reference))?.[0];
      return id === undefined ? [] : [[reference, id] as const];
    }),
  );
}

/**
 * What an image of this checkout is called.
 *
 * @throws Problem when set-up has not built it
 */
export async function builtImage(name: ImageName): Promise<string> {
  const { reference } = imageBuilds(places().root)[name];
  if (await hasImage(reference)) return reference;
  throw new UserError(`the image ${reference} is not built`, runSetup);
}
