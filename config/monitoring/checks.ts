/** Rules of monitoring that involve more than one setting. Pure. */
import type { EnvironmentConfig } from '../environment.ts';
import { formatPath, show, type Path, type ConfigProblem } from '../errors.ts';
import type { MonitoringConfig, Receiver } from './config.ts';
import { nameProblem } from './errors.ts';

/** The parts of monitoring that publish a web UI. */
export function monitoringPages({ enabled, grafana, pgwatch }: MonitoringConfig) {
  if (!enabled) return [];
  return (['prometheus', 'alertmanager', 'nodeExporter', 'grafana', 'pgwatch'] as const).filter(
    (page) => (page !== 'grafana' || grafana.enabled) && (page !== 'pgwatch' || pgwatch.enabled),
  );
}

export function monitoringProblems(config: EnvironmentConfig): ConfigProblem[] {
  const { monitoring } = config;
  if (!monitoring.enabled) return receiverRequired(config);
  return [
    ...receiverRequired(config),
    ...exportersRequired(config),
    ...nameProblems(monitoring),
    ...missing(monitoring),
  ];
}

/** An alert without a receiver has no effect. */
function receiverRequired({ preset, monitoring }: EnvironmentConfig): ConfigProblem[] {
  const told = monitoring.enabled && monitoring.receivers.length > 0;
  if (preset !== 'large' || told || monitoring.acceptNoReceiver) return [];
  return [
    {
      paths: [
        ['monitoring', 'receivers'],
        ['monitoring', 'enabled'],
      ],
      text: `${monitoring.enabled ? 'monitoring.receivers is empty' : 'monitoring.enabled is false'} but in the preset large alerts must be sent to at least one receiver: write a receiver, or set monitoring.acceptNoReceiver to true`,
    },
  ];
}

function exportersRequired({ exporters }: EnvironmentConfig): ConfigProblem[] {
  if (exporters.enabled) return [];
  return [
    {
      paths: [
        ['exporters', 'enabled'],
        ['monitoring', 'enabled'],
      ],
      text: 'exporters.enabled is false but monitoring.enabled is true, so no alert would ever fire: enable both or disable both',
    },
  ];
}

/** Prometheus jobs of the platform. */
const TAKEN = [
  'alertmanager',
  'backup',
  'blackbox',
  'grafana',
  'node',
  'pgbackrest',
  'pgbouncer',
  'postgres',
  'probe',
  'prometheus',
  'redis-cache',
  'redis-queue',
  'watch',
];

function nameProblems({ applications, probes, receivers }: MonitoringConfig): ConfigProblem[] {
  return (
    [
      ['applications', applications],
      ['probes', probes],
      ['receivers', receivers],
    ] as const
  ).flatMap(([group, all]) =>
    all.flatMap(({ name }): ConfigProblem[] => {
      const path = ['monitoring', group, name];
      const problem =
        nameProblem(name) ??
        (group === 'applications' && TAKEN.includes(name)
          ? 'is the name of a job of the platform: choose another name'
          : group === 'probes' && ['postgres', 'pgbouncer'].includes(name)
            ? 'is the name of a probe of the platform: choose another name'
            : undefined);
      return problem === undefined
        ? []
        : [{ paths: [path], text: `${formatPath(path)} names ${show(name)}, which ${problem}` }];
    }),
  );
}

/** Reports required settings that are missing. */
function missing({
  applications,
  probes,
  receivers,
  heartbeat,
}: MonitoringConfig): ConfigProblem[] {
  const at = (path: Path, settings: object, needed: readonly string[]): ConfigProblem[] => {
    const absent = needed.filter((key) =>
      Object.entries(settings).some(([k, v]) => k === key && v === ''),
    );
    const [first] = absent;
    if (first === undefined) return [];
    return [
      {
        paths: [path, ...absent.map((key) => [...path, key])],
        text: `${formatPath(path)} has no ${absent.join(', ')}: write ${absent.length === 1 ? 'it' : 'them'}, or remove ${formatPath(path)}`,
      },
    ];
  };
  return [
    ...[
      ...applications.map((one) => ['applications', one] as const),
      ...probes.map((one) => ['probes', one] as const),
    ].flatMap(([group, one]) => at(['monitoring', group, one.name], one, ['url'])),
    ...receivers.flatMap((one) => at(['monitoring', 'receivers', one.name], one, NEEDED[one.kind])),
    ...(heartbeat === undefined ? [] : at(['monitoring', 'heartbeat'], heartbeat, ['url'])),
  ];
}

const NEEDED: Readonly<Record<Receiver['kind'], readonly string[]>> = {
  webhook: ['url'],
  slack: ['url', 'channel'],
  pagerduty: ['routingKeyFile'],
  email: ['to', 'from', 'smarthost'],
};
