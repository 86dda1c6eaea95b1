import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';

/** A key that signs tenants' tokens: 32 random bytes in hexadecimal, and the name that tokens say it by. */
export interface TokenKey {
  readonly id: string;
  readonly secret: pulumi.Output<string>;
}

/**
 * The key of this rotation and the one before it: tokens signed with either are taken, so that a rotation refuses
 * nobody. Raise the number again to end the older one.
 */
export class TokenKeys extends pulumi.ComponentResource {
  readonly current: TokenKey;
  /** Secrets by id, of both keys. */
  readonly all: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    name: string,
    args: { readonly rotation: number },
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super('plinth:access:TokenKeys', name, {}, opts);
    const { rotation } = args;
    this.current = tokenKey(name, rotation, this);
    const before = rotation > 1 ? [tokenKey(name, rotation - 1, this)] : [];
    this.all = Object.fromEntries([this.current, ...before].map(({ id, secret }) => [id, secret]));
    this.registerOutputs();
  }
}

/** Two resources take turns, so that a rotation makes one new key and keeps the other. */
function tokenKey(name: string, rotation: number, parent: pulumi.Resource): TokenKey {
  const { hex } = new random.RandomBytes(
    `${name}-${rotation % 2 === 1 ? 'odd' : 'even'}`,
    { length: 32, keepers: { rotation: String(rotation) } },
    { parent },
  );
  return { id: `k${rotation}`, secret: pulumi.secret(hex) };
}
