#!/usr/bin/env bash
# Process 1 of the pooler's container.
set -euo pipefail

for file in /etc/plinth/pgbouncer.ini /etc/plinth/pgbouncer_hba.conf; do
  [[ -r $file ]] || {
    echo "plinth: $file cannot be read by user $(id -un): mount it, readable for uid $(id -u)" >&2
    exit 1
  }
done
exec pgbouncer "$@" /etc/plinth/pgbouncer.ini
