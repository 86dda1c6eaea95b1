// Which volume an environment serves is a line of its file.

import { isMap, parseDocument } from 'yaml';
import { UserError } from '../../lib/errors.ts';
import { defaultVolume } from './volumes.ts';

const GROUP = 'plinth:postgres';

/**
 * The text of an environment's file with another volume in it. Comments and everything else stay as they are.
 *
 * @param volume undefined takes the line out: the environment goes back to the volume that it had at first
 * @throws Problem for a file that cannot be changed without losing something
 */
export function withVolume(text: string, volume: string | undefined, file: string): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new UserError(
      `${file} is no YAML (${document.errors[0]?.message ?? ''})`,
      'set it right and run the command again',
    );
  }
  const group: unknown = document.getIn(['config', GROUP]);
  if (group !== undefined && !isMap(group)) {
    throw new UserError(
      `${file} has ${GROUP} in a form that this command does not change`,
      `write volume: { name: ${volume ?? '…'} } into it and run 'npx plinth up'`,
    );
  }
  const path = ['config', GROUP, 'volume', 'name'];
  if (volume === undefined) {
    if (!document.hasIn(path)) return text;
    document.deleteIn(path);
    prune(document, ['config', GROUP, 'volume']);
    prune(document, ['config', GROUP]);
  } else document.setIn(path, volume);
  return document.toString({ lineWidth: 0 });
}

/** Takes a group out that has become empty. */
function prune(document: ReturnType<typeof parseDocument>, path: readonly string[]): void {
  const group: unknown = document.getIn(path);
  if (isMap(group) && group.items.length === 0) document.deleteIn(path);
}

/** One update on the way: what the environment's file says by then. */
export interface Step {
  readonly text: string;
  /** Further arguments of `pulumi up`. */
  readonly up: readonly string[];
}

/**
 * The updates that make an environment serve another volume. The last one puts the present passwords into what was
 * restored. Where `destroy` deletes data, the volume served until now is first taken out of that: it is the way back.
 */
export function stepsTo(volume: string, text: string, stack: string, file: string): Step[] {
  const name = volume === defaultVolume(stack) ? undefined : volume;
  const wanted = withVolume(text, name, file);
  const steps = [
    { text: wanted, up: [] },
    { text: wanted, up: ['--refresh'] },
  ];
  const document = parseDocument(text);
  const path = ['config', GROUP, 'volume', 'onDestroy'];
  if (document.getIn(path) !== 'delete') return steps;
  document.setIn(path, 'keep');
  const kept = document.toString({ lineWidth: 0 });
  return [
    { text: kept, up: [] },
    { text: withVolume(kept, name, file), up: [] },
    ...steps.slice(1),
  ];
}

/** The volume that an environment's file names; undefined where it names none. */
export function volumeIn(text: string): string | undefined {
  const name: unknown = parseDocument(text).getIn(['config', GROUP, 'volume', 'name']);
  return typeof name === 'string' ? name : undefined;
}
