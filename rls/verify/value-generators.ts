/** Words that may be a value of a column, best first; Postgres itself picks those that fit the type and the checks. */

export interface Hints {
  /** Expressions of the checks that name the column. */
  readonly checks: readonly string[];
  /** Labels of its enumeration. */
  readonly labels: readonly string[];
}

const MAX_LENGTH = 200;
const PLAIN = [
  '1',
  '0',
  '5',
  '50',
  '0.5',
  '1000',
  '-1',
  'true',
  'false',
  'a',
  'A',
  'plinth',
  'en',
  'EN',
  'DE',
  'EUR',
  'UTC',
  '2001-02-03 04:05:06+00',
  '2035-02-03 04:05:06+00',
  'now',
  '1 day',
  '12:00',
  '{}',
  '[]',
  '{1}',
  '{"a": 1}',
  'empty',
  '127.0.0.1',
  '08:00:2b:01:02:03',
  '\\x00',
  '(1,1)',
  '101',
];

/** Values that nobody has yet, as likely as chance makes it. */
export function freshWords({ checks }: Hints, hex: () => string): string[] {
  const digits = () => [...hex()].map((letter) => String(parseInt(letter, 16) % 10)).join('');
  const letters = () =>
    [...hex()].map((letter) => String.fromCharCode(97 + parseInt(letter, 16))).join('');
  const long = (make: () => string, length: number): string => {
    let text = '';
    while (text.length < length) text += make();
    return text.slice(0, length);
  };
  const date = () => new Date((1e9 + (parseInt(hex().slice(0, 7), 16) % 6e8)) * 1000).toISOString();
  const lengths = numbersIn(checks).filter((n) => Number.isInteger(n) && n > 0 && n <= MAX_LENGTH);
  return [
    `p${hex().slice(0, 11)}`,
    uuidFrom(hex() + hex()),
    // Small enough for a smallint, then for an integer, without a leading zero.
    `1${digits().slice(0, 3)}`,
    `1${digits().slice(0, 8)}`,
    hex().slice(0, 8).toUpperCase(),
    long(letters, 8),
    long(letters, 8).toUpperCase(),
    `${long(letters, 8)}@example.org`,
    `https://example.org/${hex()}`,
    `+4930${digits().slice(0, 7)}`,
    `#${hex().slice(0, 6)}`,
    `{${hex()}}`,
    `{"proof": "${hex()}"}`,
    `[${digits().slice(0, 8).replace(/^0+/, '1')},)`,
    date(),
    hex(),
    ...lengths.flatMap((length) => [
      long(hex, length),
      long(hex, length).toUpperCase(),
      `1${long(digits, length - 1)}`,
      long(letters, length),
      long(letters, length).toUpperCase(),
    ]),
    ...wordsIn(checks).flatMap((word) =>
      /[%_]/.test(word)
        ? [hex().slice(0, 8), digits().slice(0, 8)].map((filler) =>
            word.replaceAll('%', filler).replaceAll('_', filler.slice(0, 1)),
          )
        : [],
    ),
  ];
}

/** Words that others may have as well, those of the checks first. */
export function plainWords({ checks, labels }: Hints): string[] {
  const numbers = numbersIn(checks).flatMap((n) => [n, n + 1, n - 1].map(String));
  return [...new Set([...labels, ...wordsIn(checks), ...numbers, ...PLAIN])];
}

/** String constants of SQL. */
function wordsIn(checks: readonly string[]): string[] {
  return checks.flatMap((check) =>
    [...check.matchAll(/'((?:[^']|'')*)'/g)].flatMap(([, word = '']) => {
      const text = word.replaceAll("''", "'");
      // An array's constant holds its elements.
      const elements = /^\{(.*)\}$/.exec(text)?.[1]?.split(',') ?? [];
      return [text, ...elements.map((element) => element.replace(/^"(.*)"$/, '$1'))];
    }),
  );
}

function numbersIn(checks: readonly string[]): number[] {
  const found = checks.flatMap((check) =>
    [...check.matchAll(/-?\b\d+(?:\.\d+)?\b/g)].map(([number]) => Number(number)),
  );
  return [...new Set(found)];
}

function uuidFrom(hex: string): string {
  return hex.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}
