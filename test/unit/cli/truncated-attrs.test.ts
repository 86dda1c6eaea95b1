import { expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repairTruncated } from '../../../cli/recovery/truncated-attrs.ts';
import { pathsFor } from '../../../lib/paths.ts';

it('removes attributes that were cut short, and only those', () => {
  const root = mkdtempSync(join(tmpdir(), 'plinth-torn-'));
  const places = pathsFor(root, { HOME: root });
  expect(repairTruncated(places)).toEqual([]);
  const folder = join(places.state, '.pulumi', 'stacks', 'plinth');
  mkdirSync(folder, { recursive: true });
  for (const name of ['dev', 'prod']) writeFileSync(join(folder, `${name}.json`), '{}');
  writeFileSync(join(folder, 'dev.json.attrs'), '');
  writeFileSync(join(folder, 'prod.json.attrs'), '{"user.content_type":"text/plain"}');
  expect(repairTruncated(places)).toEqual([join(folder, 'dev.json')]);
  expect(existsSync(join(folder, 'dev.json.attrs'))).toBe(false);
  expect(existsSync(join(folder, 'prod.json.attrs'))).toBe(true);
  rmSync(root, { recursive: true });
});
