import { describe, expect, it } from '@jest/globals';
import { assert, integer, property } from 'fast-check';
import { formatInstant, parseInstant } from '../../../../backup/pitr/instant.ts';

describe('an instant', () => {
  it.each([
    '2026-11-21T15:30:00.123456Z',
    '2026-11-21 15:30:00.123456+00',
    '2026-11-21 15:30:00.123456 UTC',
    '2026-11-21T16:30:00.123456+01:00',
    '2026-11-21T16:30:00,123456+0100',
    '2026-11-21T10:00:00.123456-05:30',
  ])('is read to the microsecond: %s', (text) => {
    expect(formatInstant(parseInstant(text))).toBe('2026-11-21T15:30:00.123456Z');
  });

  it('may be short', () => {
    expect(formatInstant(parseInstant('2026-11-21 15:30Z'))).toBe('2026-11-21T15:30:00.000000Z');
    expect(formatInstant(parseInstant('2026-11-21T15:30:01.5Z'))).toBe(
      '2026-11-21T15:30:01.500000Z',
    );
  });

  it.each(['2026-11-21', '2026-11-21T15:30', '2026-11-21 15:30:00', '2026-11-21T15:30:00.5'])(
    'needs a time zone: %s',
    (text) => {
      expect(() => parseInstant(text)).toThrow('add the time zone');
    },
  );

  it.each([
    '',
    'yesterday',
    '15:30',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00Z',
    '2026-11-21T25:00Z',
    "2026-11-21T15:30:00Z'; drop",
  ])('is none: %j', (text) => {
    expect(() => parseInstant(text)).toThrow('must be a time with a time zone');
  });

  it('is the same after it was written and read', () => {
    assert(
      property(integer({ min: 0, max: 4_000_000_000_000_000 }), (micros) => {
        expect(parseInstant(formatInstant(micros))).toBe(micros);
      }),
    );
  });
});
