#!/usr/bin/env bash
# plinth-get PORT PATH: what this container itself answers over HTTP, without its headers; fails
# where that is not a 200. The images hold no HTTP client; the shell can speak enough of it.
set -euo pipefail

get() {
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
  cat <&3
}
export -f get

answer=$(timeout 8 bash -c 'get "$@"' get "$1" "$2" 2>/dev/null) || true
[[ -n $answer ]] || {
  echo "nothing answers on port $1"
  exit 1
}
body=${answer#*$'\r\n\r\n'}
[[ -z $body ]] || printf '%s\n' "$body"
[[ $answer == "HTTP/1."?" 200 "* ]]
