#!/usr/bin/env bash
# plinth-seal <file> [command [argument ...]]: what comes in, or what the command says, compressed and
# encrypted into the file; clear text is nowhere. Every exit code of the pipeline counts, and the file
# is on the disk when this ends well. Says the checksum of what it wrote, and how many bytes that were.
#
#   *.zst.age                   compressed with zstd, then encrypted
#   *.age                       only encrypted, for what is compressed already
#   PLINTH_RECIPIENTS           file with age recipients, a line each
#   PLINTH_COMPRESSION_LEVEL    of zstd (default 3)
set -uo pipefail
umask 077

readonly file=${1:?plinth-seal needs a file to write}
readonly recipients=${PLINTH_RECIPIENTS:?plinth-seal needs PLINTH_RECIPIENTS, the file with the recipients}
readonly level=${PLINTH_COMPRESSION_LEVEL:-3}
shift

fail() {
  printf 'plinth-seal: %s: %s\n' "$file" "$*" >&2
  exit 1
}

source_of() {
  if (($# > 0)); then exec "$@"; else exec cat; fi
}

# Keys and times are full of short matches by chance, which cost more than they save: without them rows
# of uuids become a twentieth smaller at no price. The slow levels weigh that themselves. Matching over
# long distances saves little on rows, and would take 128 MiB to open.
compress() {
  local options=("-$level")
  ((level > 12)) || options+=(--zstd=minMatch=7)
  exec zstd --quiet --stdout --threads=1 "${options[@]}"
}

# The checksum is that of the bytes on their way to the disk. Whoever reads the file later compares
# it with what came to rest there.
write() {
  age --encrypt --recipients-file "$recipients" | tee -- "$file" | sha256sum --binary
  local status=("${PIPESTATUS[@]}")
  ((status[0] == 0)) || say_of age "${status[0]}"
  ((status[1] == 0)) || say_of tee "${status[1]}"
  ((status[2] == 0)) || say_of sha256sum "${status[2]}"
  ((status[0] + status[1] + status[2] == 0))
}

say_of() {
  printf 'plinth-seal: %s: %s ended with %s\n' "$file" "$1" "$2" >&2
}

seal() {
  local status names
  case $file in
    *.zst.age)
      if (($# == 0)); then
        compress | write
        status=("${PIPESTATUS[@]}") names=(zstd)
      else
        source_of "$@" | compress | write
        status=("${PIPESTATUS[@]}") names=("$1" zstd)
      fi
      ;;
    *.age)
      source_of "$@" | write
      status=("${PIPESTATUS[@]}") names=("${1:-cat}")
      ;;
    *) fail "is neither .zst.age nor .age" ;;
  esac
  local i bad=0
  for i in "${!status[@]}"; do
    ((status[i] == 0)) && continue
    bad=1
    [[ -z ${names[i]:-} ]] || say_of "${names[i]}" "${status[i]}"
  done
  ((bad == 0))
}

seal "$@" || exit 1
sync -- "$file" || fail "could not be brought to the disk"
# The checksum is compared by reading again: from the disk then, not from memory.
dd if="$file" iflag=nocache count=0 status=none || fail "cannot be read"
bytes=$(stat --format=%s -- "$file") || fail "is not there"
printf 'sealed %s\n' "$bytes"
