#!/usr/bin/env bash
# Healthy: the exporter of this container answers, and has just reached what it measures.
set -euo pipefail

# Process 1 is the exporter itself, so nobody has to say again which one it is.
IFS= read -r -d '' exporter </proc/1/cmdline || true
case ${exporter##*/} in
  prometheus-postgres-exporter) port=9187 up='pg_up 1' ;;
  prometheus-pgbouncer-exporter) port=9127 up='pgbouncer_up 1' ;;
  prometheus-redis-exporter) port=9121 up='redis_up 1' ;;
  prometheus-node-exporter) port=9100 up='node_scrape_collector_success{collector="meminfo"} 1' ;;
  prometheus-blackbox-exporter) port=9115 up='blackbox_exporter_config_last_reload_successful 1' ;;
  *)
    echo "no exporter is running here"
    exit 1
    ;;
esac

page=$(plinth-get "$port" /metrics) || true
grep -qxF "$up" <<<"$page" || {
  grep -m 1 -F "${up% *}" <<<"$page" || echo "no metrics on port $port"
  exit 1
}
