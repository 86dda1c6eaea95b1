/** What Grafana is told when it starts: where figures are, which boards there are, and to talk to nobody. Pure. */
import { stringify } from 'yaml';
import { type Board, DATASOURCE, uidOf } from '../dashboards/builders.ts';

/** Where its files are seen. */
const FILES = '/etc/plinth';
const BOARDS = `${FILES}/dashboards`;
const PROVISIONING = `${FILES}/provisioning`;

/** The folder in which the boards are shown. */
const FOLDER = 'Plinth';

/** The board one sees first. */
export const homePath = `${BOARDS}/${uidOf('overview')}.json`;

/** `GF_<section>_<key>` by name: what stands there wins over grafana.ini. */
export function grafanaSettings(): Record<string, string> {
  return {
    GF_PATHS_PROVISIONING: PROVISIONING,
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: homePath,
    GF_SECURITY_ADMIN_PASSWORD__FILE: '/run/secrets/admin',
    // Nobody gets in who was not let in, and nothing gets out.
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
    // From version 12 on it fetches plugins and newer versions of its own when it starts.
    GF_PLUGINS_PREINSTALL_DISABLED: 'true',
    GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
    GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
    GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
    // The image's file is on a root that cannot be written.
    GF_LOG_MODE: 'console',
  };
}

/**
 * Files by path below `/etc/plinth`.
 *
 * @param scrapeIntervalSec the distance of measurements, from which Grafana works out `$__rate_interval`
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
