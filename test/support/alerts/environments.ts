/** Environments whose rules are looked at, from settings as they stand in a stack file. */
import type { EnvironmentConfig } from '../../../config/environment.ts';
import { parseEnvironment } from '../../../config/parse.ts';
import { rawFrom } from '../../unit/config/raw.ts';

function environment(settings: Readonly<Record<string, unknown>>): EnvironmentConfig {
  return parseEnvironment(rawFrom(settings), { stack: 'test', database: 'classrooms' });
}

const watched = {
  applications: { shop: { url: 'http://shop:3000/metrics' } },
  probes: { homepage: { url: 'https://example.org/' } },
};

/** Where everything has its rules; the cases are about this one. */
export const everything = environment({ monitoring: watched });

/** Where nothing is that need not be. */
export const bare = environment({
  redis: { cache: { enabled: false }, queue: { enabled: false } },
  backup: { enabled: false },
  application: { migrations: false },
});

/** With numbers that nobody would choose. */
export const odd = environment({
  timezone: 'America/Argentina/Buenos_Aires',
  postgres: { database: 'with_line', slowQuery: '1ms', maxConnections: 200, memory: '2GiB' },
  redis: { cache: { enabled: false } },
  backup: { schedule: '7 3 1 * *', drill: { schedule: '*/5 * * * *' } },
  monitoring: {
    scrapeInterval: '1min',
    retention: '1d',
    applications: { 'a-b': { url: 'http://a:1/metrics' }, 'a-b-2': { url: 'http://b:1/metrics' } },
    probes: { page: { url: 'http://localhost/' } },
    thresholds: {
      availability: 50,
      latency: '333ms',
      redisLatency: '1ms',
      connections: 1,
      errors: 0.5 + 0.6,
      cacheHit: 33.3,
      disk: 100,
      certificate: '36h',
    },
  },
});

export const environments = { everything, bare, odd };
