import { describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { discoverContainers, runningIds } from '../../../exporter/container-discovery.ts';

const id = (digit: string) => digit.repeat(64);

function machine(...folders: string[]): string {
  const root = mkdtempSync(path.join(tmpdir(), 'plinth-groups-'));
  for (const folder of folders) mkdirSync(path.join(root, folder), { recursive: true });
  return root;
}

/** What Docker would answer: addresses by the beginning of an id, names by address. */
function docker(containers: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  return {
    asked,
    resolve4: (name: string) => {
      asked.push(name);
      return name in containers
        ? Promise.resolve([`10.0.0.${name}`])
        : Promise.reject(new Error('ENOTFOUND'));
    },
    reverse: (address: string) =>
      Promise.resolve([`${containers[address.replace('10.0.0.', '')] ?? ''}.plinth-dev`]),
  };
}

describe('the containers of a stack', () => {
  it.each([
    ['version 1 of control groups', `memory/docker/${id('a')}`],
    ['version 2', `docker/${id('a')}`],
    ['systemd', `system.slice/docker-${id('a')}.scope`],
    ['systemd in version 1', `memory/system.slice/docker-${id('a')}.scope`],
  ])('are found with %s', async (_, folder) => {
    const root = machine(folder, 'system.slice/ssh.service', 'docker/not-an-id');
    expect(await runningIds(root)).toEqual([id('a')]);
    rmSync(root, { recursive: true });
  });

  it('are those with a name on the network of the stack', async () => {
    const root = machine(...['a', 'b', 'c'].map((digit) => `docker/${id(digit)}`));
    const names = docker({
      aaaaaaaaaaaa: 'plinth-dev-redis-cache',
      bbbbbbbbbbbb: 'plinth-other-postgres',
    });
    const look = discoverContainers('dev', root, names);
    expect(await look()).toEqual([{ part: 'redis-cache', id: id('a') }]);
    for (let times = 0; times < 5; times += 1) await look();
    // Ours is asked for once, the others three times and never again.
    expect(names.asked.filter((name) => name.startsWith('a'))).toHaveLength(1);
    expect(names.asked.filter((name) => name.startsWith('c'))).toHaveLength(3);
    rmSync(root, { recursive: true });
  });

  it('are forgotten when they end, and found when they begin', async () => {
    const root = machine(`docker/${id('a')}`);
    const look = discoverContainers(
      'dev',
      root,
      docker({ aaaaaaaaaaaa: 'plinth-dev-one', bbbbbbbbbbbb: 'plinth-dev-two' }),
    );
    expect(await look()).toEqual([{ part: 'one', id: id('a') }]);
    rmSync(path.join(root, 'docker', id('a')), { recursive: true });
    mkdirSync(path.join(root, 'docker', id('b')));
    expect(await look()).toEqual([{ part: 'two', id: id('b') }]);
    rmSync(root, { recursive: true });
  });

  it('are none where nothing is mounted', async () => {
    expect(await runningIds('/nowhere')).toEqual([]);
  });
});
