import type { LogsConfig } from '../../config/environment.ts';

/**
 * What every service container has in common, as plain data for the docker provider. Fields that a
 * daemon may default differently are spelled out, or each update would show a difference.
 */
export interface Limits {
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Most processes and threads at once. */
  readonly pids: number;
  /** Seconds between the stop signal and the kill. */
  readonly graceSec: number;
  /** Size of /dev/shm. @default 64 MiB */
  readonly shmBytes?: number;
  /** Size of /tmp, which is in memory. @default 16 MiB */
  readonly tmpBytes?: number;
}

const MIB = 1024 * 1024;

/** The provider's memory and shared-memory arguments are whole MiB. */
function mebibytes(bytes: number): number {
  return Math.ceil(bytes / MIB);
}

/** The engine gives whole processors back with a decimal, so they are written with one. */
function processors(cpus: number): string {
  return Number.isInteger(cpus) ? cpus.toFixed(1) : String(cpus);
}

/** Arguments shared by all services: limits, privileges, logs, restart. */
export function hardening(limits: Limits) {
  const memory = mebibytes(limits.memoryBytes);
  return {
    capabilities: { drops: ['ALL'] },
    cpus: processors(limits.cpus),
    destroyGraceSeconds: limits.graceSec,
    init: false,
    ipcMode: 'private',
    memory,
    // Without it the provider sees a difference for ever; equal to memory means no swap.
    memorySwap: memory,
    mustRun: true,
    networkMode: 'bridge',
    readOnly: true,
    restart: 'unless-stopped',
    securityOpts: ['no-new-privileges'],
    // The same for a `docker stop` by hand, which otherwise kills after ten seconds.
    stopTimeout: limits.graceSec,
    shmSize: mebibytes(limits.shmBytes ?? 64 * MIB),
    tmpfs: { '/tmp': `rw,noexec,nosuid,size=${String(mebibytes(limits.tmpBytes ?? 16 * MIB))}m` },
  };
}

/** What every image answers when it is asked how it is: a real query, made by a script of the image. */
export const HEALTH_TEST = ['/usr/local/bin/plinth-health'];

/**
 * Docker's own check, for `docker ps`. It is rare: each check starts some twenty processes and threads, which is most of what an
 * idle environment does. An update asks by itself (see Readiness), as `plinth status` does, and Prometheus knows of a failure within
 * half a minute. Durations are written as the engine gives them back, or each update would show a difference.
 */
export const HEALTHCHECK = {
  tests: ['CMD', ...HEALTH_TEST],
  interval: '5m0s',
  timeout: '1m0s',
  startPeriod: '1m0s',
  retries: 2,
};

/** For what only watches: Prometheus reads it all the time, so Docker asks nothing. */
export const UNCHECKED = {
  tests: ['NONE'],
  interval: '0s',
  timeout: '0s',
  startPeriod: '0s',
  retries: 0,
};

/**
 * What only watches has a sixteenth of anybody else's part (1024) of a processor that is fought over: nobody waits for it, and it is
 * still far more than it needs.
 */
export const LOW_PRIORITY_CPU_SHARES = 64;

/**
 * Arguments whose change the provider is known to ignore, or to be able to take only with a new
 * container: better a visible replacement than a setting that never arrives.
 */
export const REPLACE_ON_CHANGES = ['healthcheck', 'tmpfs', 'init', 'cpus'];

/**
 * Where a container's output goes: files of the machine, at most thirty megabytes, or a collector, beside which Docker keeps the newest
 * twenty megabytes for `docker logs`. A collector that is slow or gone loses lines; it never holds up who writes them.
 */
export function logging(shipTo: LogsConfig['shipTo'], tag: string) {
  if (shipTo === undefined) {
    return { logDriver: 'json-file', logOpts: { 'max-file': '3', 'max-size': '10m' } };
  }
  const { driver, address } = shipTo;
  const protocol = driver === 'fluentd' ? 'tcp' : 'udp';
  return {
    logDriver: driver,
    logOpts: {
      [`${driver}-address`]: `${protocol}://${address}`,
      tag,
      mode: 'non-blocking',
      'max-buffer-size': '4m',
      'cache-max-size': '10m',
      'cache-max-file': '2',
      ...(driver === 'fluentd' ? { 'fluentd-async': 'true' } : {}),
      ...(driver === 'syslog' ? { 'syslog-format': 'rfc5424micro' } : {}),
    },
  };
}
