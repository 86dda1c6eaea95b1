#!/usr/bin/env bash
# Healthy: a query through the pooler reaches Postgres, or the pooler is paused on purpose, when clients are meant to wait.
#   PLINTH_DATABASE   the database to ask; user pgbouncer comes in by its user number on both sides, without a password
set -euo pipefail
export PGCONNECT_TIMEOUT=3 PSQLRC=/dev/null

pooler() { timeout 4 psql -X -q -A -t -h /run/pgbouncer -p 6432 -U pgbouncer -d "$1" -c "$2" 2>&1; }

# Asked first, as a query would hang in a paused pool.
state=$(pooler pgbouncer 'show state') || {
  echo "the pooler's console does not answer: $state"
  exit 1
}
if grep -qxE 'paused\|yes|suspended\|yes' <<<"$state"; then
  echo "paused: clients wait"
  exit 0
fi
answer=$(pooler "${PLINTH_DATABASE:?}" 'select 1') || true
[[ $answer == 1 ]] || {
  echo "no answer from Postgres: ${answer:-it took too long}"
  exit 1
}
