import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { ImageBuild } from '../toolchain/image-list.ts';

/**
 * The environment's images, built where they are not there yet. A changed Dockerfile or version
 * shows in the preview as a new image.
 */
export class Images<Name extends string> extends pulumi.ComponentResource {
  /** Image id by name. */
  readonly ids: Readonly<Record<Name, pulumi.Output<string>>>;

  constructor(
    name: string,
    sources: Readonly<Record<Name, ImageBuild>>,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:index:Images', name, {}, opts);
    const build = (part: Name) => {
      const { reference, context, buildArgs } = sources[part];
      const image = new docker.RemoteImage(
        `${name}-${part}`,
        {
          name: reference,
          build: { context, tags: [reference], buildArgs },
          // Other stacks, and the next `up`, use the same image.
          keepLocally: true,
        },
        { parent: this },
      );
      return image.imageId;
    };
    const names = Object.keys(sources) as Name[];
    this.ids = Object.fromEntries(names.map((part) => [part, build(part)])) as Record<
      Name,
      pulumi.Output<string>
    >;
    this.registerOutputs();
  }
}
