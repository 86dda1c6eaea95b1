import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderSamples, type Families } from '../../../lib/metrics.ts';

const families: Families = {
  a_total: { type: 'counter', help: 'With a \\ and\na break.' },
  h_seconds: { type: 'histogram', help: 'Times.' },
};

/** What stands in a label, as Prometheus reads it. */
function readLabel(line: string): string {
  const text = /^x\{l="((?:[^"\\\n]|\\["\\n])*)"\} 1$/.exec(line)?.[1];
  if (text === undefined) throw new Error(`no line of Prometheus: ${line}`);
  return text.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
}

describe('a page', () => {
  it('has each family once, with what it is', () => {
    expect(
      renderSamples(
        [
          { name: 'a_total', value: 1, labels: { part: 'x' } },
          { name: 'h_seconds', part: 'bucket', value: 1, labels: { le: '+Inf' } },
          { name: 'a_total', value: 2.5, labels: { part: 'y', role: 'z' } },
          { name: 'h_seconds', part: 'sum', value: 0.25 },
          { name: 'unknown', value: -1 },
        ],
        families,
      ),
    ).toBe(
      '# HELP a_total With a \\\\ and\\na break.\n# TYPE a_total counter\n' +
        'a_total{part="x"} 1\na_total{part="y",role="z"} 2.5\n' +
        '# HELP h_seconds Times.\n# TYPE h_seconds histogram\n' +
        'h_seconds_bucket{le="+Inf"} 1\nh_seconds_sum 0.25\n' +
        'unknown -1\n',
    );
  });

  it('leaves out what is no number', () => {
    expect(renderSamples([{ name: 'a_total', value: NaN }], families)).toBe('');
    expect(renderSamples([], families)).toBe('');
  });

  it('keeps any label in its quotes, on its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const page = renderSamples([{ name: 'x', value: 1, labels: { l: text } }], {});
        expect(page.endsWith('\n')).toBe(true);
        expect(readLabel(page.slice(0, -1))).toBe(text);
      }),
    );
    expect(
      readLabel(renderSamples([{ name: 'x', value: 1, labels: { l: 'a\ud800' } }], {}).trim()),
    ).toBe('a\ufffd');
  });
});
