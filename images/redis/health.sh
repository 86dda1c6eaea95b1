#!/usr/bin/env bash
# Healthy: Redis knows the user `health` and answers it. The password never is an argument, where
# others could see it.
set -euo pipefail

REDISCLI_AUTH=$(</run/secrets/health.password)
export REDISCLI_AUTH
answer=$(timeout 4 redis-cli --no-auth-warning --user health ping 2>&1) || true
[[ $answer == PONG ]] || {
  echo "${answer:-no answer}"
  exit 1
}
