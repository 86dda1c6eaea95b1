import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scramVerifier } from '../../../../components/roles/scram.ts';
import { runs } from '../../../support/runs.ts';

/** What Postgres 17.11 itself stored for these passwords, with the salts that it chose. */
const FROM_POSTGRES = [
  [
    'correct horse battery staple',
    'TX+Vf4lrj4BHE1yhEfKqDw==',
    'SCRAM-SHA-256$4096:TX+Vf4lrj4BHE1yhEfKqDw==$AUknWYqaAK0gfXZ1qNvUP3xvLdg9dFFY4wCXtDaF17E=:9fD5pSG9wmT3Nh12ZosfelH7H0talAEwUeykq9uZNwE=',
  ],
  [
    // Letters that have more than one spelling: normalised before they are hashed.
    'Ünïcödé ﬁ ½ pass',
    'tuyyJ8a5S6l6urnvPRwjrg==',
    'SCRAM-SHA-256$4096:tuyyJ8a5S6l6urnvPRwjrg==$4iHo/hjrIkgTJZMuUbmWme486gj6gzJrU0zyW1I0/1k=:YWxcRc/6hbz4DrRDluNH3j2E9G7WZz30/+EepwxS9Fs=',
  ],
] as const;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const salts = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(base64);
const passwords = fc.string({ minLength: 1, maxLength: 40 });
/** Each try takes some milliseconds of hashing. */
const FEW = { numRuns: runs(25) };

describe('the verifier', () => {
  it.each(FROM_POSTGRES)('of %p is what Postgres keeps', (password, salt, verifier) => {
    expect(scramVerifier(password, salt)).toBe(verifier);
  });

  it('has the form by which Postgres knows it from a password', () => {
    fc.assert(
      fc.property(passwords, salts, (password, salt) => {
        const [, kept, storedKey, serverKey] =
          /^SCRAM-SHA-256\$4096:([^$]+)\$([^:]+):(.+)$/.exec(scramVerifier(password, salt)) ?? [];
        expect(kept).toBe(salt);
        for (const key of [storedKey, serverKey]) {
          expect(Buffer.from(key ?? '', 'base64')).toHaveLength(32);
        }
      }),
      FEW,
    );
  });

  it('is the same for the same password and salt, or every update would change it', () => {
    fc.assert(
      fc.property(passwords, salts, (password, salt) => {
        expect(scramVerifier(password, salt)).toBe(scramVerifier(password, salt));
      }),
      FEW,
    );
  });

  it('differs between passwords and between salts, in both keys', () => {
    const keys = (verifier: string): string[] => verifier.split('$')[2]?.split(':') ?? [];
    fc.assert(
      fc.property(passwords, salts, salts, (password, salt, other) => {
        fc.pre(salt !== other);
        const [first, second, third] = [
          scramVerifier(password, salt),
          scramVerifier(password, other),
          scramVerifier(`${password}x`, salt),
        ].map(keys);
        expect(new Set([...(first ?? []), ...(second ?? []), ...(third ?? [])]).size).toBe(6);
      }),
      FEW,
    );
  });

  it('holds no letter of the password', () => {
    expect(scramVerifier('canary-canary-canary', 'TX+Vf4lrj4BHE1yhEfKqDw==')).not.toMatch(
      /canary/i,
    );
  });
});
