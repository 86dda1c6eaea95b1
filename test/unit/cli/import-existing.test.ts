import { describe, expect, it } from '@jest/globals';
import { shouldImport, type ExistingObjects } from '../../../cli/import-existing.ts';

const kept: ExistingObjects = {
  volume: true,
  volumeInState: false,
  ownerInState: false,
  ownerInServer: undefined,
};

describe('taking over kept data', () => {
  it.each([
    ['a volume that an earlier stack left', kept, true],
    ['no volume', { ...kept, volume: false }, false],
    ['a running environment', { ...kept, volumeInState: true, ownerInState: true }, false],
    ['a first up killed before the server ran', { ...kept, volumeInState: true }, false],
    ['a first up killed before the roles', { ...kept, ownerInServer: false }, false],
    [
      'a take-over killed before the roles',
      { ...kept, volumeInState: true, ownerInServer: true },
      true,
    ],
  ])('%s', (_what, known, expected) => {
    expect(shouldImport(known)).toBe(expected);
  });
});
