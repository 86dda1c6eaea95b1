import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { waves, type Fault } from '../../cli/fault-injection/faults.ts';
import { prometheusAlerts, type Monitors } from '../../cli/alerts/prometheus-client.ts';
import { runFaults, type FaultResult } from '../../cli/fault-injection/runner.ts';
import { FaultTarget } from '../../cli/fault-injection/target.ts';
import { sendTest } from '../../cli/alerts/test-alert.ts';
import { faultTable } from '../../cli/commands/drill.ts';
import { parseEnvironment } from '../../config/parse.ts';
import { dashboards } from '../../observability/dashboards/all.ts';
import { runnable } from '../../observability/dashboards/builders.ts';
import { ruleGroups } from '../../observability/alerts/all.ts';
import { imageBuilds } from '../../bootstrap/image-list.ts';
import { FULL } from '../support/full.ts';
import { rawFrom } from '../unit/config/raw.ts';
import { AlertReceiver } from '../support/monitoring/alert-receiver.ts';
import { classroomsLoad, type Load } from '../support/monitoring/load.ts';
import { metricsOf } from '../support/monitoring/promql.ts';
import { ask, series } from '../support/monitoring/prometheus.ts';
import { docker, eventually, TestStack } from '../support/stack.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const KEY = 'only-for-this-test-run';
const DISK_MIB = 256;
const PATIENCE = { toldSec: 600, resolvedSec: 1500 };

/** Alerts over a long window: they end that long after their cause. promtool proves it on every run, a full run waits for it. */
const LONG_WINDOW: readonly string[] = ['Deadlocks', 'AuthenticationFailures'];

function isAwaited({ alert }: Fault): boolean {
  return FULL || !LONG_WINDOW.includes(alert);
}

