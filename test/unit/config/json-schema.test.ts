import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackFileSchema } from '../../../config/json-schema.ts';

const root = join(__dirname, '../../..');

/** Every setting's path, and what an editor says about it. */
function settings(schema: Record<string, unknown>, path = ''): [string, unknown][] {
  const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>;
  return Object.entries(properties).flatMap(([key, inner]) => [
    [path === '' ? key : `${path}.${key}`, inner['description']] as [string, unknown],
    ...settings(inner, path === '' ? key : `${path}.${key}`),
  ]);
}

describe('config.schema.json', () => {
  it('is what the schema says', () => {
    expect(JSON.parse(readFileSync(join(root, 'config.schema.json'), 'utf8'))).toEqual(
      stackFileSchema(),
    );
  });

  it('explains every setting', () => {
    const all = settings(stackFileSchema());
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter(([, description]) => typeof description !== 'string')).toEqual([]);
  });

  it('refuses unknown keys, except those of other namespaces', () => {
    const text = JSON.stringify(stackFileSchema());
    expect(text).toContain('"^(?!plinth:)":{}');
    expect(text).not.toContain('"additionalProperties":{}');
  });
});
