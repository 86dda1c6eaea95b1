/** Grafana's settings and provisioning: data source, dashboards, no outgoing connections. Pure. */
import { stringify } from 'yaml';
import { type Board, DATASOURCE, uidOf } from '../dashboards/builders.ts';

/** Folder of the files in the container. */
const FILES = '/etc/plinth';
const BOARDS = `${FILES}/dashboards`;
const PROVISIONING = `${FILES}/provisioning`;

/** Grafana folder of the boards. */
const FOLDER = 'Plinth';

/** The home dashboard. */
export const homePath = `${BOARDS}/${uidOf('overview')}.json`;

/** `GF_<section>_<key>` by name: environment variables override grafana.ini. */
export function grafanaSettings(): Record<string, string> {
  return {
    GF_PATHS_PROVISIONING: PROVISIONING,
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: homePath,
    GF_SECURITY_ADMIN_PASSWORD__FILE: '/run/secrets/admin',
    // No anonymous access or sign-up, and no outgoing connections.
    GF_USERS_ALLOW_SIGN_UP: 'false',
    GF_USERS_ALLOW_ORG_CREATE: 'false',
    GF_AUTH_ANONYMOUS_ENABLED: 'false',
    GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
    GF_SECURITY_DISABLE_GRAVATAR: 'true',
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    // From version 12 on, Grafana downloads plugins and plugin updates at startup.
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
    GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
    // The default log file is on the read-only root file system.
    GF_LOG_MODE: 'console',
  };
}

/**
 * Files by path below `/etc/plinth`.
 *
 * @param scrapeIntervalSec the scrape interval, from which Grafana computes `$__rate_interval`
 */
export function grafanaFiles(
  boards: readonly Board[],
  scrapeIntervalSec: number,
): Record<string, string> {
  return {
    'provisioning/datasources/prometheus.yaml': datasources(scrapeIntervalSec),
    'provisioning/dashboards/plinth.yaml': provider(),
    ...Object.fromEntries(
      boards.map(({ uid, json }) => [
        `dashboards/${uid}.json`,
        `${JSON.stringify(json, undefined, 2)}\n`,
      ]),
    ),
  };
}

function datasources(scrapeIntervalSec: number): string {
  return stringify({
    apiVersion: 1,
    prune: true,
    datasources: [
      {
        name: 'Prometheus',
        ...DATASOURCE,
        access: 'proxy',
        url: 'http://prometheus:9090',
        isDefault: true,
        editable: false,
        jsonData: {
          httpMethod: 'POST',
          timeInterval: `${String(scrapeIntervalSec)}s`,
          prometheusType: 'Prometheus',
          manageAlerts: false,
        },
      },
    ],
  });
}

function provider(): string {
  return stringify({
    apiVersion: 1,
    providers: [
      {
        name: 'plinth',
        orgId: 1,
        folder: FOLDER,
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        updateIntervalSeconds: 60,
        options: { path: BOARDS, foldersFromFilesStructure: false },
      },
    ],
  });
}
