#!/usr/bin/env bash
# Healthy: started to the end (the bootstrap is behind us), answers a query, may be written to, and
# TCP is open.
set -euo pipefail
export PGCONNECT_TIMEOUT=4 PGOPTIONS='-c statement_timeout=4s' PSQLRC=/dev/null

[[ -e /tmp/plinth.ready ]] || {
  echo "still starting"
  exit 1
}
answer=$(psql -X -A -t -h /run/postgresql -U postgres -d postgres -c \
  "select case when pg_is_in_recovery() then 'in recovery' else 'ok' end" 2>&1) || true
[[ $answer == ok ]] || {
  echo "${answer:-no answer}"
  exit 1
}
# Opening and closing says nothing to the server, so it leaves no line in the log.
timeout 2 bash -c ': </dev/tcp/127.0.0.1/5432' 2>/dev/null || {
  echo "TCP port 5432 is closed"
  exit 1
}
