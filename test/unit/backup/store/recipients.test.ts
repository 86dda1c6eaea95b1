import { describe, expect, it } from '@jest/globals';
import { isReadableByAll } from '../../../../backup/store/recipients.ts';

const made = (...recipients: string[]) => ({ encryption: { recipients, gpgFingerprints: [] } });
const now = { encryption: { recipients: ['age1drill', 'age1ops'], gpgKeys: [] } };

describe('a backup is for those who are to open backups now', () => {
  it('when all of them are among its recipients', () => {
    expect(isReadableByAll(made('age1ops', 'age1drill', 'age1gone'), now)).toBe(true);
  });

  it('and not when one is missing, or nobody knows', () => {
    expect(isReadableByAll(made('age1ops'), now)).toBe(false);
    expect(isReadableByAll(made(), now)).toBe(false);
    expect(isReadableByAll(null, now)).toBe(false);
  });
});
