import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wrapSecrets, unwrapSecrets } from '../../../../provider/engine/secrets.ts';
import { runs } from '../../../support/runs.ts';

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const secret = (value: unknown) => ({ [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', value });
const isSecret = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (value as Record<string, unknown>)[SIGNATURE] === '1b47061264138c4ac30d75fd1eb44270';

const CANARY = 'canary-in-clear-text';
const key = fc.stringMatching(/^[a-z]{1,8}$/);

/** Values as the engine sends them: data, with secrets at any depth, all of them the canary. */
const { value: wire } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('text', '', 0, 1.5, true, null),
    fc.constant(secret(CANARY)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 2 }).map(secret),
  ),
}));
const properties = fc.dictionary(key, wire, { maxKeys: 5 });

/** What can be read of a value without the right to read secrets. */
const visible = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (isSecret(item) ? '[secret]' : item));
const holdsSecret = (value: unknown): boolean => visible(value).includes('[secret]');

describe('reveal', () => {
  it('takes the marks off, at any depth', () => {
    expect(
      unwrapSecrets({
        a: secret('x'),
        b: [1, secret({ c: secret('y') })],
        d: { e: secret(null) },
        f: 'g',
      }),
    ).toEqual({ a: 'x', b: [1, { c: 'y' }], d: { e: null }, f: 'g' });
  });

  it('leaves no mark and loses nothing else', () => {
    fc.assert(
      fc.property(properties, (sent) => {
        const plain = unwrapSecrets(sent);
        expect(JSON.stringify(plain)).not.toContain(SIGNATURE);
        expect(unwrapSecrets(plain)).toEqual(plain);
        expect(Object.keys(plain as object)).toEqual(Object.keys(sent));
        expect(JSON.stringify(plain).split(CANARY)).toHaveLength(
          JSON.stringify(sent).split(CANARY).length,
        );
      }),
    );
  });

  it('leaves what is marked as something else alone', () => {
    const asset = { [SIGNATURE]: 'another signature', value: 'x' };
    expect(unwrapSecrets(asset)).toEqual(asset);
  });
});

describe('conceal', () => {
  it('marks what was secret, or held a secret, as a whole', () => {
    const marked = { a: secret('x'), b: { c: [secret('y')] }, d: 'z' };
    expect(wrapSecrets({ a: 'x2', b: { c: ['y2'] }, d: 'z2', e: 'new' }, marked)).toEqual({
      a: secret('x2'),
      b: secret({ c: ['y2'] }),
      d: 'z2',
      e: 'new',
    });
  });

  it('keeps every secret marked that came in, and shows everything else', () => {
    fc.assert(
      fc.property(properties, (sent) => {
        const back = wrapSecrets(unwrapSecrets(sent) as Record<string, unknown>, sent);
        for (const [name, value] of Object.entries(sent)) {
          expect([name, isSecret(back[name])]).toEqual([name, holdsSecret(value)]);
        }
        expect(unwrapSecrets(back)).toEqual(unwrapSecrets(sent));
      }),
      { numRuns: runs(500) },
    );
  });

  it('lets no secret out in clear text', () => {
    fc.assert(
      fc.property(properties, (sent) => {
        expect(
          visible(wrapSecrets(unwrapSecrets(sent) as Record<string, unknown>, sent)),
        ).not.toContain(CANARY);
      }),
      { numRuns: runs(500) },
    );
  });
});
