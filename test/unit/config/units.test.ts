import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../config/units.ts';

const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('sizes', () => {
  it.each([
    ['0B', 0],
    ['1B', 1],
    ['1KiB', 1024],
    ['512MiB', 536_870_912],
    ['8GiB', 8_589_934_592],
  ])('%s is %i bytes', (text, value) => {
    expect(parseSize(text)).toEqual({ value });
  });

  it('are written so that they are read back to the same number', () => {
    fc.assert(
      fc.property(whole, (bytes) => expect(parseSize(formatSize(bytes))).toEqual({ value: bytes })),
    );
  });

  it.each([
    ['1G', 'but the units are B, KiB, MiB and GiB: write "1GiB"'],
    ['1Gi', 'but the units are B, KiB, MiB and GiB: write "1GiB"'],
    ['64kB', 'but the units are B, KiB, MiB and GiB: write "64KiB"'],
    ['1PB', 'but the units are B, KiB, MiB and GiB: write "512MiB"'],
    ['+1GiB', 'but the units are B, KiB, MiB and GiB: write "1GiB"'],
    ['1GiB\n', 'but the units are B, KiB, MiB and GiB: write "1GiB"'],
    [512, 'but has no unit (B, KiB, MiB, GiB): write "512MiB"'],
    ['1.5GiB', 'but must be a whole number with a unit: use a smaller unit'],
    ['-1GiB', 'but must be more than zero: write for example "512MiB"'],
    ['1e3MiB', 'but must be a number with a unit: write for example "512MiB"'],
    ['1 000MiB', 'but must be a number with a unit: write for example "512MiB"'],
    [Number.NaN, 'but must be a number with a unit: write for example "512MiB"'],
    [null, 'but must be a number with a unit: write for example "512MiB"'],
    ['9007199254740993GiB', 'but is too large: lower it'],
  ])('%j is refused', (text, problem) => {
    expect(parseSize(text)).toEqual({ problem });
  });
});

describe('durations', () => {
  it.each([
    ['1500ms', 1500],
    ['30s', 30_000],
    ['5min', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%s is %i milliseconds', (text, value) => {
    expect(parseDuration(text)).toEqual({ value });
  });

  it('are written so that they are read back to the same number', () => {
    fc.assert(
      fc.property(whole, (ms) => expect(parseDuration(formatDuration(ms))).toEqual({ value: ms })),
    );
  });

  it.each([
    [1000, 'but has no unit (ms, s, min, h, d): write "1000ms"'],
    ['5m', 'but the units are ms, s, min, h and d: write "5min"'],
    ['5 millis', 'but the units are ms, s, min, h and d: write "5ms"'],
    ['1w', 'but the units are ms, s, min, h and d: write "30s"'],
  ])('%j is refused', (text, problem) => {
    expect(parseDuration(text)).toEqual({ problem });
  });
});

it('no text whatever makes a parser throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (text) => {
      expect([parseSize(text), parseDuration(text)]).toHaveLength(2);
    }),
  );
});
