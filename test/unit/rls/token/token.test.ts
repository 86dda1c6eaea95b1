import { describe, expect, it } from '@jest/globals';
import { keyIdProblem, mintToken, secretProblem } from '../../../../rls/token/token.ts';

const SECRET = '00112233445566778899aabbccddeeff'.repeat(2);
const args = {
  key: { id: 'k1', secret: SECRET },
  database: 'classrooms',
  tenant: 'ad7e0ffe-31c7-1a84-0815-c2e3382d330d',
  expiresAt: new Date(1_800_000_000_000),
};

describe('a token', () => {
  // Both were made by the three lines of Python in the docstring.
  it('is what any other language makes of the same key', () => {
    expect(mintToken(args)).toBe(
      'v1.k1.61643765306666652d333163372d316138342d303831352d633265333338326433333064.1800000000.' +
        'e9f2a935c7e32cb52f0eed6dec99f4574a28f997173b12c5d462e92a36f253ee',
    );
    const key = { id: 'key_2-B', secret: 'ff'.repeat(64) };
    expect(mintToken({ ...args, key, tenant: 'Zürich ☂' })).toBe(
      'v1.key_2-B.5ac3bc7269636820e29882.1800000000.' +
        'd8aeffa7e9f46f6ca36d28b7e178a00afa2d4f27bb1cc25f6ec46adb240040a3',
    );
  });

  it('counts whole seconds, and never lasts longer than asked', () => {
    expect(mintToken({ ...args, expiresAt: new Date(1_800_000_000_999) })).toBe(mintToken(args));
  });

  it('is not made for nobody, for no text, or for a time that has no number', () => {
    for (const tenant of ['', 'a\0b', '\ud800'])
      expect(() => mintToken({ ...args, tenant })).toThrow('tenant is empty or no text');
    for (const time of [Number.NaN, 0, -1])
      expect(() => mintToken({ ...args, expiresAt: new Date(time) })).toThrow(
        'expiresAt is no time after 1970: give a Date to come',
      );
  });

  it('is not made with a key that is none, and does not say which', () => {
    const secret = 'canary';
    const problem = () => mintToken({ ...args, key: { id: 'k1', secret } });
    expect(problem).toThrow('key secret is not hexadecimal: make one with `openssl rand -hex 32`');
    expect(problem).not.toThrow(secret);
    expect(() => mintToken({ ...args, key: { id: 'k.1', secret: SECRET } })).toThrow(
      'key id "k.1" may hold only letters, digits, - and _, and at most 32 of them',
    );
  });
});

describe('a key', () => {
  it('has an id that can stand between dots', () => {
    for (const id of ['k1', 'A-b_9', 'x'.repeat(32)]) expect(keyIdProblem(id)).toBeUndefined();
    for (const id of ['', 'x'.repeat(33), 'a b', 'ä', 'a\n'])
      expect(keyIdProblem(id)).toMatch(/may hold only/);
  });

  it('has 32 to 64 bytes', () => {
    for (const bytes of [32, 64]) expect(secretProblem('0a'.repeat(bytes))).toBeUndefined();
    expect(secretProblem('0a'.repeat(31))).toBe(
      'secret is 31 bytes long but must be 32 to 64: make one with `openssl rand -hex 32`',
    );
    expect(secretProblem('0a'.repeat(65))).toMatch(/65 bytes/);
    for (const secret of ['0', `${'0a'.repeat(32)}\n`, 'zz'.repeat(32)])
      expect(secretProblem(secret)).toMatch(/not hexadecimal/);
  });
});
