#!/usr/bin/env bash
# Process 1 of the Redis container.
set -euo pipefail

for file in /etc/plinth/redis.conf /run/secrets/users.acl; do
  [[ -r $file ]] || {
    echo "plinth: $file cannot be read by user $(id -un): mount it, readable for uid $(id -u)" >&2
    exit 1
  }
done
exec redis-server /etc/plinth/redis.conf "$@"
