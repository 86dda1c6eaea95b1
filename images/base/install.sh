#!/usr/bin/env bash
# plinth-install [package[=version] ...]: the only way packages get into an image. Installs the newest security
# updates, then the packages, and leaves no caches, no setuid files, and a list of the image's packages.
#
# Without packages it makes the base image, which keeps its package lists. While they are younger than a day, the images on
# it need no update of their own; after that each of them fetches lists, and drops them again.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

readonly updated=/var/lib/apt/plinth-updated

update() {
  apt-get -qq update
  apt-get -qq -y dist-upgrade
}

install() {
  apt-get -qq -y install --no-install-recommends "$@"
}

if (($# == 0)); then
  update
  touch "$updated"
elif [[ -z $(find "$updated" -mmin -1440 2>/dev/null) ]] || ! install "$@"; then
  # Also where the mirror has replaced a package since.
  update
  install "$@"
  rm -rf /var/lib/apt/lists/*
fi

apt-get clean
rm -rf /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/ldconfig/*
find /var/log -type f -delete
find /usr -name __pycache__ -type d -prune -exec rm -rf {} +
find / -xdev -perm /6000 \( -type f -o -type d \) -exec chmod ug-s {} +
# shellcheck disable=SC2016  # dpkg-query fills these in, not the shell
dpkg-query -W -f '${Package} ${Version}\n' >/etc/plinth-packages.txt
