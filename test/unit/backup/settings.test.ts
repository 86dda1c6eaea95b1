import { describe, expect, it } from '@jest/globals';
import { loadSettings, parseSettings, type BackupSettings } from '../../../backup/settings.ts';

const settings: BackupSettings = {
  stack: 'demo',
  timezone: 'Europe/Berlin',
  server: { host: 'postgres', port: 5432, user: 'backup_a', database: 'shop' },
  schedule: '15 2 * * *',
  encryption: { recipients: ['age1x'], gpgKeys: [] },
  compressionLevel: 3,
  jobs: 2,
  retention: { days: 30, weekly: 8, monthly: 12, yearly: 3 },
  drill: { schedule: '15 4 * * *' },
};

describe('parseSettings', () => {
  it('takes what components write', () => {
    expect(parseSettings(JSON.stringify(settings))).toEqual(settings);
  });

  it.each<[string, object]>([
    ['stack must be a text', { stack: '' }],
    ['timezone must be a time zone such as Europe/Berlin', { timezone: 'Mars/Olympus' }],
    ['timezone must be a text', { timezone: undefined }],
    [
      'server.port must be a whole number from 1 to 65535',
      { server: { ...settings.server, port: 0 } },
    ],
    ['server.database must be a text', { server: { ...settings.server, database: 3 } }],
    ['schedule must be a cron expression with five fields', { schedule: '* * *' }],
    [
      'encryption.recipients must be a list of at least 1 strings',
      { encryption: { recipients: [], gpgKeys: [] } },
    ],
    ['compressionLevel must be a whole number from 1 to 19', { compressionLevel: 22 }],
    [
      'retention.days must be a whole number from 1 to 36500',
      { retention: { ...settings.retention, days: 0 } },
    ],
    ['drill.schedule must be a cron expression with five fields', { drill: {} }],
  ])('refuses: %s', (problem, change) => {
    expect(() => parseSettings(JSON.stringify({ ...settings, ...change }), 'x.json')).toThrow(
      `x.json does not fit this image (${problem}): run the stack's update again, so that both are of one version`,
    );
  });

  it('tells all of it at once', () => {
    expect(() => parseSettings('{}')).toThrow(/stack must.*schedule must.*jobs must/);
  });

  it('tells of a file that is not there, or no JSON', () => {
    expect(() => loadSettings('/nowhere/backup.json')).toThrow(
      '/nowhere/backup.json cannot be read: mount the settings of the stack there',
    );
    expect(() => parseSettings('{')).toThrow(/is no JSON/);
  });
});
