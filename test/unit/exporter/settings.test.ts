import { describe, expect, it } from '@jest/globals';
import {
  loadAccess,
  loadSettings,
  parseAccess,
  parseSettings,
  type ExporterSettings,
} from '../../../exporter/settings.ts';

const settings: ExporterSettings = {
  stack: 'demo',
  scrapeIntervalSec: 15,
  probeIntervalSec: 1,
  server: { host: 'postgres', port: 5432, database: 'shop' },
  monitorUser: 'monitor_a',
  pooler: { host: 'pgbouncer', port: 6432 },
  healthUser: 'health_a',
  slowQueryMs: 500,
  latencyObjectiveMs: 100,
  volumes: [{ volume: 'postgres-data', path: '/volumes/postgres-data' }],
  logs: { folder: '/var/log/postgresql' },
  migrations: [{ name: '0001_shops.sql', checksum: 'x' }],
};

describe('the settings', () => {
  it('are what components write, with less where there is less', () => {
    expect(parseSettings(JSON.stringify(settings))).toEqual(settings);
    const least = { ...settings, volumes: [], logs: undefined, migrations: undefined };
    expect(parseSettings(JSON.stringify(least))).toEqual(least);
  });

  it.each<[string, object]>([
    ['stack must be a text', { stack: '' }],
    [
      'server.port must be a whole number from 1 to 65535',
      { server: { ...settings.server, port: 0 } },
    ],
    ['server.database must be a text', { server: { host: 'x', port: 1 } }],
    ['latencyObjectiveMs must be a whole number from 1 to 60000', { latencyObjectiveMs: 0.5 }],
    [
      'volumes has [1].path must be a text',
      { volumes: [...settings.volumes, { volume: 'x', path: '' }] },
    ],
    ['volumes must be a list', { volumes: {} }],
    ['logs must be a text', { logs: {} }],
    ['migrations has [0].checksum must be a text', { migrations: [{ name: 'x' }] }],
  ])('refuse: %s', (problem, change) => {
    expect(() => parseSettings(JSON.stringify({ ...settings, ...change }), 'x.json')).toThrow(
      `x.json does not fit this image (${problem}): run the stack's update again, so that both are of one version`,
    );
  });

  it('tell all of it at once, or that there is no file', () => {
    expect(() => parseSettings('{}')).toThrow(/stack must.*pooler\.host must.*volumes must/);
    expect(() => parseSettings('{')).toThrow(/is no JSON/);
    expect(() => loadSettings('/nowhere/watch.json')).toThrow(
      '/nowhere/watch.json cannot be read: mount the settings of the stack there',
    );
  });
});

describe('what is declared about access', () => {
  it('may be nothing, but is never half of it', () => {
    expect(loadAccess('/nowhere/access.json')).toBeUndefined();
    const declared = { schema: { schema: 'public' }, tables: [{ table: 'shops' }], printed: {} };
    expect(parseAccess(JSON.stringify(declared))).toEqual(declared);
    const half = { ...declared, printed: undefined };
    expect(() => parseAccess(JSON.stringify(half), 'access.json')).toThrow(
      'access.json does not fit this image (printed must be an object)',
    );
  });
});
