import { loadAccess, loadPrinted } from './rls/load.ts';
import { application as declared } from './app/app.ts';
import { Environment } from './components/environment.ts';
import * as outputs from './components/outputs.ts';
import { loadConfig, withConfigErrors } from './config/load.ts';
import { Monitoring } from './observability/monitoring.ts';
import { imageIds } from './bootstrap/built-image.ts';
import { baseTag, stackImages } from './bootstrap/image-list.ts';
import { imagesHere, whyLeftOut } from './bootstrap/registry-images.ts';

// Load: one environment file becomes plain data, or every mistake in it is told at once.
const config = await loadConfig(declared);
const access = await withConfigErrors(() => loadAccess(config, declared));

const images = stackImages(import.meta.dirname);
const references = Object.values(images).map(({ reference }) => reference);

// Build: network, Postgres, roles, tables, PgBouncer, Redis, exporters, backups.
const environment = new Environment('environment', {
  config,
  application: declared,
  access,
  images,
  imagesHere: await imageIds(references, config.docker.host),
  adopt: process.env['PLINTH_ADOPT'] === 'true',
  baseImage: `plinth/base:${baseTag(import.meta.dirname)}`,
});

// Observe: what watches all of it, and who is told.
const monitoring = config.monitoring.enabled
  ? new Monitoring('monitoring', {
      config,
      environment,
      access: access && { ...access, printed: await loadPrinted(config, declared, access) },
      imagesHere: await imagesHere(),
    })
  : undefined;

// Export: where things listen, ready connection strings, the application, how to log in to pages, and what was left out
// and why.
export const endpoints = { ...outputs.endpoints(environment), ...monitoring?.endpoints };
export const urls = outputs.urls(environment, config.postgres.database);
export const application = outputs.application(environment);
export const tenant = outputs.tenant(environment);
export const pages = outputs.pages(monitoring?.endpoints, { grafana: monitoring?.grafanaAdmin });
export const leftOut = Object.fromEntries(
  (monitoring?.leftOut ?? []).map((part) => [part, whyLeftOut(part)]),
);
