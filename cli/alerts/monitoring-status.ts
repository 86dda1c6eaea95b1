// Whether somebody watches, what is firing now, and what is not shown and why: a few lines of the status.

import { configOf } from '../rls-show.ts';
import type { ServiceStatus } from '../containers.ts';
import {
  imagesHere,
  lastAsked,
  whyLeftOut,
  type RegistryImage,
} from '../../bootstrap/registry-images.ts';
import { run } from '../../lib/process.ts';
import { listing, type Listing } from './list.ts';
import { prometheusAlerts } from './prometheus-client.ts';

export interface MonitoringStatus {
  /** Undefined where Prometheus does not answer. */
  readonly alerts: Listing['alerts'] | undefined;
  /** Whether rules are looked at. */
  readonly watched: boolean;
  /** Whether Prometheus has only just begun, and has not looked at every rule yet. @default false */
  readonly justBegun?: boolean;
  /** Why each of the parts is not there that were asked for. */
  readonly leftOut: Readonly<Partial<Record<RegistryImage, string>>>;
}

/** By then every rule has been looked at, at the slowest interval there can be. */
const BEGINS_MS = 60_000;

/** Undefined where the environment says that nobody watches. */
export async function monitoringStatusOf(
  stack: string,
  all: readonly ServiceStatus[],
): Promise<MonitoringStatus | undefined> {
  if (all.length === 0) return undefined;
  const { monitoring } = await configOf(stack);
  if (!monitoring.enabled) return undefined;
  const here = await imagesHere();
  const missing = (['grafana', 'pgwatch'] as const).filter(
    (part) => monitoring[part].enabled && !all.some((one) => one.part === part),
  );
  const leftOut = Object.fromEntries(
    missing.map((part) => [
      part,
      here.has(part)
        ? `its image is here now: npx plinth up starts it`
        : whyLeftOut(part, lastAsked(part)),
    ]),
  );
  const prometheus = all.find(({ part }) => part === 'prometheus');
  const port = prometheus && (await publishedPort(prometheus.container, 9090));
  if (port === undefined) return { alerts: undefined, watched: false, leftOut };
  const justBegun = Date.now() - Date.parse(prometheus?.startedAt ?? '') < BEGINS_MS;
  try {
    const alerts = await prometheusAlerts({ host: '127.0.0.1', port });
    return { ...listing(alerts, undefined), justBegun, leftOut };
  } catch {
    return { alerts: undefined, watched: false, justBegun, leftOut };
  }
}

/** Undefined where the container does not run. */
async function publishedPort(container: string, internal: number): Promise<number | undefined> {
  const { stdout } = await run('docker', ['port', container, `${String(internal)}/tcp`]);
  const port = /:(\d+)\s*$/m.exec(stdout)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** Lines for a person. */
export function monitoringStatusLines({ leftOut, ...rest }: MonitoringStatus): string[] {
  return [
    `alerts    ${alertWords(rest)}`,
    ...Object.entries(leftOut).map(([part, why]) => `${part.padEnd(9)} left out: ${why}`),
  ];
}

function alertWords({ alerts, watched, justBegun }: Omit<MonitoringStatus, 'leftOut'>): string {
  if (!watched && justBegun === true)
    return 'not looked at yet: Prometheus has begun less than a minute ago';
  if (alerts === undefined)
    return 'NOBODY WATCHES: Prometheus does not answer, npx plinth logs --part prometheus';
  if (!watched) return 'NOBODY WATCHES: rules are not looked at, npx plinth logs --part prometheus';
  const firing = alerts.filter(({ state }) => state === 'firing');
  if (firing.length === 0) return 'nothing fires';
  const names = [...new Set(firing.map(({ name }) => name))];
  return `${String(firing.length)} FIRING: ${names.join(', ')}: npx plinth alerts`;
}
