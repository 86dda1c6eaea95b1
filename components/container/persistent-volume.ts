import * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import { labels, physicalName } from './names.ts';
import type { EnvironmentContext } from '../types.ts';

export interface PersistentVolumeArgs extends Pick<EnvironmentContext, 'stack'> {
  readonly part: string;
  /** What is in it: the end of its name. */
  readonly holds: string;
  /** What `destroy` does with it. */
  readonly onDestroy: 'delete' | 'keep';
  /** Folder of the machine that it is. @default - Docker's own */
  readonly directory?: string | undefined;
}

/** A volume whose content is worth something without the environment. */
export function persistentVolume(
  name: string,
  { stack, part, holds, onDestroy, directory }: PersistentVolumeArgs,
  parent: pulumi.Resource,
): docker.Volume {
  return new docker.Volume(
    name,
    {
      name: physicalName(stack, part, holds),
      labels: labels(stack, part, { 'plinth.holds': holds }),
      ...(directory === undefined
        ? {}
        : { driver: 'local', driverOpts: { type: 'none', o: 'bind', device: directory } }),
    },
    // A folder of the machine stays whatever happens to the volume that shows it.
    { parent, retainOnDelete: onDestroy === 'keep' },
  );
}
