import { describe, expect, it } from '@jest/globals';
import { ageKey } from '../../../../components/backup/age.ts';

describe('an age key', () => {
  it('is what age-keygen -y says of it', () => {
    // printf %s AGE-SECRET-KEY-1… | age-keygen -y, of age 1.2.1
    expect(ageKey(Buffer.alloc(32, 7).toString('base64'))).toEqual({
      identity: 'AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K',
      recipient: 'age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt',
    });
  });

  it('takes 32 bytes, and no other number', () => {
    expect(() => ageKey(Buffer.alloc(16).toString('base64'))).toThrow(
      'an age key has 32 bytes, not 16',
    );
  });
});
