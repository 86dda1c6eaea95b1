import { describe, expect, it } from '@jest/globals';
import { pgHba } from '../../../../components/postgres/hba.ts';

interface Rule {
  readonly type: string;
  readonly database: string;
  readonly user: string;
  readonly method: string;
}

/** Lines of pg_hba.conf; the address stands before the method where there is one. */
const rules: Rule[] = pgHba()
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [type = '', database = '', user = '', ...rest] = line.split(/\s+/);
    return { type, database, user, method: rest.at(-1) ?? '' };
  });

/** The method for a login: the first line that matches decides. */
function method(type: 'local' | 'host', user: string, database = 'classrooms'): string {
  const fits = (word: string, value: string) =>
    word === value || (word === 'all' && value !== 'replication');
  const rule = rules.find(
    (each) => each.type === type && fits(each.database, database) && fits(each.user, user),
  );
  return rule?.method ?? 'no line: refused';
}

describe('pg_hba.conf', () => {
  it('lets the superuser and the pooler in by their user id over the socket, others by SCRAM', () => {
    expect(method('local', 'postgres')).toBe('peer');
    expect(method('local', 'pgbouncer')).toBe('peer');
    expect(method('local', 'app_a')).toBe('scram-sha-256');
  });

  it('lets everybody in by SCRAM over the network, but not the look-up role', () => {
    expect(method('host', 'app_a')).toBe('scram-sha-256');
    expect(method('host', 'postgres')).toBe('scram-sha-256');
    expect(method('host', 'pgbouncer')).toBe('reject');
  });

  it('lets nobody replicate', () => {
    expect(method('host', 'postgres', 'replication')).toBe('reject');
    expect(method('local', 'postgres', 'replication')).toBe('no line: refused');
  });

  it('trusts nobody, and speaks of no method that is weaker than SCRAM', () => {
    expect([...new Set(rules.map((rule) => rule.method))].sort()).toEqual([
      'peer',
      'reject',
      'scram-sha-256',
    ]);
    expect(rules.filter((rule) => rule.method === 'peer' && rule.type !== 'local')).toEqual([]);
  });
});
