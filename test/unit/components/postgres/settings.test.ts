import { describe, expect, it } from '@jest/globals';
import { postgresqlConf } from '../../../../components/postgres/settings.ts';
import { parseEnvironment } from '../../../../config/parse.ts';
import { settableSettings } from '../../../../config/settings.ts';
import { rawFrom } from '../../config/raw.ts';

const conf = (settings: Readonly<Record<string, unknown>> = {}, timezone = 'Etc/UTC'): string =>
  postgresqlConf(
    parseEnvironment(rawFrom({ postgres: settings }), { stack: 'dev' }).postgres,
    timezone,
  );
const lines = (text: string): string[] => text.trimEnd().split('\n');
const names = (text: string): string[] => lines(text).map((line) => line.split(' = ')[0] ?? '');

describe('postgresql.conf', () => {
  it('has one line for each setting, and no setting twice', () => {
    const written = names(conf({ settings: { log_lock_waits: 'off', deadlock_timeout: '2s' } }));
    expect(written.length).toBeGreaterThan(30);
    expect(new Set(written).size).toBe(written.length);
    for (const name of written) expect(name).toMatch(/^[a-z][a-z0-9_]*(\.[a-z_]+)?$/);
  });

  it('has the sizes of the environment, in kB', () => {
    expect(lines(conf({ memory: '1GiB', sharedBuffers: '300MiB', workMem: '3MiB' }))).toEqual(
      expect.arrayContaining([
        "shared_buffers = '307200kB'",
        "effective_cache_size = '786432kB'",
        "work_mem = '3072kB'",
        "maintenance_work_mem = '65536kB'",
      ]),
    );
  });

  it('has the connections, the slow query and the time zone of the environment', () => {
    const text = conf({ maxConnections: 77, slowQuery: '250ms' }, 'Europe/Berlin');
    expect(lines(text)).toEqual(
      expect.arrayContaining([
        'max_connections = 77',
        'superuser_reserved_connections = 5',
        "log_min_duration_statement = '250ms'",
        "timezone = 'Europe/Berlin'",
        "log_timezone = 'Europe/Berlin'",
      ]),
    );
  });

  it("lets the environment's own settings win, in Postgres's words", () => {
    const text = conf({ settings: { max_wal_size: '4GB', random_page_cost: 2, jit: false } });
    expect(lines(text)).toEqual(
      expect.arrayContaining(["max_wal_size = '4GB'", "random_page_cost = '2'", "jit = 'off'"]),
    );
    expect(text).not.toContain("max_wal_size = '1GB'");
  });

  it('lets nobody in without SCRAM and logs nobody’s data', () => {
    expect(lines(conf())).toEqual(
      expect.arrayContaining([
        "password_encryption = 'scram-sha-256'",
        'log_parameter_max_length = 0',
        'log_parameter_max_length_on_error = 0',
        "hba_file = '/etc/plinth/pg_hba.conf'",
      ]),
    );
  });

  it('never switches off what keeps data', () => {
    const dangerous = ['fsync', 'full_page_writes', 'autovacuum', 'row_security'];
    expect(names(conf()).filter((name) => dangerous.includes(name))).toEqual([]);
    expect(dangerous.filter((name) => Object.hasOwn(settableSettings, name))).toEqual([]);
  });
});
