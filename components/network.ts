import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { labels, physicalName } from './container/names.ts';

/** The stack's own network. Parts find each other by name; nothing is published by being on it. */
export class PrivateNetwork extends pulumi.ComponentResource {
  /** Physical name. */
  readonly network: pulumi.Output<string>;

  constructor(
    name: string,
    args: { readonly stack: string },
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:index:PrivateNetwork', name, {}, opts);
    this.network = new docker.Network(
      name,
      {
        name: physicalName(args.stack),
        driver: 'bridge',
        labels: labels(args.stack, 'network'),
      },
      { parent: this },
    ).name;
    this.registerOutputs();
  }
}
