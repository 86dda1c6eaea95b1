import { places } from '../../lib/paths.ts';
import type { Command } from '../command.ts';
import { generators, write } from '../generated.ts';

export const command: Command = {
  summary: 'write the reference of commands and settings: docs/reference/',
  details: 'The commands and the schema are its source. `plinth check` fails when it is stale.',
  options: {},
  run: () => write(places().root, generators.docs),
};
