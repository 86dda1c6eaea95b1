// The Plinth exporter (container watch): exposes metrics that no other exporter provides, at :9189/metrics.

import { readFileSync } from 'node:fs';
import { serveHttp } from '../lib/http-server.ts';
import { jsonLog, errorMessage, type Log } from '../lib/json-log.ts';
import { shutdownSignal } from '../lib/shutdown-signal.ts';
import { rlsCollector } from './collectors/rls.ts';
import { sqlCollector, type Collector } from './collector.ts';
import { containers, HOST_GROUPS } from './collectors/containers.ts';
import { logCollector } from './log-lines.ts';
import { discoverContainers } from './container-discovery.ts';
import { pooledProbe, Probe } from './pooler-probe.ts';
import { Session } from './session.ts';
import {
  healthPasswordFile,
  httpPort,
  loadAccess,
  loadSettings,
  monitorPasswordFile,
  type RlsSettings,
  type ExporterSettings,
} from './settings.ts';
import { bloat } from './collectors/bloat.ts';
import { migrations } from './collectors/migrations.ts';
import { sequences } from './collectors/sequences.ts';
import { SERVER, UP } from './collectors/server.ts';
import { SESSIONS } from './collectors/sessions.ts';
import { statements } from './collectors/statements.ts';
import { TABLES } from './collectors/tables.ts';
import { volumes } from './collectors/volumes.ts';
import { DEADLINE_MS, Scraper } from './scrape.ts';

async function main(): Promise<void> {
  const log = jsonLog('watch');
  const signal = shutdownSignal();
  const settings = loadSettings();
  const { server, pooler, monitorUser, healthUser, latencyObjectiveMs } = settings;
  const { database } = server;
  const session = new Session({
    ...{ ...server, user: monitorUser },
    password: () => passwordIn(monitorPasswordFile),
  });
  const { ask, end } = pooledProbe({
    ...{ ...pooler, database, user: healthUser },
    password: () => passwordIn(healthPasswordFile),
  });
  const everyMs = settings.probeIntervalSec * 1000;
  const probe = new Probe(ask, everyMs, latencyObjectiveMs, log);
  const watch = new Scraper({
    up: sqlCollector(UP, session),
    ...collectors(settings, loadAccess(), session, log),
    known: () => probe.samples(),
    log,
    deadlineMs: Math.min(DEADLINE_MS, 800 * settings.scrapeIntervalSec),
  });
  const http = await serveHttp(
    { metrics: () => watch.page(), health: async () => watch.health() },
    httpPort,
  );
  log.info(`watching: the figures are on port ${String(httpPort)}`);
  const asked = setInterval(() => void probe.tick(), everyMs);
  await watch.run(signal);
  clearInterval(asked);
  http.close();
  http.closeAllConnections();
  await Promise.all([session.end(), end()]);
  log.info('stopped');
}

function collectors(
  settings: ExporterSettings,
  access: RlsSettings | undefined,
  session: Session,
  log: Log,
): { asked: Collector[]; others: Collector[]; background: Collector[] } {
  const asked = [
    ...[...SERVER, ...SESSIONS, ...TABLES].map((spec) => sqlCollector(spec, session)),
    sequences(session),
    statements(session),
  ];
  return {
    asked: asked.filter(({ everySec }) => everySec === undefined),
    others: [
      containers(discoverContainers(settings.stack, HOST_GROUPS), HOST_GROUPS),
      volumes(settings.volumes),
    ],
    background: [
      ...asked.filter(({ everySec }) => everySec !== undefined),
      bloat(session),
      ...(access === undefined ? [] : [rlsCollector(access, session, log)]),
      ...(settings.migrations === undefined ? [] : [migrations(settings.migrations, session)]),
      ...(settings.logs === undefined
        ? []
        : [logCollector(settings.logs.folder, settings.slowQueryMs)]),
    ],
  };
}

function passwordIn(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
}

main().catch((error: unknown) => {
  process.stderr.write(`watch: ${errorMessage(error)}\n`);
  process.exitCode = 1;
});
