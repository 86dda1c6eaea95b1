import * as pulumi from '@pulumi/pulumi';
import type { RlsSettings } from '../exporter/settings.ts';
import { persistentVolume } from '../components/container/persistent-volume.ts';
import type { Environment } from '../components/environment.ts';
import type { Credential, Endpoint } from '../components/types.ts';
import type { EnvironmentConfig } from '../config/environment.ts';
import { Alertmanager } from './alertmanager/alertmanager.ts';
import { Grafana } from './grafana/grafana.ts';
import { HostExporters } from './prometheus/host-exporters.ts';
import { Pgwatch } from './pgwatch/pgwatch.ts';
import { Prometheus } from './prometheus/prometheus.ts';
import { alertmanagerYml } from './alertmanager/routing.ts';
import { ruleGroups } from './alerts/all.ts';
import { inhibitions } from './alerts/inhibit.ts';
import { alertsOf, renderRules } from './alerts/rule.ts';
import { PlinthExporter } from './prometheus/plinth-exporter.ts';

export interface MonitoringArgs {
  readonly config: EnvironmentConfig;
  readonly environment: Environment;
  /** The declared access; undefined if no tables are created. */
  readonly access: RlsSettings | undefined;
  /** Upstream images that are available on this machine; parts without an image are omitted. */
  readonly imagesHere: ReadonlySet<'grafana' | 'pgwatch'>;
}

/** The complete monitoring of an environment. */
export class Monitoring extends pulumi.ComponentResource {
  /** Addresses of the pages on this machine. */
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** The Grafana administrator; undefined if Grafana is omitted. */
  readonly grafanaAdmin: Credential | undefined;
  /** Parts that are enabled but whose image is missing. */
  readonly leftOut: readonly ('grafana' | 'pgwatch')[];

  constructor(name: string, args: MonitoringArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const { config, environment, access, imagesHere } = args;
    const { surroundings, images, provider } = environment.engine;
    super('plinth:observability:Monitoring', name, {}, { ...opts, providers: [provider] });
    const { monitoring } = config;
    const parent = { parent: this };
    const monitor = environment.credentials[config.users.monitor.name];
    const health = environment.credentials[config.users.health.name];
    if (monitor === undefined || health === undefined)
      throw new Error('a platform user is missing');
    this.leftOut = (['grafana', 'pgwatch'] as const).filter(
      (part) => monitoring[part].enabled && !imagesHere.has(part),
    );
    const shown = (part: 'grafana' | 'pgwatch') => monitoring[part].enabled && imagesHere.has(part);

    const measurements = persistentVolume(
      'prometheus-data',
      {
        stack: config.stack,
        part: 'prometheus',
        holds: 'data',
        onDestroy: config.postgres.volume.onDestroy,
      },
      this,
    );
    const exporters = new HostExporters(
      'host-exporters',
      {
        ...surroundings,
        image: images.exporters,
        limits: config.exporters,
        nodePort: monitoring.nodeExporter.port,
      },
      parent,
    );
    const watch = new PlinthExporter(
      'watch',
      {
        ...surroundings,
        image: images.watch,
        config,
        access,
        environment,
        monitor,
        health,
        volumes: { prometheus: measurements.name },
      },
      parent,
    );
    const pgwatch = shown('pgwatch')
      ? new Pgwatch(
          'pgwatch',
          { ...surroundings, config, server: environment.postgres.internal, monitor },
          parent,
        )
      : undefined;

    const groups = ruleGroups(config);
    const routing = alertmanagerYml(config, inhibitions(alertsOf(groups)));
    const told = new Alertmanager(
      'alertmanager',
      {
        ...surroundings,
        image: images.alertmanager,
        config,
        routing: routing.text,
        secrets: routing.secretFiles,
      },
      parent,
    );
    const measured = new Prometheus(
      'prometheus',
      {
        ...surroundings,
        image: images.prometheus,
        config,
        data: measurements.name,
        rules: renderRules(groups),
        targets: [
          ...environment.metrics,
          exporters.metrics,
          watch.metrics,
          ...(pgwatch === undefined ? [] : [pgwatch.metrics]),
        ],
        connections: {
          postgres: environment.postgres.internal,
          pgbouncer: environment.pgbouncer.internal,
        },
      },
      // Prometheus starts after its targets, so that a new environment raises no alert.
      { ...parent, dependsOn: [environment, watch, exporters] },
    );
    const grafana = shown('grafana')
      ? new Grafana('grafana', { ...surroundings, config }, parent)
      : undefined;
    this.grafanaAdmin = grafana?.admin;
    this.endpoints = {
      prometheus: measured.endpoint,
      alertmanager: told.endpoint,
      nodeExporter: { host: '127.0.0.1', port: monitoring.nodeExporter.port },
      ...(grafana === undefined ? {} : { grafana: grafana.endpoint }),
      ...(pgwatch === undefined ? {} : { pgwatch: pgwatch.endpoint }),
    };
    this.registerOutputs();
  }
}
