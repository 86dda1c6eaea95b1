import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { usageOf } from '../../../exporter/cgroup.ts';
import { containers } from '../../../exporter/collectors/containers.ts';

const ID = 'ab'.repeat(32);
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plinth-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** The files of a container, as a kernel shows them. */
const version1 = (place: string): Record<string, string> => ({
  [`memory/${place}/memory.usage_in_bytes`]: '62070784\n',
  [`memory/${place}/memory.limit_in_bytes`]: '536870912\n',
  [`memory/${place}/memory.stat`]:
    'cache 53248\nrss 14577664\ninactive_file 1\ntotal_cache 53248\ntotal_inactive_file 1048576\n',
  [`memory/${place}/memory.oom_control`]: 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
  [`cpu/${place}/cpu.cfs_quota_us`]: '150000\n',
  [`cpu/${place}/cpu.cfs_period_us`]: '100000\n',
  [`cpu/${place}/cpu.stat`]: 'nr_periods 10\nnr_throttled 3\nthrottled_time 2500000000\n',
  [`cpuacct/${place}/cpuacct.usage`]: '1904798947\n',
  [`pids/${place}/pids.current`]: '9\n',
  [`pids/${place}/pids.max`]: '200\n',
});

const version2 = (place: string): Record<string, string> => ({
  [`${place}/memory.current`]: '62070784\n',
  [`${place}/memory.max`]: '536870912\n',
  [`${place}/memory.stat`]: 'anon 14577664\nfile 53248\nkernel 1\ninactive_file 1048576\n',
  [`${place}/memory.events`]: 'low 0\nhigh 0\nmax 7\noom 2\noom_kill 2\noom_group_kill 0\n',
  [`${place}/cpu.max`]: '150000 100000\n',
  [`${place}/cpu.stat`]:
    'usage_usec 1904798\nuser_usec 1\nsystem_usec 1\nnr_periods 10\nnr_throttled 3\nthrottled_usec 2500000\n',
  [`${place}/pids.current`]: '9\n',
  [`${place}/pids.max`]: '200\n',
});

const used = {
  workingSetBytes: 62070784 - 1048576,
  memoryLimitBytes: 536870912,
  oomKills: 2,
  cpuSeconds: expect.closeTo(1.9048, 3),
  cpuLimit: 1.5,
  throttledSeconds: 2.5,
  processes: 9,
  processesLimit: 200,
  group: expect.stringMatching(/^\d+$/),
  seenSince: expect.any(Number),
};

describe('the control group of a container', () => {
  it.each<[string, Record<string, string>]>([
    ['version 1, cgroupfs', version1(`docker/${ID}`)],
    ['version 1, systemd', version1(`system.slice/docker-${ID}.scope`)],
    ['version 2, systemd', version2(`system.slice/docker-${ID}.scope`)],
    ['version 2, cgroupfs', version2(`docker/${ID}`)],
  ])('is read: %s', (_, files) => {
    write(files);
    expect(usageOf(root, ID)).toEqual(used);
  });

  it('is read of version 1 where an empty tree of version 2 is beside it', () => {
    write({ ...version1(`docker/${ID}`), [`unified/docker/${ID}/cgroup.procs`]: '1\n' });
    expect(usageOf(root, ID)).toEqual(used);
  });

  it('has no limit where there is none', () => {
    const place = `docker/${ID}`;
    write({
      ...version1(place),
      [`memory/${place}/memory.limit_in_bytes`]: '9223372036854771712\n',
      [`cpu/${place}/cpu.cfs_quota_us`]: '-1\n',
      [`pids/${place}/pids.max`]: 'max\n',
    });
    const limits = ['memoryLimitBytes', 'cpuLimit', 'processesLimit'];
    const one = usageOf(root, ID);
    expect(Object.keys(one!).filter((key) => limits.includes(key))).toEqual([]);
    rmSync(join(root, 'memory'), { recursive: true });
    write({
      ...version2(place),
      [`${place}/memory.max`]: 'max\n',
      [`${place}/cpu.max`]: 'max 100000\n',
      [`${place}/pids.max`]: 'max\n',
    });
    const two = usageOf(root, ID);
    expect(Object.keys(two!).filter((key) => limits.includes(key))).toEqual([]);
    expect(two!.processes).toBe(9);
  });

  it('may have less in it, as of a container that ends while it is read', () => {
    const place = `docker/${ID}`;
    write({ [`memory/${place}/memory.usage_in_bytes`]: '5\n' });
    expect(usageOf(root, ID)).toEqual({
      group: used.group,
      seenSince: used.seenSince,
      workingSetBytes: 5,
    });
    expect(usageOf(root, 'cd'.repeat(32))).toBeUndefined();
  });
});

describe('the containers', () => {
  const list = [
    { part: 'postgres', id: ID },
    { part: 'redis', id: 'cd'.repeat(32) },
  ];
  const place = `docker/${ID}`;
  const folder = (): string => join(root, 'memory', place);
  const startOf = async (collector: ReturnType<typeof containers>): Promise<number> =>
    (await collector.collect()).find(({ name }) => name.endsWith('start_timestamp_seconds'))!.value;

  it('are shown by their part; one that does not run is not', async () => {
    write(version1(place));
    const samples = await containers(async () => list, root).collect();
    expect(samples).toHaveLength(9);
    expect(samples).toContainEqual({
      name: 'plinth_container_cpu_limit',
      value: 1.5,
      labels: { part: 'postgres' },
    });
    expect(new Set(samples.map(({ labels }) => labels?.['part']))).toEqual(new Set(['postgres']));
  });

  it('were started when their group was made, whatever the kernel says later about its time', async () => {
    write(version1(place));
    utimesSync(folder(), 1000, 1000);
    const collector = containers(async () => list, root);
    expect(await startOf(collector)).toBe(1000);
    utimesSync(folder(), 2000, 2000);
    expect(await startOf(collector)).toBe(1000);
    // Kept aside, so that its number is not given to the next.
    renameSync(folder(), join(root, 'gone'));
    write(version1(place));
    utimesSync(folder(), 3000, 3000);
    expect(await startOf(collector)).toBe(3000);
  });

  it('are no success where not even the own one is found', async () => {
    await expect(containers(async () => [], root).collect()).rejects.toThrow(
      /no container of the stack is found below .*: mount the machine's \/sys\/fs\/cgroup there/,
    );
  });

  it('are those that were known, where names are not told in time', async () => {
    write(version1(place));
    let asked = 0;
    const find = (): Promise<typeof list> => {
      asked += 1;
      return asked === 1 ? Promise.resolve(list) : new Promise(() => undefined);
    };
    const collector = containers(find, root, 20);
    expect(await collector.collect()).toHaveLength(9);
    expect(await collector.collect()).toHaveLength(9);
    expect(await collector.collect()).toHaveLength(9);
    expect(asked).toBe(2);
  });
});
