#!/usr/bin/env bash
# Makes the base image every other image stands on: plinth/base:<tag>, Debian 13 (trixie) and the
# users of Plinth.
#
#   images/base/build.sh <tag>
#
# Does nothing when the tag is there already. The starting point is debian:trixie-slim where a
# registry answers, else a debootstrap of the same packages from the mirror this machine's own apt
# uses. Both roads end in the same finish.sh.
#
#   PLINTH_REGISTRY_TIMEOUT_SEC      how long to wait for a registry's answer (default 10; 0: do not ask)
#   PLINTH_DEBIAN_MIRROR             a Debian mirror, where this machine's apt names none
#   PLINTH_DEBIAN_SECURITY_MIRROR    likewise for the security updates
set -euo pipefail

readonly suite=trixie
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly registry_timeout_sec=${PLINTH_REGISTRY_TIMEOUT_SEC:-10}

work=
finisher=
raw=

say() { printf 'base: %s\n' "$*"; }
fail() {
  printf 'base: %s\n' "$*" >&2
  exit 1
}

clean_up() {
  [[ -z $finisher ]] || docker rm -f -v "$finisher" >/dev/null 2>&1 || true
  [[ -z $raw ]] || docker rmi "$raw" >/dev/null 2>&1 || true
  # debootstrap leaves its /proc mounted when it is interrupted: rm must never follow it.
  [[ -z $work ]] || { umount -q "$work/root/proc" "$work/root/sys" 2>/dev/null || true; }
  [[ -z $work ]] || rm -rf --one-file-system "$work"
}

need_docker() {
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    fail "no Docker engine answers: start it, or run 'npx plinth doctor' to see what is missing"
}

# The base URL of the first Debian repository that this machine's apt uses for the suite $1 of its
# own release. apt itself lists them, so that both of its file formats are read as apt reads them.
# Repositories of others that happen to use a suite of the same name are told apart by their origin,
# or, before the first update, by their path.
apt_mirror() {
  command -v apt-get >/dev/null || return 0
  # shellcheck disable=SC2016  # apt fills these in, not the shell
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' -v release="$1" '
      $3 == release && $4 == "main" && $2 ~ /^https?:/ &&
      ($1 == "Debian" || $2 ~ /\/debian(-security)?\/?$/) { print $2; exit }' || true
}

own_release() {
  # shellcheck source=/dev/null
  (. /etc/os-release 2>/dev/null && [[ ${ID:-} == debian ]] && printf '%s' "${VERSION_CODENAME:-}") || true
}

find_mirrors() {
  local release
  release=$(own_release)
  mirror=${PLINTH_DEBIAN_MIRROR:-$(apt_mirror "${release:-none}")}
  security_mirror=${PLINTH_DEBIAN_SECURITY_MIRROR:-$(apt_mirror "${release:-none}-security")}
}

# What apt inside the image needs to reach the same mirrors: the machine's proxy, and its word on
# old mirrors.
apt_settings() {
  command -v apt-config >/dev/null || return 0
  apt-config dump | grep -iE '^Acquire::((https?)::Proxy|Check-Valid-Until|Check-Date) ' || true
}

write_apt_files() {
  apt_settings >"$work/apt.conf"
  if cat "$work/apt.conf" <(printf '%s\n' "$mirror" "$security_mirror") | grep -q '//[^/]*@'; then
    fail "apt's mirror or proxy address holds a password, which would stay in the image: use one without"
  fi
  : >"$work/sources"
  [[ -n $mirror && -n $security_mirror ]] || return 0
  printf 'deb %s %s main\n' \
    "$mirror" "$suite" "$mirror" "$suite-updates" "$security_mirror" "$suite-security" >"$work/sources"
}

registry_answers() {
  [[ $registry_timeout_sec != 0 ]] &&
    timeout "$registry_timeout_sec" docker manifest inspect "debian:$suite-slim" >/dev/null 2>&1
}

raw_from_registry() {
  registry_answers || return 1
  say "a registry answers: pulling debian:$suite-slim"
  docker pull -q "debian:$suite-slim" >/dev/null || return 1
  docker tag "debian:$suite-slim" "$raw"
}

need_for_debootstrap() {
  local why="no registry answered, so the base is made from packages"
  [[ $(id -u) == 0 ]] ||
    fail "$why, which needs root: run it as root, or make debian:$suite-slim reachable"
  command -v debootstrap >/dev/null ||
    fail "$why, which needs debootstrap: run 'apt-get install debootstrap'"
  [[ -n $mirror ]] ||
    fail "$why, but this machine's apt names no Debian mirror: set PLINTH_DEBIAN_MIRROR"
  [[ -n $security_mirror ]] ||
    fail "$why, but this machine's apt names no Debian security mirror: set PLINTH_DEBIAN_SECURITY_MIRROR"
}

raw_from_packages() {
  need_for_debootstrap
  local include=() proxy
  # A mirror behind TLS is of no use to an apt that knows no certificate authority.
  if grep -q 'https://' "$work/sources"; then include=(--include=ca-certificates); fi
  proxy=$(sed -n 's/^Acquire::http::Proxy "\(.*\)";$/\1/ip' "$work/apt.conf")
  say "debootstrap of $suite from this machine's mirror (about a minute)"
  http_proxy=${http_proxy:-$proxy} \
    debootstrap --variant=minbase "${include[@]}" "$suite" "$work/root" "$mirror" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    fail "debootstrap failed (its last lines are above): check that apt-get update works on this machine"
  }
  tar -C "$work/root" --numeric-owner --exclude=./proc/* --exclude=./sys/* -c . | docker import - "$raw" >/dev/null
}

# Runs finish.sh inside, then flattens: what it deletes is really gone, and there is one layer to
# share.
finish() {
  say "newest security updates, users, slimming"
  finisher=$(docker create -i --user 0:0 "$raw" bash -s)
  docker cp "$work/sources" "$finisher:/tmp/plinth-sources" >/dev/null
  docker cp "$work/apt.conf" "$finisher:/tmp/plinth-apt.conf" >/dev/null
  docker cp "$here/install.sh" "$finisher:/usr/local/sbin/plinth-install" >/dev/null
  docker cp "$here/get.sh" "$finisher:/usr/local/bin/plinth-get" >/dev/null
  docker start -a -i "$finisher" <"$here/finish.sh" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    fail "finishing the base failed (last lines above): a container must reach this machine's Debian mirror"
  }
  docker export "$finisher" |
    docker import --change 'ENV LANG=C.UTF-8' --change 'CMD ["bash"]' - "$1" >/dev/null
}

main() {
  (($# == 1)) || fail "usage: images/base/build.sh <tag>"
  [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$ ]] || fail "'$1' is no image tag: use letters, digits, '.', '_', '-'"
  local image="plinth/base:$1"
  need_docker
  if docker image inspect "$image" >/dev/null 2>&1; then
    say "$image is there"
    return
  fi
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  work=$(mktemp -d)
  raw="plinth/base-raw:$$"
  find_mirrors
  write_apt_files
  raw_from_registry || raw_from_packages
  finish "$image"
  say "$image made in $SECONDS s, $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB"
}

main "$@"
