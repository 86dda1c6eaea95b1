/** The dashboards as Grafana reads them; whether Prometheus understands them is in test/stack. */
import { describe, expect, it } from '@jest/globals';
import type { Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { parseEnvironment } from '../../../config/parse.ts';
import { dashboards } from '../../../observability/dashboards/all.ts';
import { annotationQueries, runnable, UNITS } from '../../../observability/dashboards/builders.ts';
import { grafanaFiles, grafanaSettings, homePath } from '../../../observability/grafana/files.ts';
import { ruleGroups } from '../../../observability/alerts/all.ts';
import { alertsOf } from '../../../observability/alerts/rule.ts';
import { thresholdsOf } from '../../../observability/alerts/thresholds.ts';
import { metricsOf } from '../../support/monitoring/promql.ts';
import type { Settings } from '../../support/environment.ts';
import { rawFrom } from '../config/raw.ts';

const METRICS = path.resolve(import.meta.dirname, '../../golden/metrics');

const environment = (settings: Settings = {}) =>
  parseEnvironment(rawFrom(settings), { stack: 'dev' });

/** All that there can be. */
const full: Settings = {
  monitoring: {
    applications: { shop: { url: 'http://host.docker.internal:5000/metrics' } },
    probes: { page: { url: 'https://example.org/' } },
  },
};
/** As little as there can be. */
const bare: Settings = {
  redis: { cache: { enabled: false }, queue: { enabled: false } },
  backup: { enabled: false },
  application: { migrations: false },
};

const boards = dashboards(environment(full));
const partsOf = (board: (typeof boards)[number]) => board.json.panels ?? [];
const isPanel = (part: Panel | RowPanel): part is Panel => part.type !== 'row';
const panels = boards.flatMap((board) =>
  partsOf(board)
    .filter(isPanel)
    .map((panel) => ({ name: `${board.uid}: ${panel.title ?? ''}`, panel })),
);

describe('dashboards', () => {
  it('are these, for an environment with everything', () => {
    expect(boards.map(({ uid }) => uid)).toEqual([
      'plinth-overview',
      'plinth-postgres',
      'plinth-queries',
      'plinth-connections',
      'plinth-locks',
      'plinth-redis',
      'plinth-backups',
      'plinth-access',
      'plinth-host',
      'plinth-slo',
      'plinth-monitoring',
    ]);
    expect(dashboards(environment()).map(({ uid }) => uid)).toEqual(boards.map(({ uid }) => uid));
  });

  it('ask for nothing that an environment does not have', () => {
    const few = dashboards(environment(bare));
    expect(few.map(({ uid }) => uid)).toEqual(
      boards.map(({ uid }) => uid).filter((uid) => !/redis|backups/.test(uid)),
    );
    const asked = few
      .filter(({ uid }) => uid !== 'plinth-monitoring')
      .flatMap(({ queries }) => queries.flatMap(({ expr }) => metricsOf(expr)));
    expect(
      asked.filter((name) => /^redis_|^plinth_(backup|drill|pitr|access|migrations)_/.test(name)),
    ).toEqual([]);
    const text = few.flatMap(({ queries }) => queries.map(({ expr }) => expr)).join('\n');
    expect(text).not.toContain('subject="application"');
  });

  it('leave out the Redis that is switched off, and the drill', () => {
    const some = dashboards(
      environment({
        redis: { queue: { enabled: false } },
        backup: { drill: { enabled: false }, pointInTime: { enabled: false } },
      }),
    );
    const text = some
      .filter(({ uid }) => uid !== 'plinth-monitoring')
      .flatMap(({ queries }) => queries.map(({ expr }) => expr))
      .join('\n');
    expect(text).toContain('job="redis-cache"');
    expect(text).not.toContain('redis-queue');
    expect(text).not.toMatch(/plinth_(drill|pitr)_/);
  });

  it.each(Object.entries({ full, bare }))(
    'name runbooks of alerts that there are: %s',
    (_, some) => {
      const config = environment(some);
      const alerts = alertsOf(ruleGroups(config)).map(({ name }) => name);
      const named = dashboards(config).flatMap((board) =>
        partsOf(board)
          .filter(isPanel)
          .flatMap(({ description = '' }) => /runbooks\/(\w+)\.md$/.exec(description)?.[1] ?? []),
      );
      expect(named.length).toBeGreaterThan(40);
      expect(named.filter((name) => !alerts.includes(name))).toEqual([]);
      // What always fires is left out by its name.
      expect(alerts).toContain('Watchdog');
      expect(JSON.stringify(dashboards(config)[0]?.json)).toContain('alertname!=\\"Watchdog\\"');
    },
  );

  it.each(Object.entries({ full, bare }))('lead to boards that there are: %s', (_, some) => {
    const there = dashboards(environment(some));
    const uids = there.map(({ uid }) => uid);
    const leads = there.flatMap((board) =>
      partsOf(board)
        .filter(isPanel)
        .flatMap(({ links = [] }) => links.map(({ url = '' }) => url)),
    );
    expect(leads.length).toBeGreaterThan(20);
    expect(
      leads.filter((url) => !uids.some((uid) => url === `/d/${uid}?\${__url_time_range}`)),
    ).toEqual([]);
  });

  it('are the same in every run', () => {
    const once = JSON.stringify(dashboards(environment(full)));
    expect(JSON.stringify(dashboards(environment(full)))).toBe(once);
    expect(JSON.stringify(boards)).toBe(once);
  });

  it('list the queries that their panels ask', () => {
    for (const board of boards) {
      const inJson = partsOf(board)
        .filter(isPanel)
        .flatMap(({ title, targets = [] }) =>
          (targets as { expr?: string; instant?: boolean; range?: boolean }[]).map((target) => ({
            board: board.uid,
            panel: title,
            expr: target.expr,
            kind: target.instant === true && target.range === false ? 'instant' : 'range',
          })),
        );
      expect(board.queries).toEqual(inJson);
    }
  });

  it('tell the numbers of the environment, not some', () => {
    const config = environment({
      monitoring: { thresholds: { lockWait: '7s', disk: 63, latency: '250ms' } },
      postgres: { slowQuery: '333ms' },
    });
    const t = thresholdsOf(config);
    expect(t.lockWaitSec).toBe(7);
    const steps = (uid: string, title: string) =>
      partsOf(dashboards(config).find((board) => board.uid === uid)!)
        .filter(isPanel)
        .find((panel) => panel.title === title)?.fieldConfig?.defaults.thresholds?.steps;
    const red = (value: number) => [
      { value: null, color: 'green' },
      { value, color: 'red' },
    ];
    expect(steps('plinth-locks', 'Longest lock wait')).toEqual(red(7));
    expect(steps('plinth-host', 'Volume usage')).toEqual(red(0.63));
    expect(steps('plinth-slo', 'Latency percentiles')).toEqual(red(0.25));
    expect(steps('plinth-queries', 'Slowest statements, 95th percentile')).toEqual(red(0.333));
  });
});

describe.each(boards.map((board) => [board.uid, board] as const))('%s', (_, board) => {
  it('is a page that Grafana takes and nobody changes', () => {
    const { json } = board;
    expect(json).toMatchObject({
      uid: board.uid,
      title: board.title,
      tags: ['plinth'],
      editable: false,
      schemaVersion: 42,
      refresh: '30s',
      timezone: 'browser',
      graphTooltip: 1,
    });
    expect(json.description).toMatch(/^[A-Z].*[?]$/);
    expect(json.id).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify(json, undefined, 2))).toBeLessThan(200_000);
  });

  it('leads to all others, above and not in a menu', () => {
    expect(board.json.links).toMatchObject([
      { type: 'link', url: '/d/plinth-overview', keepTime: true },
      { type: 'dashboards', tags: ['plinth'], asDropdown: true, keepTime: true },
    ]);
    for (const link of board.json.links ?? []) expect(link).not.toHaveProperty('placement');
  });

  it('has an id for each panel, and titles that are told apart', () => {
    const ids = partsOf(board).map(({ id }) => id);
    expect(ids).toEqual(ids.map((_id, index) => index + 1));
    const titles = partsOf(board).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(partsOf(board)[0]?.type).toBe('row');
  });

  it('has no panel upon another, none beyond the edge, and no gap in a line', () => {
    const cells = new Map<string, number>();
    for (const { gridPos } of partsOf(board)) {
      const { x, y, w, h } = gridPos!;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let at = y; at < y + h; at++) {
          const cell = `${String(column)},${String(at)}`;
          cells.set(cell, (cells.get(cell) ?? 0) + 1);
        }
      }
    }
    expect([...cells.values()].filter((times) => times > 1)).toEqual([]);
    const height = Math.max(...partsOf(board).map(({ gridPos }) => gridPos!.y + gridPos!.h));
    expect(cells.size).toBe(24 * height);
  });
});

