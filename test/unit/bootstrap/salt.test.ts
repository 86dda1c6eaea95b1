import { describe, expect, it } from '@jest/globals';
import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { makeSalt, withSalt } from '../../../bootstrap/salt.ts';

describe('makeSalt', () => {
  it('proves the passphrase: what is sealed in it opens with the key of passphrase and salt', () => {
    const salt = makeSalt('correct horse', Buffer.alloc(8, 1), Buffer.alloc(12, 2));
    const [version, salted, inner, nonce, sealed] = salt.split(':');
    expect([version, salted, inner, nonce]).toEqual([
      'v1',
      'AQEBAQEBAQE=',
      'v1',
      'AgICAgICAgICAgIC',
    ]);
    const bytes = Buffer.from(sealed ?? '', 'base64');
    const key = pbkdf2Sync('correct horse', Buffer.alloc(8, 1), 1_000_000, 32, 'sha256');
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.alloc(12, 2));
    decipher.setAuthTag(bytes.subarray(-16));
    const opened = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    expect(opened.toString()).toBe('pulumi');
  });
});

describe('withSalt', () => {
  it('adds one line at the end and leaves the rest as it was', () => {
    expect(withSalt('config:\n  a: { b: 1 }   # why\n', 'v1:x')).toBe(
      'config:\n  a: { b: 1 }   # why\nencryptionsalt: v1:x\n',
    );
    expect(withSalt('config: {}', 'v1:x')).toBe('config: {}\nencryptionsalt: v1:x\n');
    expect(withSalt('', 'v1:x')).toBe('encryptionsalt: v1:x\n');
  });

  it('leaves a salt alone that is there', () => {
    const file = 'encryptionsalt: v1:y\nconfig: {}\n';
    expect(withSalt(file, 'v1:x')).toBe(file);
  });
});
