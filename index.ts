import { loadAccess } from './access/load.ts';
import { Environment } from './components/environment.ts';
import * as outputs from './components/outputs.ts';
import { loadConfig, refusing } from './config/load.ts';
import { baseTag, imageBuilds } from './toolchain/image-list.ts';

// Load: one environment file becomes plain data, or every mistake in it is told at once.
const config = await loadConfig();
const access = await refusing(() => loadAccess(config));

// Build: network, Postgres, roles, tables, PgBouncer, Redis, exporters.
const environment = new Environment('environment', {
  config,
  access,
  images: imageBuilds(import.meta.dirname),
  adopt: process.env['PLINTH_ADOPT'] === 'true',
  baseImage: `plinth/base:${baseTag(import.meta.dirname)}`,
});

// Export: where things listen, and ready connection strings.
export const endpoints = outputs.endpoints(environment);
export const urls = outputs.urls(environment, config.postgres.database);
export const tenant = outputs.tenant(environment);