describe.each(panels.map(({ name, panel }) => [name, panel] as const))('%s', (_, panel) => {
  it('says what it is, in what, from where, and what to do', () => {
    expect(panel.title).toMatch(/^[A-Z]/);
    const [shows, normal, ifNot, ...more] = (panel.description ?? '').split('\n\n');
    expect(shows).toMatch(/^.{20,}\.$/);
    expect(normal).toMatch(/^\*\*Normal:\*\* .+\.$/);
    expect(ifNot).toMatch(/^\*\*If not:\*\* .+[.?]$/);
    expect(more.filter((line) => !/^\*\*Runbook:\*\* docs\/runbooks\/\w+\.md$/.test(line))).toEqual(
      [],
    );
    expect(Object.values(UNITS)).toContain(panel.fieldConfig?.defaults.unit);
    expect(panel.datasource).toEqual({ type: 'prometheus', uid: 'prometheus' });
  });

  it('has steps of colours that begin nowhere, and rise', () => {
    const steps = panel.fieldConfig?.defaults.thresholds?.steps ?? [];
    expect(steps[0]?.value).toBeNull();
    const values = steps.slice(1).map(({ value }) => value);
    for (const value of values) expect(Number.isFinite(value)).toBe(true);
  });

  it('asks the one data source, each query under its letter', () => {
    const targets = (panel.targets ?? []) as unknown as Record<string, unknown>[];
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.map(({ refId }) => refId)).toEqual(
      targets.map((_target, index) => String.fromCharCode(65 + index)),
    );
    for (const target of targets) {
      expect(target['datasource']).toEqual({ type: 'prometheus', uid: 'prometheus' });
      expect(target['format']).toBe(panel.type === 'table' ? 'table' : 'time_series');
      expect(target['range']).toBe(panel.type === 'timeseries');
      expect(target['instant']).toBe(panel.type !== 'timeseries');
    }
  });
});

