#!/usr/bin/env bash
# Healthy: the watcher answers, and its last round did not fail as a whole.
set -euo pipefail

# The image holds no HTTP client; the shell can speak enough of it.
ask() {
  exec 3<>/dev/tcp/127.0.0.1/9189 || return 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
  cat <&3
}
export -f ask
ready=$(timeout 8 bash -c 'ask /healthz' 2>/dev/null) || true
grep -q '^HTTP/1.[01] 200' <<<"$ready" || {
  echo "the watcher is not well"
  exit 1
}
