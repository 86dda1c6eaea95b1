#!/usr/bin/env bash
# plinth-install [package[=version] ...]: the one way packages get into an image. Brings what is
# there to the newest security updates first, so that a base of last month is no reason for old
# libraries; then installs, and leaves no caches, no setuid files, and a list of what the image
# holds.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

apt-get -qq update
apt-get -qq -y dist-upgrade
(($# == 0)) || apt-get -qq -y install --no-install-recommends "$@"

apt-get clean
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/ldconfig/*
find /var/log -type f -delete
find /usr -name __pycache__ -type d -prune -exec rm -rf {} +
find / -xdev -type f -perm /6000 -exec chmod ug-s {} +
find / -xdev -type d -perm /6000 -exec chmod ug-s {} +
# shellcheck disable=SC2016  # dpkg-query fills these in, not the shell
dpkg-query -W -f '${Package} ${Version}\n' >/etc/plinth-packages.txt
