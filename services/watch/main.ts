// The Plinth exporter (container watch): exposes metrics that no other exporter provides, at :9189/metrics.

import { readFileSync } from 'node:fs';
import { serveHttp } from '../http.ts';
import { jsonLog, reasonOf, type Log } from '../log.ts';
import { untilStopped } from '../until-stopped.ts';
import { accessCollector } from './access.ts';
import { asking, type Collector } from './collector.ts';
import { containers, HOST_GROUPS } from './containers.ts';
import { logCollector } from './log-lines.ts';
import { neighbours } from './neighbours.ts';
import { pooledQuestion, Probe } from './probe.ts';
import { Session } from './session.ts';
import {
  healthPasswordFile,
  httpPort,
  loadAccess,
  loadSettings,
  monitorPasswordFile,
  type WatchedAccess,
  type WatchSettings,
} from './settings.ts';
import { bloat } from './sql/bloat.ts';
import { migrations } from './sql/migrations.ts';
import { sequences } from './sql/sequences.ts';
import { SERVER, UP } from './sql/server.ts';
import { SESSIONS } from './sql/sessions.ts';
import { statements } from './sql/statements.ts';
import { TABLES } from './sql/tables.ts';
import { volumes } from './volumes.ts';
import { DEADLINE_MS, Watch } from './watch.ts';

async function main(): Promise<void> {
  const log = jsonLog('watch');
  const signal = untilStopped();
  const settings = loadSettings();
  const { server, pooler, monitorUser, healthUser, latencyObjectiveMs } = settings;
  const { database } = server;
  const session = new Session({
    ...{ ...server, user: monitorUser },
    password: () => passwordIn(monitorPasswordFile),
  });
  const { ask, end } = pooledQuestion({
    ...{ ...pooler, database, user: healthUser },
    password: () => passwordIn(healthPasswordFile),
  });
  const everyMs = settings.probeIntervalSec * 1000;
  const probe = new Probe(ask, everyMs, latencyObjectiveMs, log);
  const watch = new Watch({
    up: asking(UP, session),
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
  settings: WatchSettings,
  access: WatchedAccess | undefined,
  session: Session,
  log: Log,
): { asked: Collector[]; others: Collector[]; background: Collector[] } {
  const asked = [
    ...[...SERVER, ...SESSIONS, ...TABLES].map((spec) => asking(spec, session)),
    sequences(session),
    statements(session),
  ];
  return {
    asked: asked.filter(({ everySec }) => everySec === undefined),
    others: [
      containers(neighbours(settings.stack, HOST_GROUPS), HOST_GROUPS),
      volumes(settings.volumes),
    ],
    background: [
      ...asked.filter(({ everySec }) => everySec !== undefined),
      bloat(session),
      ...(access === undefined ? [] : [accessCollector(access, session, log)]),
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
  process.stderr.write(`watch: ${reasonOf(error)}\n`);
  process.exitCode = 1;
});
