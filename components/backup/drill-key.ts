import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { ageKey } from './age.ts';

/**
 * The key with which the drill opens backups. It is the stack's own, so that whoever holds the recipients' keys does
 * not have to leave them on the machine.
 */
export class DrillKey extends pulumi.ComponentResource {
  readonly identity: pulumi.Output<string>;
  /** Public, so that it can be read in a preview. */
  readonly recipient: pulumi.Output<string>;

  constructor(
    name: string,
    args: { readonly rotation: number },
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:backup:DrillKey', name, {}, opts);
    const { base64 } = new random.RandomBytes(
      name,
      { length: 32, keepers: { rotation: String(args.rotation) } },
      { parent: this },
    );
    const key = pulumi.secret(base64).apply(ageKey);
    this.identity = key.identity;
    this.recipient = pulumi.unsecret(key.recipient);
    this.registerOutputs();
  }
}
