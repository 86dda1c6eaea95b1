/** What watches an environment: which containers, what they are told, and what is left out. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UNCHECKED } from '../../components/container/hardening.ts';
import { compareGolden } from '../support/golden.ts';
import { recordWatched, type Settings } from '../support/environment.ts';
import { clear, type Registration } from '../support/record.ts';

const WATCHING = [
  'alertmanager',
  'blackbox-exporter',
  'grafana',
  'node-exporter',
  'prometheus',
  'watch',
];

interface Upload {
  readonly file: string;
  readonly content: string;
}

function containers(resources: readonly Registration[]): Registration[] {
  return resources.filter(
    ({ type, inputs, name }) =>
      type === 'docker:Container' &&
      inputs['uploads'] === undefined &&
      WATCHING.concat('pgwatch').includes(name),
  );
}

function filesOf(resources: readonly Registration[], ...parts: string[]): Record<string, string> {
  return Object.fromEntries(
    resources.flatMap(({ name, inputs }) => {
      const part = name.replace(/-(public|secret)-holder$/, '');
      if (inputs['uploads'] === undefined || !parts.includes(part)) return [];
      return (clear(inputs['uploads']) as Upload[]).map(({ file, content }) => [
        `${part}/${path.basename(file)}`,
        content,
      ]);
    }),
  );
}

describe('what watches', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-keys-'));
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), `${text}\n`);
    return path.join(folder, name);
  };
  const told: Settings = {
    monitoring: {
      applications: {
        app: {
          url: 'http://host.docker.internal:5000/metrics',
          keyFile: file('key', 'canary-key'),
        },
        agents: { url: 'http://host.docker.internal:3000/metrics' },
      },
      probes: { shop: { url: 'https://shop.example.org/' } },
      receivers: {
        desk: { url: 'http://desk.example.org/' },
        chat: { kind: 'slack', urlFile: file('slack', 'https://canary-slack'), channel: '#alerts' },
      },
      heartbeat: { url: 'https://heart.example.org/beat' },
    },
  };
  let all: readonly Registration[];

  beforeAll(async () => {
    all = (await recordWatched(told)).resources;
    rmSync(folder, { recursive: true });
  });

  it('is exactly these containers, each without root, limited, and on 127.0.0.1 at most', () => {
    expect(
      containers(all)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(WATCHING);
    for (const { name, inputs } of containers(all)) {
      expect([name, Number(inputs['user'])]).toEqual([name, expect.any(Number)]);
      expect(Number(inputs['user'])).toBeGreaterThan(0);
      expect(inputs).toMatchObject({ readOnly: true, capabilities: { drops: ['ALL'] } });
      expect([name, inputs['memorySwap']]).toEqual([name, inputs['memory']]);
      const ports = inputs['ports'] as { readonly ip: string }[];
      expect(ports.every(({ ip }) => ip === '127.0.0.1')).toBe(true);
    }
  });

  it('mounts nothing of the machine but its control groups, read-only', () => {
    const binds = containers(all).flatMap(({ name, inputs }) =>
      (inputs['volumes'] as { readonly hostPath?: string; readonly readOnly: boolean }[])
        .filter(({ hostPath }) => hostPath !== undefined)
        .map(({ hostPath, readOnly }) => ({ name, hostPath, readOnly })),
    );
    expect(binds).toEqual([{ name: 'watch', hostPath: '/sys/fs/cgroup', readOnly: true }]);
  });

  it('puts no secret where others can read it', () => {
    const visible = all
      .filter(({ name }) => !name.endsWith('-secret-holder'))
      .map(({ inputs }) => JSON.stringify(inputs));
    expect(visible.filter((text) => text.includes('canary'))).toEqual([]);
    const secret = filesOf(all, 'prometheus', 'alertmanager');
    expect(Object.values(secret).filter((text) => text.includes('canary'))).toHaveLength(2);
  });

  it('reads files as in test/golden/watched', () => {
    const { 'prometheus/app.key': key, ...files } = filesOf(
      all,
      'prometheus',
      'alertmanager',
      'watch',
      'blackbox-exporter',
    );
    expect(key).toBe('canary-key');
    expect(compareGolden('test/golden/watched', files)).toEqual([]);
  });

  it('measures every part that is there, and the applications with their keys', () => {
    const text = filesOf(all, 'prometheus')['prometheus/prometheus.yml'] ?? '';
    const jobs = [...text.matchAll(/job_name: (\S+)/g)].map(([, job]) => job);
    expect(jobs.sort()).toEqual([
      'agents',
      'alertmanager',
      'app',
      'backup',
      'node',
      'pgbackrest',
      'pgbouncer',
      'postgres',
      'probe-pgbouncer',
      'probe-postgres',
      'probe-shop',
      'prometheus',
      'redis-cache',
      'redis-queue',
      'watch',
    ]);
    expect(text).toContain('credentials_file: /run/secrets/app.key');
  });

  it('reads everything that Docker does not check', () => {
    const text = filesOf(all, 'prometheus')['prometheus/prometheus.yml'] ?? '';
    const read = [...text.matchAll(/^ +- ([\w.-]+):\d+$/gm)].map(([, host = '']) =>
      host.replace('localhost', 'prometheus'),
    );
    const unchecked = all.filter(({ inputs }) => {
      const check = inputs['healthcheck'] as typeof UNCHECKED | undefined;
      return check?.tests.join() === UNCHECKED.tests.join();
    });
    expect(unchecked.map(({ name }) => name).sort()).toEqual([
      'alertmanager',
      'blackbox-exporter',
      'node-exporter',
      'pgbouncer-exporter',
      'postgres-exporter',
      'prometheus',
      'redis-cache-exporter',
      'redis-queue-exporter',
      'watch',
    ]);
    expect(read).toEqual(expect.arrayContaining(unchecked.map(({ name }) => name)));
  });

  it('leaves out what the engine has no image of, and says so', async () => {
    const { built, resources } = await recordWatched({}, new Set());
    expect(built.leftOut).toEqual(['grafana']);
    expect(containers(resources).map(({ name }) => name)).not.toContain('grafana');
    expect(Object.keys(built.endpoints).sort()).toEqual([
      'alertmanager',
      'nodeExporter',
      'prometheus',
    ]);
  });

  it('has pgwatch where it is asked for, with its password in a secret file alone', async () => {
    const { built, resources } = await recordWatched({
      monitoring: { pgwatch: { enabled: true } },
    });
    expect(built.leftOut).toEqual([]);
    expect(containers(resources).map(({ name }) => name)).toContain('pgwatch');
    expect(filesOf(resources, 'pgwatch')['pgwatch/sources.yaml']).toContain(
      'postgresql://monitor_',
    );
    expect(filesOf(resources, 'prometheus')['prometheus/prometheus.yml']).toContain(
      'job_name: pgwatch',
    );
  });

  it('gives Grafana a password of its own, and dashboards', () => {
    const files = filesOf(all, 'grafana');
    expect(files['grafana/admin']?.length).toBeGreaterThan(8);
    expect(
      Object.keys(files).filter((name) => name.startsWith('grafana/plinth-')).length,
    ).toBeGreaterThanOrEqual(10);
    const grafana = containers(all).find(({ name }) => name === 'grafana');
    expect(String(grafana?.inputs['image'])).toContain('grafana');
    expect(JSON.stringify(grafana?.inputs['envs'])).toContain('GF_AUTH_ANONYMOUS_ENABLED=false');
  });
});