describe('queries', () => {
  const known = new Set(
    readdirSync(METRICS).flatMap((file) =>
      readFileSync(path.join(METRICS, file), 'utf8').trim().split('\n'),
    ),
  );
  /** Made by Prometheus itself. */
  const own = [
    'ALERTS',
    'ALERTS_FOR_STATE',
    'scrape_duration_seconds',
    'scrape_samples_scraped',
    'up',
  ];
  const all = [
    ...boards.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
    ...annotationQueries,
  ];

  it('name metrics that somebody shows', () => {
    const unknown = all.flatMap((expr) =>
      metricsOf(expr).filter((name) => !known.has(name) && !own.includes(name)),
    );
    expect(unknown).toEqual([]);
    expect(all.filter((expr) => metricsOf(expr).length === 0)).toEqual([]);
  });

  it('leave to Grafana only what can be filled in', () => {
    expect(runnable('rate(a[$__rate_interval]) + increase(b[$__range])')).toBe(
      'rate(a[1m]) + increase(b[1h])',
    );
    expect(all.map(runnable).filter((expr) => expr.includes('$__'))).toEqual([]);
  });

  it('take the distance that Grafana works out where they look at now', () => {
    const rates = all.flatMap((expr) => expr.match(/\b(?:rate|irate)\([^[]*\[[^\]]+\]/g) ?? []);
    expect(rates.length).toBeGreaterThan(50);
    expect(rates.filter((text) => !text.endsWith('[$__rate_interval]'))).toEqual([]);
  });
});

describe('files of Grafana', () => {
  const files = grafanaFiles(boards, 15);

  it('are where Grafana looks for them', () => {
    expect(Object.keys(files)).toEqual([
      'provisioning/datasources/prometheus.yaml',
      'provisioning/dashboards/plinth.yaml',
      ...boards.map(({ uid }) => `dashboards/${uid}.json`),
    ]);
    expect(homePath).toBe('/etc/plinth/dashboards/plinth-overview.json');
    expect(Object.keys(files)).toContain(homePath.replace('/etc/plinth/', ''));
    for (const board of boards) {
      expect(JSON.parse(files[`dashboards/${board.uid}.json`]!)).toEqual(
        JSON.parse(JSON.stringify(board.json)),
      );
    }
  });

  it('name the data source that panels ask, and let nobody change it', () => {
    expect(parse(files['provisioning/datasources/prometheus.yaml']!)).toMatchObject({
      apiVersion: 1,
      datasources: [
        {
          type: 'prometheus',
          uid: 'prometheus',
          url: 'http://prometheus:9090',
          editable: false,
          isDefault: true,
          jsonData: { timeInterval: '15s' },
        },
      ],
    });
  });

  it('name the folder of the boards, and let nobody change them', () => {
    const { providers } = parse(files['provisioning/dashboards/plinth.yaml']!) as {
      providers: unknown[];
    };
    expect(providers).toEqual([
      expect.objectContaining({
        folder: 'Plinth',
        type: 'file',
        allowUiUpdates: false,
        disableDeletion: true,
        options: { path: '/etc/plinth/dashboards', foldersFromFilesStructure: false },
      }),
    ]);
  });

  it('hold settings that let nobody in and nothing out, and no password', () => {
    const settings = grafanaSettings();
    expect(settings).toMatchObject({
      GF_AUTH_ANONYMOUS_ENABLED: 'false',
      GF_USERS_ALLOW_SIGN_UP: 'false',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
      GF_PLUGINS_PREINSTALL_DISABLED: 'true',
      GF_SECURITY_ADMIN_PASSWORD__FILE: '/run/secrets/admin',
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: homePath,
    });
    expect(settings).not.toHaveProperty('GF_SECURITY_ADMIN_PASSWORD');
  });
});
