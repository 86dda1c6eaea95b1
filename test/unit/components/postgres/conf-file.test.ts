import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { confValue } from '../../../../components/postgres/conf-file.ts';
import { runs } from '../../../support/runs.ts';

/**
 * Reads a value as Postgres's guc-file.l does: a quoted text, in which '' is a quote and a backslash
 * begins an escape, or a bare word. Undefined for what Postgres would refuse.
 */
function read(written: string): string | undefined {
  if (/^[-+]?[\w.]+$/.test(written)) return written;
  const quoted = /^'((?:[^'\\\n]|\\.|'')*)'$/.exec(written)?.[1];
  const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
  return quoted?.replaceAll(/''|\\(.)/g, (pair, letter: string | undefined) =>
    letter === undefined ? pair.slice(1) : (escapes[letter] ?? letter),
  );
}

const printable = fc.string({ unit: 'binary' }).filter(
  // eslint-disable-next-line no-control-regex
  (text) => !/[\0-\x1f]/.test(text),
);

describe('a value in postgresql.conf', () => {
  it.each([
    ['scram-sha-256', "'scram-sha-256'"],
    ['', "''"],
    ["it's", "'it''s'"],
    ['C:\\data', "'C:\\\\data'"],
    ["\\'", "'\\\\'''"],
    ['%m [%p] %q%u@%d/%a ', "'%m [%p] %q%u@%d/%a '"],
    ["x' # y", "'x'' # y'"],
    [40, '40'],
    [-1, '-1'],
    [0.9, '0.9'],
    [true, 'on'],
    [false, 'off'],
  ])('%p is written %p', (value, written) => {
    expect(confValue(value)).toBe(written);
  });

  it('reads back as what it was, whatever it was', () => {
    fc.assert(
      fc.property(printable, (text) => {
        expect(read(confValue(text))).toBe(text);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('reads back as what it was when it is made of quotes and backslashes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', 'n', '#', ' ') }), (text) => {
        expect(read(confValue(text))).toBe(text);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('stays on its line: a control character is refused, and shown without doing harm', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x1f }), printable, printable, (code, a, b) => {
        const text = a + String.fromCharCode(code) + b;
        expect(() => confValue(text)).toThrow(
          `a setting is ${JSON.stringify(text)}: control characters are not allowed`,
        );
      }),
    );
  });
});
