import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  hardening,
  HEALTHCHECK,
  logging,
  REPLACE_ON_CHANGES,
  UNCHECKED,
} from '../../../../components/container/hardening.ts';

const MIB = 1024 ** 2;
const LIMITS = { memoryBytes: 64 * MIB, cpus: 0.5, pids: 10, graceSec: 12 };

describe('what all services have in common', () => {
  it('is exactly this', () => {
    expect(hardening(LIMITS)).toEqual({
      capabilities: { drops: ['ALL'] },
      cpus: '0.5',
      destroyGraceSeconds: 12,
      init: false,
      ipcMode: 'private',
      memory: 64,
      memorySwap: 64,
      mustRun: true,
      networkMode: 'bridge',
      readOnly: true,
      restart: 'unless-stopped',
      securityOpts: ['no-new-privileges'],
      shmSize: 64,
      stopTimeout: 12,
      tmpfs: { '/tmp': 'rw,noexec,nosuid,size=16m' },
    });
  });

  it('writes logs to files that are cut', () => {
    expect(logging(undefined, 'plinth-dev-postgres')).toEqual({
      logDriver: 'json-file',
      logOpts: { 'max-file': '3', 'max-size': '10m' },
    });
  });

  it.each([
    ['fluentd', 'fluentd-address', 'tcp://logs:24224', { 'fluentd-async': 'true' }],
    ['gelf', 'gelf-address', 'udp://logs:24224', {}],
    ['syslog', 'syslog-address', 'udp://logs:24224', { 'syslog-format': 'rfc5424micro' }],
  ] as const)('ships logs by %s, and waits for nobody', (driver, option, address, more) => {
    expect(logging({ driver, address: 'logs:24224' }, 'plinth-dev-postgres')).toEqual({
      logDriver: driver,
      logOpts: {
        [option]: address,
        tag: 'plinth-dev-postgres',
        mode: 'non-blocking',
        'max-buffer-size': '4m',
        'cache-max-size': '10m',
        'cache-max-file': '2',
        ...more,
      },
    });
  });

  it.each([
    [1, '1.0'],
    [4, '4.0'],
    [0.25, '0.25'],
    [1.5, '1.5'],
  ])('gives %p processors as the engine reads them back: %p', (cpus, written) => {
    expect(hardening({ ...LIMITS, cpus }).cpus).toBe(written);
  });

  it('gives at least the memory that was asked for, in whole MiB, and no swap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 * 1024 * MIB }), (memoryBytes) => {
        const { memory, memorySwap } = hardening({ ...LIMITS, memoryBytes });
        expect(memory * MIB).toBeGreaterThanOrEqual(memoryBytes);
        expect(memory * MIB - memoryBytes).toBeLessThan(MIB);
        expect(memorySwap).toBe(memory);
      }),
    );
  });

  it('gives the shared memory that was asked for', () => {
    expect(hardening({ ...LIMITS, shmBytes: 128 * MIB }).shmSize).toBe(128);
    expect(hardening({ ...LIMITS, shmBytes: 128 * MIB + 1 }).shmSize).toBe(129);
  });
});

describe('the health check', () => {
  it("runs the image's own script, with times as the engine writes them", () => {
    expect(HEALTHCHECK.tests).toEqual(['CMD', '/usr/local/bin/plinth-health']);
    expect(HEALTHCHECK.interval).toBe('5m0s');
    for (const time of [HEALTHCHECK.interval, HEALTHCHECK.timeout, HEALTHCHECK.startPeriod]) {
      expect(time).toMatch(/^(\d+m)?([1-5]?\d)s$/);
    }
    expect(HEALTHCHECK.retries).toBeGreaterThan(1);
  });

  it('of what only watches is none, whatever its image has', () => {
    expect(UNCHECKED.tests).toEqual(['NONE']);
  });

  it('replaces the container when it changes, as everything does that the provider would ignore', () => {
    expect(REPLACE_ON_CHANGES).toEqual(['healthcheck', 'tmpfs', 'init', 'cpus']);
    const known = Object.keys({ ...hardening(LIMITS), healthcheck: HEALTHCHECK });
    expect(REPLACE_ON_CHANGES.filter((name) => !known.includes(name))).toEqual([]);
  });
});
