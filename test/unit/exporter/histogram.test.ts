import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Histogram } from '../../../exporter/histogram.ts';

const NAME = 'plinth_probe_duration_seconds';

describe('a histogram', () => {
  it('has each end once, whatever is added to it', () => {
    const ends = new Histogram(NAME, [0.1, 1, 0.1, 0.05])
      .samples()
      .flatMap(({ labels }) => labels?.['le'] ?? []);
    expect(ends).toEqual(['0.05', '0.1', '1', '+Inf']);
  });

  it('counts what is at most each end, all of it in the last', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        fc.array(fc.integer({ min: 0, max: 60 })),
        (bounds, values) => {
          const histogram = new Histogram(NAME, bounds);
          for (const value of values) histogram.observe(value);
          const samples = histogram.samples();
          for (const { part, labels, value } of samples) {
            if (part !== 'bucket') continue;
            const end = labels?.['le'] === '+Inf' ? Infinity : Number(labels?.['le']);
            expect(value).toBe(values.filter((one) => one <= end).length);
          }
          expect(samples.find(({ part }) => part === 'count')?.value).toBe(values.length);
          expect(samples.find(({ part }) => part === 'sum')?.value).toBe(
            values.reduce((sum, one) => sum + one, 0),
          );
        },
      ),
    );
  });
});
