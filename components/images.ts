import * as pulumi from '@pulumi/pulumi';
import { Image } from '../provider/resources.ts';
import type { ImageBuild } from '../bootstrap/image-list.ts';

export interface ImagesArgs<Name extends string> {
  readonly sources: Readonly<Record<Name, ImageBuild>>;
  /** Ids of images that the engine has, by reference. @default - each is known when its resource is done */
  readonly here?: ReadonlyMap<string, string> | undefined;
  /** Docker endpoint as in DOCKER_HOST. @default - the docker client's own */
  readonly dockerHost?: string | undefined;
}

/**
 * The environment's images: those of set-up where they are there, built where they are not. A changed Dockerfile or
 * version shows in the preview as a changed reference.
 */
export class Images<Name extends string> extends pulumi.ComponentResource {
  /** Image id by name. */
  readonly ids: Readonly<Record<Name, pulumi.Output<string>>>;

  constructor(
    name: string,
    { sources, here, dockerHost }: ImagesArgs<Name>,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:index:Images', name, {}, opts);
    const idOf = (part: Name) => {
      const source: ImageBuild = sources[part];
      const image = new Image(`${name}-${part}`, { ...source, dockerHost }, { parent: this });
      const known = here?.get(source.reference);
      // What is here has its id already, so that a preview knows which containers stay as they are.
      return known === undefined ? image.imageId : pulumi.output(known);
    };
    const names = Object.keys(sources) as Name[];
    this.ids = Object.fromEntries(names.map((part) => [part, idOf(part)])) as Record<
      Name,
      pulumi.Output<string>
    >;
    this.registerOutputs();
  }
}
