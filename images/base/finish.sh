# Runs once inside the future base image (build.sh feeds it to bash): updates, users, folders,
# slimming.
# shellcheck shell=bash
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

write_apt_files() {
  # Without a mirror of the machine's own (not a Debian machine), the image's own sources stay.
  if [[ -s /tmp/plinth-sources ]]; then
    rm -f /etc/apt/sources.list.d/*
    mv /tmp/plinth-sources /etc/apt/sources.list
    chown root:root /etc/apt/sources.list
  fi
  {
    cat /tmp/plinth-apt.conf
    echo 'APT::Install-Recommends "false";'
    echo 'APT::Install-Suggests "false";'
    echo 'Acquire::Languages "none";'
    echo 'Acquire::Retries "3";'
    # The lists stay in the base, for the images on it; compressed they take a fifth of the space.
    echo 'Acquire::GzipIndexes "true";'
    echo 'Acquire::CompressionTypes::Order:: "gz";'
  } >/etc/apt/apt.conf.d/90plinth
  rm -f /tmp/plinth-sources /tmp/plinth-apt.conf
}

# Later packages bring no documentation either; copyright files stay, as their licences ask.
exclude_documentation() {
  cat >/etc/dpkg/dpkg.cfg.d/plinth <<-'END'
	path-exclude /usr/share/doc/*
	path-include /usr/share/doc/*/copyright
	path-exclude /usr/share/man/*
	path-exclude /usr/share/info/*
	path-exclude /usr/share/groff/*
	path-exclude /usr/share/lintian/*
	path-exclude /usr/share/locale/*
	path-include /usr/share/locale/locale.alias
	END
  find /usr/share/doc -mindepth 2 ! -name copyright ! -type d -delete
  find /usr/share/doc -mindepth 1 -type d -empty -delete
  rm -rf /usr/share/man/* /usr/share/info/* /usr/share/groff/* /usr/share/lintian/* /usr/share/locale/*
  rm -rf /usr/share/i18n /var/lib/systemd /etc/systemd
}

# The same numbers in every image: a login over a shared socket goes by the name that a number has
# inside the server's own container.
add_user() {
  local name=$1 id=$2 home=$3
  sed -i "/^$name:/d" /etc/passwd /etc/group /etc/shadow /etc/gshadow
  echo "$name:x:$id:" >>/etc/group
  echo "$name:!::" >>/etc/gshadow
  echo "$name:x:$id:$id:plinth $name:$home:/usr/sbin/nologin" >>/etc/passwd
  echo "$name:!:20000::::::" >>/etc/shadow
}

add_users() {
  add_user postgres 10001 /var/lib/postgresql
  add_user pgbouncer 10002 /nonexistent
  add_user redis 10003 /var/lib/redis
  add_user exporter 10004 /nonexistent
  add_user backup 10005 /var/lib/backup
  # Prometheus: its packages refuse a user of that name whose number is not a system's.
  add_user metrics 10006 /var/lib/prometheus
  add_user watch 10007 /nonexistent
  add_user alertmanager 10008 /var/lib/alertmanager
  add_user pgbadger 10009 /nonexistent
  add_user pgwatch 10010 /nonexistent
  # Debian has a user `backup` of its own; this package would give it its old number back.
  apt-mark hold base-passwd
}

# In the base, so that a named volume gets the same owner whichever image is the first to mount it.
make_folders() {
  install -d -m 0755 /etc/plinth /run/secrets
  install -d -m 0700 -o 10001 -g 10001 /var/lib/postgresql
  install -d -m 0755 -o 10001 -g 10001 /run/postgresql
  install -d -m 0755 -o 10002 -g 10002 /run/pgbouncer
  install -d -m 0700 -o 10003 -g 10003 /var/lib/redis
  install -d -m 0700 -o 10005 -g 10005 /var/lib/backup /var/lib/drill
  install -d -m 0700 -o 10001 -g 10001 /var/lib/pgbackrest
}

# Packages that Debian's Postgres, pooler and exporter depend on and that a container has no use
# for: tools for many clusters on one machine (in Perl, 60 MB), the JIT compiler (130 MB; it costs a
# pool of short queries more than it gives), locales of the C library (the databases use Postgres's
# builtin one). An empty package stands in for them, so that everything else is still installed,
# checked and listed by apt.
stand_in_for_what_is_left_out() {
  local root=/tmp/left-out
  mkdir -p "$root/DEBIAN" "$root/usr/share/postgresql-common"
  cat >"$root/DEBIAN/control" <<-'END'
	Package: plinth-left-out
	Version: 1
	Architecture: all
	Maintainer: plinth
	Provides: postgresql-common (= 999), postgresql-client-common (= 999), ssl-cert (= 999),
	 locales-all (= 9999), libllvm19 (= 1:19.9999)
	Description: stands in for packages that the containers of Plinth leave out
	END
  # The install scripts of the server call these: no cluster is made, started or stopped while an
  # image is built.
  cat >"$root/usr/share/postgresql-common/maintscripts-functions" <<-'END'
	configure_version() { :; }
	configure_client_version() { :; }
	stop_version() { :; }
	remove_version() { :; }
	remove_client_version() { :; }
	purge_version() { :; }
	preinst_check_catversion() { :; }
	END
  dpkg-deb --root-owner-group --build "$root" "$root.deb"
  dpkg -i "$root.deb"
  rm -rf "$root" "$root.deb"
  cat >>/etc/dpkg/dpkg.cfg.d/plinth <<-'END'
	path-exclude /usr/lib/postgresql/*/lib/bitcode/*
	path-exclude /usr/lib/postgresql/*/lib/llvmjit*
	END
}

# Debian starts a service as soon as it is installed; in an image there is nothing to start.
start_no_services() {
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 0755 /usr/sbin/policy-rc.d
}

forget_the_build() {
  rm -rf /var/cache/debconf/*-old /var/lib/dpkg/*-old /root/.[!.]* /tmp/* /debootstrap
  rm -f /etc/machine-id /etc/hostname /etc/resolv.conf /.dockerenv 2>/dev/null || true
}

write_apt_files
exclude_documentation
add_users
make_folders
chmod 0755 /usr/local/sbin/plinth-install /usr/local/bin/plinth-get
start_no_services
stand_in_for_what_is_left_out
# debootstrap has left uncompressed ones.
rm -rf /var/lib/apt/lists/*
plinth-install
forget_the_build
