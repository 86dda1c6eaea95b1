import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { aclFile } from '../../../../components/redis/acl.ts';

const PASSWORDS = { app: 'canary-one', monitor: 'canary-two', health: 'canary-three' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const rulesByUser = (text: string) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [word, name = '', ...rules] = line.split(' ');
        expect(word).toBe('user');
        return [name, rules];
      }),
  );
const DATA = [
  '~*',
  '&*',
  '+@all',
  '-@admin',
  '-@dangerous',
  '-@scripting',
  '+info',
  '+client|setname',
  '+client|id',
];
const SCRIPTS = ['+eval', '+evalsha', '+eval_ro', '+evalsha_ro', '+script|load', '+script|exists'];

describe.each([
  { kind: 'cache' as const, app: DATA },
  { kind: 'queue' as const, app: [...DATA, ...SCRIPTS] },
])('the ACL file of a $kind', ({ kind, app }) => {
  const text = aclFile(PASSWORDS, kind);
  const users = rulesByUser(text);

  it('has three users that can log in, and a default user that cannot', () => {
    expect([...users.keys()]).toEqual(['default', 'app', 'monitor', 'health']);
    expect([...users].filter(([, rules]) => rules[0] === 'on').map(([name]) => name)).toEqual([
      'app',
      'monitor',
      'health',
    ]);
    expect(users.get('default')?.[0]).toBe('off');
    expect(users.get('default')).toContain('-@all');
  });

  it('has each password as SHA-256 and none as it is', () => {
    for (const [name, password] of Object.entries(PASSWORDS)) {
      expect(users.get(name)?.[1]).toBe(`#${sha256(password)}`);
    }
    expect(text).not.toContain('canary');
    expect(sha256('canary-one')).toBe(
      'b67633a47ebabda71ed04489dd4df5b5d952d8712b98393fb1f4a5b828d2877d',
    );
  });

  it('gives nobody but the default user, who is off, a way without a password', () => {
    const open = [...users].filter(([, rules]) => rules.includes('nopass'));
    expect(open.map(([name]) => name)).toEqual(['default']);
  });

  it('gives the application all keys and channels, no command of administrators, and scripts to a queue only', () => {
    expect(users.get('app')?.slice(2)).toEqual(app);
  });

  it('gives who asks for health no key at all, and who measures only those of waiting jobs', () => {
    for (const name of ['monitor', 'health']) {
      const rules = users.get(name) ?? [];
      const keys = name === 'monitor' && kind === 'queue' ? ['%R~bull:*:wait'] : [];
      expect(rules.filter((rule) => /^[~&%]/.test(rule))).toEqual(keys);
      expect(rules[2]).toBe('-@all');
    }
    expect(users.get('health')?.slice(2)).toEqual(['-@all', '+ping']);
  });
});

describe('a cache and a queue', () => {
  it('differ in the application only', () => {
    const [cache, queue] = [
      rulesByUser(aclFile(PASSWORDS, 'cache')),
      rulesByUser(aclFile(PASSWORDS, 'queue')),
    ];
    for (const rules of [cache, queue]) expect(rules.delete('app')).toBe(true);
    // Of a queue it is also measured how many jobs wait.
    const lengths = ['%R~bull:*:wait', '+scan', '+type', '+llen'];
    expect(queue.get('monitor')).toEqual([...(cache.get('monitor') ?? []), ...lengths]);
    expect(queue.get('health')).toEqual(cache.get('health'));
  });
});
