import { describe, expect, it } from '@jest/globals';
import { lockIsStale, parseLock } from '../../../cli/recovery/locks.ts';
import type { Exported } from '../../../cli/stack-export.ts';
import { describe as told, plan, withoutPending } from '../../../cli/recovery/pending.ts';

const container = 'docker:index/container:Container';
const role = 'postgresql:index/role:Role';
const database = 'postgresql:index/database:Database';
const resource = (type: string, name: string, id?: string) => ({
  urn: `urn:pulumi:dev::plinth::${type}::${name}`,
  type,
  inputs: { name },
  ...(id === undefined ? {} : { id }),
});
const creating = (type: string, name: string) => ({
  type: 'creating',
  resource: resource(type, name),
});

describe('a lock', () => {
  const lock = parseLock('/l.json', '{"pid":7,"username":"ann","hostname":"here","timestamp":"t"}');
  it.each([
    ['whose Pulumi runs', lock, 'pulumi', false],
    ['whose process has ended', lock, undefined, true],
    ['whose number another program has now', lock, 'bash', true],
    ['of another machine', { ...lock, hostname: 'there' }, undefined, false],
    ['that was cut short', parseLock('/l.json', '{"pi'), undefined, true],
  ])('%s', (_, which, command, expected) => {
    expect(lockIsStale(which, 'here', command)).toBe(expected);
  });
});

describe('plan', () => {
  const objects = [
    { kind: 'container', id: 'c1', name: 'plinth-dev-postgres' },
    { kind: 'container', id: 'c2', name: 'plinth-dev-redis' },
    { kind: 'network', id: 'n1', name: 'plinth-dev' },
  ] as const;
  const exported: Exported = {
    version: 3,
    deployment: {
      resources: [
        resource(container, 'plinth-dev-postgres', 'c1'),
        resource(role, 'app', 'app'),
        resource('docker:index/network:Network', 'plinth-dev', 'n1'),
      ],
      pending_operations: [
        creating(container, 'plinth-dev-redis'),
        creating(role, 'readonly'),
        creating(role, 'app'),
        creating(database, 'classrooms'),
        { type: 'updating', resource: resource(role, 'backup') },
      ],
    },
  };

  it('names what the state does not know, and only what was being created', () => {
    const { objects: left, roles, databases, pending } = plan(exported, objects);
    expect(left).toEqual([objects[1]]);
    expect(roles).toEqual(['readonly']);
    expect(databases).toEqual(['classrooms']);
    expect(pending.map(told)).toEqual([
      'creating Container plinth-dev-redis',
      'creating Role readonly',
      'creating Role app',
      'creating Database classrooms',
      'updating Role backup',
    ]);
  });

  it('touches nothing when nothing is pending', () => {
    const quiet = withoutPending(exported);
    expect(plan(quiet, objects)).toEqual({ pending: [], objects: [], roles: [], databases: [] });
    expect(quiet).toEqual({ version: 3, deployment: { resources: exported.deployment.resources } });
  });
});
