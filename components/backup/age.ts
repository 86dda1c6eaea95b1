/** age's X25519 keys out of 32 random bytes, in age's own notation. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { bech32 } from '@scure/base';

export interface AgeKey {
  /** `AGE-SECRET-KEY-1…`: opens what was encrypted to `recipient`. */
  readonly identity: string;
  /** `age1…`: may be seen by everybody. */
  readonly recipient: string;
}

/** What RFC 8410 puts before the 32 bytes of an X25519 private key. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_BYTES = 32;

/**
 * @param base64 32 random bytes
 * @throws {Error} for another number of bytes
 */
export function ageKey(base64: string): AgeKey {
  const scalar = Buffer.from(base64, 'base64');
  if (scalar.length !== KEY_BYTES)
    throw new Error(`an age key has ${KEY_BYTES} bytes, not ${scalar.length}`);
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, scalar]),
    format: 'der',
    type: 'pkcs8',
  });
  const point = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
  return {
    identity: bech32.encodeFromBytes('age-secret-key-', scalar).toUpperCase(),
    recipient: bech32.encodeFromBytes('age', point),
  };
}
