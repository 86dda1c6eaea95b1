import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { scramVerifier } from './scram.ts';

/**
 * A random password and what Postgres keeps of it. A new `generation` makes a new one.
 * 32 letters and digits (190 bits): no character that a URL, a shell or a file would have to escape.
 */
export class Password extends pulumi.ComponentResource {
  readonly clear: pulumi.Output<string>;
  /** SCRAM-SHA-256 verifier, stable for as long as the password is. */
  readonly verifier: pulumi.Output<string>;

  constructor(
    name: string,
    args: { readonly generation: number },
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:roles:Password', name, {}, opts);
    const keepers = { generation: String(args.generation) };
    const password = new random.RandomPassword(
      name,
      { length: 32, special: false, keepers },
      { parent: this },
    );
    const salt = new random.RandomBytes(`${name}-salt`, { length: 16, keepers }, { parent: this });
    this.clear = pulumi.secret(password.result);
    this.verifier = pulumi.secret(
      pulumi
        .all([password.result, salt.base64])
        .apply(([text, bytes]) => scramVerifier(text, bytes)),
    );
    this.registerOutputs();
  }
}
