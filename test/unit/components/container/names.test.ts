import { describe, expect, it } from '@jest/globals';
import { labels, physicalName } from '../../../../components/container/names.ts';

describe('a physical name', () => {
  it('begins with the project and the stack', () => {
    expect(physicalName('dev')).toBe('plinth-dev');
    expect(physicalName('dev', 'postgres')).toBe('plinth-dev-postgres');
    expect(physicalName('my-stack', 'redis-cache', 'secret', 'files')).toBe(
      'plinth-my-stack-redis-cache-secret-files',
    );
  });
});

describe('labels', () => {
  it('say project, stack and part', () => {
    expect(labels('dev', 'postgres')).toEqual([
      { label: 'plinth.project', value: 'plinth' },
      { label: 'plinth.stack', value: 'dev' },
      { label: 'plinth.part', value: 'postgres' },
    ]);
  });

  it('say more when there is more to say', () => {
    expect(labels('dev', 'postgres', { 'plinth.kind': 'service', a: 'b' }).slice(3)).toEqual([
      { label: 'plinth.kind', value: 'service' },
      { label: 'a', value: 'b' },
    ]);
  });
});
