import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registryImages } from '../../../config/versions.ts';
import {
  failedPull,
  forgetFailedPull,
  rememberFailedPull,
  worthAsking,
} from '../../../bootstrap/failed-pulls.ts';
import { partsFor } from '../../../bootstrap/setup.ts';
import { imagesWantedBy } from '../../../bootstrap/wanted-images.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const before = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const { grafana } = registryImages;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plinth-pulls-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const stack = (name: string, text: string) =>
  writeFileSync(join(root, `Pulumi.${name}.yaml`), text);
const asks = (options: Parameters<typeof partsFor>[0], now = NOW) =>
  partsFor(options, { root, cache: root }, now).some(({ id }) => id === 'image-grafana');

describe('a pull that failed', () => {
  it('is remembered with its time, by image, until the image comes', () => {
    expect(failedPull(root, grafana)).toBeUndefined();
    rememberFailedPull(root, grafana, NOW);
    expect(failedPull(root, grafana)).toEqual(NOW);
    expect(failedPull(root, 'grafana/grafana:1')).toBeUndefined();
    forgetFailedPull(root, grafana);
    expect(failedPull(root, grafana)).toBeUndefined();
    forgetFailedPull(root, grafana);
  });

  it('that cannot be read is ignored', () => {
    rememberFailedPull(root, grafana, NOW);
    writeFileSync(join(root, 'failed-pulls', encodeURIComponent(grafana)), '');
    expect(failedPull(root, grafana)).toBeUndefined();
  });

  it.each([
    ['none', undefined, true],
    ['just now', before(0), false],
    ['a day ago, less an hour', before(23), false],
    ['a day ago', before(24), true],
    ['in the future', before(-1), true],
  ])('%s', (_, failed, worth) => {
    expect(worthAsking(failed, NOW)).toBe(worth);
  });
});

describe('images of others that a stack uses', () => {
  it.each([
    ['nothing said', 'config: {}', ['grafana']],
    ['an empty file', '', ['grafana']],
    ['no monitoring', 'config:\n  plinth:monitoring: { enabled: false }', []],
    ['no dashboards', 'config:\n  plinth:monitoring: { grafana: { enabled: false } }', []],
    [
      'pgwatch too',
      'config:\n  plinth:monitoring: { pgwatch: { enabled: true } }',
      ['grafana', 'pgwatch'],
    ],
    ['settings as JSON text', `config:\n  plinth:monitoring: '{"enabled":false}'`, []],
    ['something encrypted', 'config:\n  other:token: { secure: v1:xyz }', ['grafana']],
    ['a mistake', 'config:\n  plinth:monitoring: { enabled: perhaps }', []],
  ])('with %s', (_, text, images) => {
    expect([...imagesWantedBy(text, 'dev')]).toEqual(images);
  });
});

describe('set-up asks for the image of Grafana', () => {
  it('where the stack uses it, and not where it is switched off', () => {
    stack('dev', 'config: {}');
    stack('ci', 'config:\n  plinth:monitoring: { enabled: false }');
    expect(asks({ stack: 'dev' })).toBe(true);
    expect(asks({ stack: 'ci' })).toBe(false);
    expect(asks({ stack: 'ci', again: true })).toBe(false);
    expect(asks({ stack: 'unknown' })).toBe(false);
    // Without a stack: for whichever of them uses it.
    expect(asks({})).toBe(true);
  });

  it('not again at every up, but after a day, or when set-up is run by hand', () => {
    stack('dev', 'config: {}');
    rememberFailedPull(root, grafana, before(1));
    expect(asks({ stack: 'dev' })).toBe(false);
    expect(asks({ stack: 'dev', again: true })).toBe(true);
    expect(asks({ stack: 'dev' }, new Date(NOW.getTime() + 24 * 3_600_000))).toBe(true);
  });
});
