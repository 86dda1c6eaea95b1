import { describe, expect, it } from '@jest/globals';
import { pgbouncerHba, pgbouncerIdent, userlist } from '../../../../components/pgbouncer/hba.ts';
import { pgbouncerIni, type IniArgs } from '../../../../components/pgbouncer/ini.ts';

const ARGS: IniArgs = {
  port: 7001,
  poolMode: 'session',
  maxClientConn: 7002,
  defaultPoolSize: 7003,
  reservePoolSize: 7004,
  reservePoolTimeoutSec: 7005,
  maxDbConnections: 7006,
  maxUserConnections: 7007,
  maxPreparedStatements: 7008,
  serverLoginRetrySec: 7009,
  queryWaitTimeoutSec: 7010,
  serverIdleTimeoutSec: 7011,
  memoryBytes: 7012,
  cpus: 7013,
  database: 'shop',
  statsUsers: ['monitor_a', 'monitor_b'],
  tenantSetting: 'app.shop_id',
};

/** Values by `section.name`. */
function read(ini: string): Record<string, string> {
  let section = '';
  return Object.fromEntries(
    ini
      .split('\n')
      .filter((line) => line !== '')
      .flatMap((line) => {
        const title = /^\[(\w+)\]$/.exec(line)?.[1];
        if (title !== undefined) section = title;
        const [name = '', ...value] = line.split(' = ');
        return title === undefined ? [[`${section}.${name}`, value.join(' = ')]] : [];
      }),
  );
}

describe('pgbouncer.ini', () => {
  const values = read(pgbouncerIni(ARGS));

  it('has every number where it belongs', () => {
    expect(values).toMatchObject({
      'pgbouncer.pool_mode': 'session',
      'pgbouncer.max_client_conn': '7002',
      'pgbouncer.default_pool_size': '7003',
      'pgbouncer.reserve_pool_size': '7004',
      'pgbouncer.reserve_pool_timeout': '7005',
      'pgbouncer.max_db_connections': '7006',
      'pgbouncer.max_user_connections': '7007',
      'pgbouncer.max_prepared_statements': '7008',
      'pgbouncer.server_login_retry': '7009',
      'pgbouncer.query_wait_timeout': '7010',
      'pgbouncer.server_idle_timeout': '7011',
    });
  });

  it('empties the setting of the tenant after every transaction, where there is one', () => {
    expect(values).toMatchObject({
      'pgbouncer.server_reset_query': "SET app.shop_id = ''",
      'pgbouncer.server_reset_query_always': '1',
    });
    const signed = read(pgbouncerIni({ ...ARGS, tenantSetting: undefined }));
    expect(Object.keys(signed).filter((name) => name.includes('reset'))).toEqual([]);
  });

  it('listens on its own port inside: the one of the environment is outside', () => {
    expect(values['pgbouncer.listen_port']).toBe('6432');
    expect(JSON.stringify(values)).not.toContain('7001');
  });

  it('has the database and the look-up, both over the shared socket', () => {
    const databases = Object.entries(values).filter(([name]) => name.startsWith('databases.'));
    expect(Object.fromEntries(databases)).toEqual({
      'databases.shop': 'host=/run/postgresql port=5432 dbname=shop',
      'databases.postgres':
        'host=/run/postgresql port=5432 dbname=postgres pool_size=2 reserve_pool=0',
    });
  });

  it('asks the server for verifiers, and names no password', () => {
    expect(values['pgbouncer.auth_query']).toBe(
      'select username, password from pgbouncer.user_lookup($1)',
    );
    expect(values['pgbouncer.auth_user']).toBe('pgbouncer');
    expect(values['pgbouncer.auth_type']).toBe('hba');
    expect(pgbouncerIni(ARGS)).not.toMatch(/password\s*=/);
  });

  it('gives its console to nobody but the server, and numbers to those who measure', () => {
    expect(values['pgbouncer.admin_users']).toBe('postgres');
    expect(values['pgbouncer.stats_users']).toBe('pgbouncer, monitor_a, monitor_b');
  });
});

describe('pgbouncer_hba.conf', () => {
  const rules = pgbouncerHba()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/));

  it('knows two users by their user id over the socket, and turns them away over the network', () => {
    expect(rules).toEqual([
      ['local', 'pgbouncer', 'postgres', 'peer'],
      ['local', 'all', 'pgbouncer', 'peer'],
      ['host', 'all', 'postgres', '0.0.0.0/0', 'reject'],
      ['host', 'all', 'pgbouncer', '0.0.0.0/0', 'reject'],
      ['host', 'all', 'all', '0.0.0.0/0', 'scram-sha-256'],
    ]);
  });

  it('maps no name to another', () => {
    expect(
      pgbouncerIdent()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
    ).toEqual([]);
  });
});

describe('the list of users', () => {
  it('has the two that need no password, and no password', () => {
    expect(userlist()).toBe('"postgres" ""\n"pgbouncer" ""\n');
  });
});
