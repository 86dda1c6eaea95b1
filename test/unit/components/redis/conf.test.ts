import { describe, expect, it } from '@jest/globals';
import { redisConf } from '../../../../components/redis/conf.ts';

const SIZES = {
  enabled: true,
  port: 7001,
  memoryBytes: 7002,
  cpus: 7003,
  maxmemoryBytes: 7004,
  hz: 7005,
};

function read(text: string): Record<string, string> {
  const lines = text.trimEnd().split('\n');
  const values = Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(' ');
      return [name, value.join(' ')];
    }),
  );
  expect(Object.keys(values)).toHaveLength(lines.length);
  return values;
}

const cache = read(
  redisConf({ kind: 'cache', config: { ...SIZES, evictionPolicy: 'volatile-ttl' } }),
);
const queue = read(redisConf({ kind: 'queue', config: { ...SIZES, appendfsync: 'always' } }));

describe('redis.conf', () => {
  it('of a cache forgets when it is full and writes nothing', () => {
    expect(cache).toMatchObject({
      maxmemory: '7004',
      hz: '7005',
      'maxmemory-policy': 'volatile-ttl',
      save: '""',
      appendonly: 'no',
    });
    expect(cache).not.toHaveProperty('appendfsync');
  });

  it('of a queue never forgets and writes everything', () => {
    expect(queue).toMatchObject({
      maxmemory: '7004',
      hz: '7005',
      'maxmemory-policy': 'noeviction',
      save: '""',
      appendonly: 'yes',
      appendfsync: 'always',
      'aof-load-truncated': 'yes',
    });
  });

  it.each([
    ['cache', cache],
    ['queue', queue],
  ])('of a %s lets in whom the ACL file lets in, and cannot be changed from outside', (_, conf) => {
    expect(conf).toMatchObject({
      aclfile: '/run/secrets/users.acl',
      port: '6379',
      'enable-protected-configs': 'no',
      'enable-debug-command': 'no',
      'enable-module-command': 'no',
    });
    expect(conf).not.toHaveProperty('requirepass');
  });
});
