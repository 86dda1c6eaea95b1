import { describe, expect, it } from '@jest/globals';
import { isFor } from '../../../../backup/store/recipients.ts';

const made = (...recipients: string[]) => ({ encryption: { recipients, gpgFingerprints: [] } });
const now = { encryption: { recipients: ['age1drill', 'age1ops'], gpgKeys: [] } };

describe('a backup is for those who are to open backups now', () => {
  it('when all of them are among its recipients', () => {
    expect(isFor(made('age1ops', 'age1drill', 'age1gone'), now)).toBe(true);
  });

  it('and not when one is missing, or nobody knows', () => {
    expect(isFor(made('age1ops'), now)).toBe(false);
    expect(isFor(made(), now)).toBe(false);
    expect(isFor(null, now)).toBe(false);
  });
});
