import { createHash } from 'node:crypto';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { EnvironmentContext } from '../types.ts';
import { labels, physicalName } from './names.ts';

export interface ConfigVolumeArgs extends Pick<EnvironmentContext, 'stack' | 'baseImage'> {
  readonly part: string;
  /** `public`: readable by all, shown in previews. `secret`: owner only, never shown. */
  readonly root: 'public' | 'secret';
  /** Numeric user that reads the files. */
  readonly uid: number;
  /** Content by file name. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
}

const MOUNT_PATHS = { public: '/etc/plinth', secret: '/run/secrets' } as const;

/**
 * A volume with files in it, for a container with a read-only root, into which nothing can be
 * uploaded. The files are carried there by a holder: a container that is never started.
 */
export class ConfigVolume extends pulumi.ComponentResource {
  /** Volume to mount at `path`, read-only. */
  readonly volume: pulumi.Output<string>;
  readonly path: string;
  /** Changes when a file does; made a label of the service, so that it follows. Never secret. */
  readonly hash: pulumi.Output<string>;

  constructor(name: string, args: ConfigVolumeArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('plinth:container:FileRoot', name, {}, opts);
    this.path = MOUNT_PATHS[args.root];
    this.hash = contentHash(args.files);

    const volume = new docker.Volume(
      `${name}-volume`,
      {
        name: physicalName(args.stack, args.part, args.root),
        labels: labels(args.stack, args.part),
      },
      { parent: this },
    );
    this.volume = volume.name;

    new docker.Container(
      `${name}-holder`,
      {
        name: physicalName(args.stack, args.part, args.root, 'files'),
        // Never run. It must be an image without a user of its own: with one, the engine gives
        // every uploaded file to that user, whom it looks for among the host's.
        image: args.baseImage,
        command: ['true'],
        start: false,
        mustRun: false,
        networkMode: 'none',
        logDriver: 'json-file',
        labels: labels(args.stack, args.part, { 'plinth.kind': 'files' }),
        volumes: [{ volumeName: volume.name, containerPath: this.path }],
        uploads: Object.entries(args.files).map(([file, content]) => ({
          file: `${this.path}/${file}`,
          content,
          ...ownership(args),
        })),
      },
      // A new base image must not carry the same files there again.
      { parent: this, ignoreChanges: ['image'] },
    );
    this.registerOutputs();
  }
}

function ownership({ root, uid }: ConfigVolumeArgs) {
  return {
    owner: String(uid),
    group: String(uid),
    permissions: root === 'secret' ? '0400' : '0444',
  };
}

/** Twelve hex digits over names and contents. Safe to show: every secret file holds 128 bits or more. */
function contentHash(files: ConfigVolumeArgs['files']): pulumi.Output<string> {
  const digest = pulumi
    .output(files)
    .apply((known) =>
      createHash('sha256').update(JSON.stringify(known)).digest('hex').slice(0, 12),
    );
  return pulumi.unsecret(digest);
}
