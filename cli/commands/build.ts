import { imageBuilds } from '../../bootstrap/image-list.ts';
import { places } from '../../lib/paths.ts';
import type { Command } from '../command.ts';
import { generators, write } from '../generated.ts';

export const command: Command = {
  summary: 'write what is generated: JSON Schema, reference, programs of images',
  details:
    'TypeScript runs as it is, so there is nothing else to build. A program of ours that runs in an image is written as\n' +
    'JavaScript, with its npm packages, to the folder that set-up builds the image from. No Docker is needed.',
  options: {},
  run: async () => {
    const { root } = places();
    for (const generator of Object.values(generators)) {
      const code = await write(root, generator);
      if (code !== 0) return code;
    }
    for (const { reference, context } of Object.values(imageBuilds(root))) {
      // Only an image with a program is built from a folder that is made.
      if (context.includes('/.plinth/')) console.log(`✓ ${context}/program/ for ${reference}`);
    }
    return 0;
  },
};
