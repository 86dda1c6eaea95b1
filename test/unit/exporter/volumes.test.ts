import { describe, expect, it } from '@jest/globals';
import { tmpdir } from 'node:os';
import { volumes } from '../../../exporter/collectors/volumes.ts';

describe('volumes', () => {
  it('are as full as their file system', async () => {
    const samples = await volumes([{ volume: 'prometheus', path: tmpdir() }]).collect();
    const value = (name: string): number => samples.find((one) => one.name.endsWith(name))!.value;
    expect(value('size_bytes')).toBeGreaterThan(value('available_bytes'));
    expect(value('available_bytes')).toBeGreaterThan(0);
    expect(samples.every(({ labels }) => labels?.['volume'] === 'prometheus')).toBe(true);
    for (const one of samples.filter(({ name }) => name.endsWith('_ratio'))) {
      expect(one.value).toBeGreaterThan(0);
      expect(one.value).toBeLessThanOrEqual(1);
    }
  });

  it('are shown even where one is missing', async () => {
    const some = volumes([
      { volume: 'gone', path: '/nowhere/at/all' },
      { volume: 'here', path: tmpdir() },
    ]);
    await expect(some.collect()).rejects.toMatchObject({
      message: expect.stringContaining('/nowhere/at/all'),
      samples: expect.arrayContaining([expect.objectContaining({ labels: { volume: 'here' } })]),
    });
  });
});
