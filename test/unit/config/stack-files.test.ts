/** The stack files of the repository itself. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { wantedPorts } from '../../../config/checks.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { totalMemoryBytes } from '../../../config/ports.ts';

const stacks = ['dev', 'staging', 'prod'];

function environment(stack: string) {
  const text = readFileSync(join(__dirname, '../../..', `Pulumi.${stack}.yaml`), 'utf8');
  const { config } = parse(text) as { config: Record<string, unknown> };
  const raw = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return parseEnvironment(Object.fromEntries(raw) as Record<string, string>, { stack });
}

describe('the environments', () => {
  it('are what their files say', () => {
    expect(
      stacks
        .map(environment)
        .map(({ stack, preset, postgres, application }) => [
          stack,
          preset,
          postgres.volume.onDestroy,
          application.seed,
        ]),
    ).toEqual([
      ['dev', 'small', 'delete', true],
      ['staging', 'medium', 'keep', false],
      ['prod', 'large', 'keep', false],
    ]);
  });

  it('can stand beside each other on one machine', () => {
    const ports = stacks
      .map(environment)
      .flatMap(wantedPorts)
      .map(({ port }) => port);
    expect(new Set(ports).size).toBe(24);
  });

  it('dev fits a laptop', () => {
    expect(totalMemoryBytes(environment('dev'))).toBeLessThan(3 * 1024 ** 3);
  });
});