/** What watches is itself watched here: on a real environment, with real faults, to a real receiver. */
describe('a watched environment', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-watched-'));
  const disk = path.join(folder, 'backups');
  let stack: TestStack;
  let beside: AlertReceiver;
  let monitors: Monitors;
  let load: Load;

  const settings = () => ({
    'plinth:monitoring': {
      enabled: true,
      scrapeInterval: '5s',
      applications: {
        shop: { url: 'http://shop:5000/metrics', keyFile: path.join(folder, 'key') },
      },
      probes: { shop: { url: 'http://shop:5000/' } },
      receivers: { desk: { url: 'http://told:8080/alerts' } },
      heartbeat: { url: 'http://told:8080/heartbeat' },
    },
    'plinth:backup': { directory: disk },
  });
  const config = () => {
    const file = parse(execFileSync('cat', [stack.configFile], { encoding: 'utf8' })) as {
      readonly config: Record<string, unknown>;
    };
    const plain = Object.fromEntries(
      Object.entries(file.config).map(([key, value]) => [key.replace('plinth:', ''), value]),
    );
    return parseEnvironment(rawFrom(plain), { stack: stack.name, database: 'classrooms' });
  };

  beforeAll(async () => {
    writeFileSync(path.join(folder, 'key'), `${KEY}\n`);
    execFileSync('mkdir', ['-m', '0777', disk]);
    // A disk of its own, so that it can be filled.
    execFileSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      `size=${String(DISK_MIB)}m,mode=0777`,
      'plinth-watched',
      disk,
    ]);
    stack = await TestStack.create('t-alerts', settings());
    beside = new AlertReceiver(`plinth-${stack.name}`, imageBuilds(ROOT).backup.reference);
    // Who is told has to be there before the first message is.
    await Promise.all([stack.up(), beside.start(KEY)]);
    monitors = {
      prometheus: { host: '127.0.0.1', port: stack.ports.prometheus },
      alertmanager: { host: '127.0.0.1', port: stack.ports.alertmanager },
    };
    load = await classroomsLoad(await stack.urls(), stack);
  });
  afterAll(async () => {
    await load.stop();
    await beside.remove();
    await stack.remove();
    execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is the same after a second update, with a refresh', async () => {
    const output = await stack.expect(
      'up',
      '--yes',
      '--skip-preview',
      '--refresh',
      '--expect-no-changes',
    );
    expect(output).toContain('unchanged');
  });

  it('has every target up, and no other', async () => {
    const down = async () => {
      const up = await series(monitors.prometheus, 'up');
      return up.filter(({ value }) => value !== 1).map(({ labels }) => labels['job']);
    };
    await eventually(down, (jobs) => jobs.length === 0, 120);
    const jobs = (await series(monitors.prometheus, 'count by (job) (up)')).map(
      ({ labels }) => labels['job'],
    );
    expect(jobs.sort()).toEqual([
      'alertmanager',
      'backup',
      'blackbox',
      'node',
      'pgbackrest',
      'pgbouncer',
      'postgres',
      'prometheus',
      'redis-cache',
      'redis-queue',
      'shop',
      'watch',
    ]);
  });

  it('listens on 127.0.0.1 only, and gives nobody more than he needs', async () => {
    for (const part of [
      'prometheus',
      'alertmanager',
      'node-exporter',
      'blackbox-exporter',
      'watch',
    ]) {
      const [container] = JSON.parse(await docker('inspect', stack.container(part))) as {
        Config: { User: string };
        HostConfig: {
          ReadonlyRootfs: boolean;
          CapDrop: string[];
          Memory: number;
          PidsLimit: number;
          LogConfig: { Config: Record<string, string> };
        };
        NetworkSettings: { Ports: Record<string, { HostIp: string }[] | null> };
        Mounts: { Source: string; RW: boolean; Type: string }[];
      }[];
      const { HostConfig, NetworkSettings, Mounts, Config } = container!;
      expect(Number(Config.User)).toBeGreaterThan(0);
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] });
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(HostConfig.LogConfig.Config).toMatchObject({ 'max-size': '10m', 'max-file': '3' });
      const published = Object.values(NetworkSettings.Ports).flatMap((ports) => ports ?? []);
      expect(published.every(({ HostIp }) => HostIp === '127.0.0.1')).toBe(true);
      expect(Mounts.filter(({ Source }) => Source.includes('docker.sock'))).toEqual([]);
      expect(Mounts.filter(({ Type, RW }) => Type === 'bind' && RW)).toEqual([]);
    }
  });

  it('exposes every metric that a rule or a panel names', async () => {
    const names = new Set(
      (await ask<string[]>(monitors.prometheus, '/api/v1/label/__name__/values')).data,
    );
    const recorded = ruleGroups(config()).flatMap(({ recordings = [] }) =>
      recordings.map(({ record }) => record),
    );
    const inRules = ruleGroups(config()).flatMap(({ alerts = [], recordings = [] }) =>
      [...alerts, ...recordings].map(({ expr }) => expr),
    );
    const inPanels = dashboards(config()).flatMap(({ queries }) => queries.map(({ expr }) => expr));
    const wanted = [...new Set([...inRules, ...inPanels].flatMap((expr) => metricsOf(expr)))];
    expect(wanted.length).toBeGreaterThan(100);
    const absent = wanted.filter((name) => !names.has(name) && !recorded.includes(name)).sort();
    expect(absent).toEqual([...ONLY_WITH]);
  });

  it('has data for every query of every panel, under load', async () => {
    const empty = async () => {
      const queries = dashboards(config()).flatMap(({ queries }) => queries);
      expect(queries.length).toBeGreaterThan(100);
      const answers = await Promise.all(
        queries.map(async ({ board, panel, expr }) => {
          const found = await series(monitors.prometheus, runnable(expr));
          return found.length > 0 ? [] : [`${board} / ${panel}: ${expr}`];
        }),
      );
      return answers.flat();
    };
    await eventually(empty, (none) => none.length === 0, 240).catch(async () => {
      expect(await empty()).toEqual([]);
    });
  });

  it('is quiet when all is well', async () => {
    const firing = async () =>
      (await prometheusAlerts(monitors.prometheus))
        // How the machine of the test fares is not the stack's doing.
        .filter(({ state, labels }) => state === 'firing' && labels['subject'] !== 'host')
        .map(({ labels }) => labels['alertname'] ?? '');
    expect(await eventually(firing, (names) => names.join() === 'Watchdog', 300)).toEqual([
      'Watchdog',
    ]);
  });

  it("calls the dead man's switch", async () => {
    await eventually(
      () => beside.heartbeats(),
      (count) => count > 0,
      120,
    );
  });

  it('delivers a test, and says so when it cannot', async () => {
    const send = () =>
      sendTest(monitors.alertmanager, {
        stack: stack.name,
        severity: 'critical',
        reasonOf: () => Promise.resolve(undefined),
      });
    expect(await send()).toMatchObject([
      { receiver: 'desk', outcome: { result: 'delivered', resolved: true } },
    ]);
    await docker('pause', beside.container('told'));
    const silent = await send().finally(() => docker('unpause', beside.container('told')));
    expect(silent).toMatchObject([{ receiver: 'desk', outcome: { result: 'failed' } }]);
  });

  /** Faults of what only this environment has. */
  const further = (): Fault[][] => {
    const shop = beside.container('shop');
    const file = path.join(disk, 'filler');
    const says = (word: string) =>
      docker(
        'exec',
        shop,
        'node',
        '-e',
        `require('node:http').get('http://127.0.0.1:5000/${word}')`,
      );
    return [
      [
        {
          alert: 'DiskNearlyFull',
          what: 'the disk of the backups is filled to 90 %',
          part: 'backup',
          begin: () => {
            // Room for a backup is left.
            const megabytes = Math.floor(DISK_MIB * 0.88);
            execFileSync(
              'dd',
              ['if=/dev/zero', `of=${file}`, 'bs=1M', `count=${String(megabytes)}`],
              {
                stdio: 'ignore',
              },
            );
            return Promise.resolve();
          },
          end: () => {
            rmSync(file);
            return Promise.resolve();
          },
        },
      ],
      [
        {
          alert: 'ApplicationDown',
          what: 'the application is stopped',
          part: 'shop',
          begin: () => docker('stop', '--time', '1', shop),
          end: () => docker('start', shop),
        },
      ],
      // A rate over five minutes: it ends long after its cause, so it has no wave that would wait for others first.
      [
        {
          alert: 'ApplicationErrorRateHigh',
          what: 'the application answers with 500',
          part: 'shop',
          begin: () => says('broken'),
          end: () => says('mended'),
        },
      ],
    ];
  };
  const firingSince = async (moment: Date) =>
    (await beside.told()).filter(({ status, at }) => status === 'firing' && at >= moment);

  describe('with faults', () => {
    let done: FaultResult[];
    let begun: Date;

    beforeAll(async () => {
      begun = new Date();
      const stage = FaultTarget.from(stack.name, await stack.urls());
      const [first = [], second = [], apart = []] = further();
      const [one = [], two = [], ...more] = waves;
      const all = [[...one.filter(isAwaited), ...first], [...two, ...second], ...more];
      for (const fault of one.filter((one) => !isAwaited(one))) {
        await fault.begin(stage);
        await fault.end(stage);
      }
      // Not Alertmanager's word: a fault ends when the receiver itself has heard of it.
      const heard = async () => new Set((await firingSince(begun)).map(({ alert }) => alert));
      const made = await Promise.all(
        [all, [apart]].map((some) =>
          runFaults(some, stage, monitors, { ...PATIENCE, heard }, () => undefined),
        ),
      );
      done = made.flat();
      console.log(faultTable(done));
    }, 3_600_000);

    it.each(waves.flat().filter((fault) => !isAwaited(fault)))(
      '$alert is told of',
      async ({ alert }) => {
        const heard = async () => (await firingSince(begun)).map((one) => one.alert);
        await eventually(heard, (alerts) => alerts.includes(alert));
      },
    );

    it.each([
      ...waves
        .flat()
        .filter(isAwaited)
        .map(({ alert }) => alert),
      'DiskNearlyFull',
      'ApplicationErrorRateHigh',
      'ApplicationDown',
    ])('%s is told of, and its end', async (alert) => {
      const found = done.find((one) => one.alert === alert);
      expect(found).toMatchObject({
        toldSec: expect.any(Number),
        resolvedSec: expect.any(Number),
      });
      expect(found?.problem).toBeUndefined();
      // Not Alertmanager's word: the receiver itself has heard both.
      const heard = async () =>
        (await beside.told())
          .filter((one) => one.alert === alert && one.at >= begun)
          .map(({ status }) => status);
      await eventually(
        heard,
        (states) => states.includes('firing') && states.includes('resolved'),
        120,
      );
    });
  });
});

/** Metrics that a whole environment does not have, each with its reason. */
const ONLY_WITH: readonly string[] = [
  // Replicas, which there are none of.
  'plinth_postgres_replication_lag_bytes',
  // The example's tables have ids that are drawn, and no sequence.
  'plinth_postgres_sequence_used_ratio',
  // Tables above ten megabytes.
  'plinth_postgres_table_bloat_ratio',
  // Pages with a certificate.
  'probe_ssl_earliest_cert_expiry',
];
