#!/usr/bin/env bash
# Process 1 of the Postgres container: prepares the volume, brings the superuser's side up to date,
# runs the server, and holds the pooler's clients whenever the server is stopped on purpose, so that
# they wait instead of failing.
#
#   PLINTH_ENVIRONMENT         the environment whose data this is; a volume of another one is refused
#   PLINTH_PAUSE_TIMEOUT_SEC   how long a stop waits for running transactions (default 20)
#   PLINTH_LOCK_TIMEOUT_SEC    how long a start waits for another container to let go of the volume (default 60)
set -euo pipefail

readonly volume=/var/lib/postgresql
readonly data=${PGDATA:-$volume/data}
readonly unfinished=$volume/initdb.unfinished
readonly marker=$volume/plinth.environment
readonly config=/etc/plinth/postgresql.conf
readonly bootstrap_sql=/etc/plinth/bootstrap.sql
readonly verifier_file=/run/secrets/superuser.verifier
readonly bootstrapped=$data/plinth.bootstrapped
readonly repository_conf=/run/secrets/pgbackrest.conf
readonly repository_ready=$data/plinth.repository
readonly ready=/tmp/plinth.ready
readonly socket_dir=/run/postgresql
readonly pooler_dir=/run/pgbouncer
readonly pooler_port=6432
readonly pause_timeout_sec=${PLINTH_PAUSE_TIMEOUT_SEC:-20}
readonly lock_timeout_sec=${PLINTH_LOCK_TIMEOUT_SEC:-60}
readonly log_dir=/var/log/postgresql
readonly log=$log_dir/postgres.json
readonly log_limit=$((16 * 1024 * 1024))
export PGCONNECT_TIMEOUT=5 PSQLRC=/dev/null

server=     # process id of the postmaster
shown=      # process id of what shows the server's log
pause=      # process id of the psql that asked the pooler to pause
serving=    # the server is open to others, so a stop has to hold the pooler first
stop_asked= # a first stop signal came
hurry=      # a second one came: no more waiting for the pooler

say() { printf 'plinth: %s\n' "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# --- before the server ----------------------------------------------------------------------------

check_arguments() {
  local file
  [[ -n ${PLINTH_ENVIRONMENT:-} ]] ||
    fail "PLINTH_ENVIRONMENT is empty: set it to the environment's name, so that its data is never mixed with another's"
  [[ $pause_timeout_sec =~ ^[0-9]+$ ]] ||
    fail "PLINTH_PAUSE_TIMEOUT_SEC is '$pause_timeout_sec': give whole seconds"
  for file in "$config" "$bootstrap_sql" "$verifier_file"; do
    [[ -r $file ]] || fail "$file cannot be read by user $(id -un): mount it, readable for uid $(id -u)"
  done
  # Anything else would be taken for a password in clear text.
  [[ $(<"$verifier_file") =~ ^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$ ]] ||
    fail "$verifier_file holds no SCRAM-SHA-256 verifier: write one, not a password"
  [[ -w $volume ]] ||
    fail "$volume cannot be written by uid $(id -u): its volume belongs to $(stat -c %u "$volume"), give it to $(id -u)"
}

# Postgres's own lock goes by process numbers, which mean nothing across containers: two of them on
# one volume would both start and ruin it. The kernel's file lock holds across containers and ends
# with the last process that has it open.
lock_volume() {
  exec 9>"$volume/plinth.lock"
  flock -n 9 && return
  say "another container uses this volume: waiting up to $lock_timeout_sec s for it to stop"
  flock -w "$lock_timeout_sec" 9 || fail "another container still uses this volume: stop it first"
}

check_environment() {
  local owner
  if [[ -e $marker ]]; then
    owner=$(<"$marker")
    [[ $owner == "$PLINTH_ENVIRONMENT" ]] ||
      fail "this volume holds the data of environment '$owner', not of '$PLINTH_ENVIRONMENT': mount the right volume," \
        "or remove plinth.environment from it if the data is meant to change hands"
    return
  fi
  [[ ! -e $data/PG_VERSION ]] || say "this volume has no owner yet: it now belongs to '$PLINTH_ENVIRONMENT'"
  printf '%s\n' "$PLINTH_ENVIRONMENT" >"$marker.new"
  sync "$marker.new"
  mv "$marker.new" "$marker"
}

# The cluster appears by one rename: a folder with a PG_VERSION is always complete, whenever initdb
# was killed.
make_cluster() {
  rm -rf "$unfinished"
  say "empty volume: making a new cluster"
  initdb --pgdata="$unfinished" --username=postgres --encoding=UTF8 \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C.UTF-8 \
    --data-checksums --auth-local=peer --auth-host=scram-sha-256 >/tmp/initdb.log 2>&1 || {
    cat /tmp/initdb.log >&2
    fail "initdb failed: its words are above"
  }
  [[ ! -d $data ]] || rmdir "$data"
  mv -T "$unfinished" "$data"
  sync "$volume"
}

prepare_cluster() {
  local have want
  rm -rf "$unfinished"
  if [[ ! -e $data/PG_VERSION ]]; then
    [[ ! -d $data || -z $(ls -A "$data") ]] ||
      fail "$data is not empty but holds no cluster: a restore that did not finish? empty it or restore it again"
    make_cluster
  fi
  have=$(<"$data/PG_VERSION")
  want=$(postgres --version | grep -oE '[0-9]+' | head -n 1)
  [[ $have == "$want" ]] ||
    fail "the data is of PostgreSQL $have and this image runs $want: run the image of $have, or upgrade the data first"
  # We hold the volume's lock, so these can only be left-overs, and their process number may be
  # alive here by chance.
  rm -f "$data/postmaster.pid" "$socket_dir"/.s.PGSQL.5432*
}

# --- the superuser's side: roles and functions that must be there before anyone else comes in -----

start_server() {
  postgres -D "$data" -c config_file="$config" "$@" &
  server=$!
}

# sql <socket folder> [psql options]: as superuser, from stdin. No -c with a secret anywhere:
# arguments can be seen.
sql() {
  local at=$1
  shift
  psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$at" -U postgres -d postgres "$@"
}

# By the server's own note. A session that comes earlier is refused, with a FATAL line in the log.
takes_sessions() {
  local note=()
  { mapfile -t note <"$data/postmaster.pid"; } 2>/dev/null || return 1
  [[ ${note[7]:-} == @(ready|standby)* ]]
}

# A restore still replaying takes queries but no writes: it is not there yet.
wait_for_server() {
  local at=$1 reason='it takes no sessions yet' next=15 begin=$SECONDS
  until takes_sessions && reason=$(sql "$at" -c 'select 1 / (not pg_is_in_recovery())::int' 2>&1 >/dev/null); do
    kill -0 "$server" 2>/dev/null || return 1
    [[ -z $stop_asked ]] || return 1
    if ((SECONDS - begin >= next)); then
      say "still waiting for the server after $next s: ${reason##*: }"
      next=$((next * 2))
    fi
    sleep 0.1
  done
}

bootstrap_digest() { cat "$bootstrap_sql" "$verifier_file" "${BASH_SOURCE[0]}" | sha256sum | cut -d' ' -f1; }

# The verifier is read by psql itself. Neither the log nor pg_stat_statements may keep the
# statement.
bootstrap_statements() {
  cat <<-'END'
	\set verifier `cat /run/secrets/superuser.verifier`
	alter role postgres password :'verifier';
	\i /etc/plinth/bootstrap.sql
	END
}

# The fast way: open transactions are rolled back, then everything is written. Asked again until it
# has gone, because a server that has only just been started does not hear it yet; asking twice does
# no harm.
stop_server() {
  [[ -n $server ]] || return 0
  while kill -INT "$server" 2>/dev/null; do sleep 0.05; done
  server=
}

# On a socket in a folder of our own, without TCP: whatever the roles look like before, nobody can
# use them yet. Nothing is archived meanwhile, so that a repository that is out of reach does not hold
# up a start: the WAL is kept, and archived later. Warnings about just that are left out. The answer is kept beside the data it is true for, so that an unchanged start costs nothing.
bootstrap() {
  local digest private=/tmp/bootstrap
  digest=$(bootstrap_digest)
  [[ ! -e $bootstrapped || $(<"$bootstrapped") != "$digest" ]] || return 0
  say "bringing the superuser's password, roles and functions up to date"
  install -d -m 0700 "$private"
  printf 'local all postgres peer\n' >"$private/hba.conf"
  : >"$private/ident.conf"
  start_server -c listen_addresses= -c unix_socket_directories="$private" -c port=5432 \
    -c hba_file="$private/hba.conf" -c ident_file="$private/ident.conf" -c ssl=off -c archive_command= \
    -c log_destination=stderr -c logging_collector=off -c log_min_messages=error \
    -c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic \
    -c log_connections=off -c log_disconnections=off -c pg_stat_statements.track=none
  wait_for_server "$private" || stopped_too_early
  bootstrap_statements | sql "$private" -o /dev/null -f - || {
    stop_server
    fail "bootstrap.sql failed, so the server is not opened: its error is above"
  }
  stop_server
  printf '%s\n' "$digest" >"$bootstrapped.new"
  mv "$bootstrapped.new" "$bootstrapped"
  rm -rf "$private"
}

stopped_too_early() {
  local status=0
  [[ -z $stop_asked ]] || { stop_server && exit 0; }
  wait "$server" || status=$?
  finish_log
  fail "the server ended by itself with status $status before it took queries: its words are above"
}

# --- the repository of the WAL ---------------------------------------------------------------------

# Makes pgBackRest's repository ready before the server archives into it: until it is, each try would
# fail. Once for each configuration, so that a repository that is out of reach delays no later start.
# What cannot be done here is not the server's concern: the WAL is kept, and the container beside it
# goes on trying, and says so.
prepare_repository() {
  local digest job status=0
  [[ -r $repository_conf ]] || return 0
  digest=$(sha256sum <"$repository_conf" | cut -d' ' -f1)
  [[ ! -e $repository_ready || $(<"$repository_ready") != "$digest" ]] || return 0
  timeout 60 pgbackrest --config="$repository_conf" --stanza=main --no-online --log-level-console=off \
    --log-level-stderr=error stanza-create >/tmp/repository.log 2>&1 &
  job=$!
  # A stop signal ends this wait.
  wait "$job" || status=$?
  kill "$job" 2>/dev/null || true
  if ((status == 0)); then
    printf '%s\n' "$digest" >"$repository_ready.new"
    mv "$repository_ready.new" "$repository_ready"
  elif [[ -z $stop_asked ]]; then
    say "the repository is not ready yet, so WAL is kept here until it is: $(tail -n 1 /tmp/repository.log)"
  fi
}

# --- the pooler -----------------------------------------------------------------------------------

# The pooler knows us by our user number over the shared socket (peer), there is no password.
pooler() { psql -X -q -A -h "$pooler_dir" -p "$pooler_port" -U postgres -d pgbouncer "$@"; }

# Who keeps the pause waiting, by the columns' names, as they move between versions of the pooler.
name_busy_clients() {
  pooler -F ' ' -c 'show servers' 2>/dev/null | awk '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["state"] ~ /^active/ { print "plinth:   through the pooler: user " $at["user"] " in " $at["database"] }' >&2 || true
  sql "$socket_dir" >&2 2>/dev/null <<-'END' || true
	select format('plinth:   backend %s: user %s, application %L, transaction open for %s s, now %s',
	              pid, usename, application_name, extract(epoch from now() - xact_start)::int, state)
	  from pg_stat_activity
	 where backend_type = 'client backend' and xact_start is not null and pid <> pg_backend_pid()
	 order by xact_start limit 20;
	END
}

# PAUSE lets running transactions finish and keeps everyone else waiting. When they take too long it
# stays asked for (its psql lives on) while the server is stopped: those few are cut, all others
# still wait.
pause_pooler() {
  [[ -S $pooler_dir/.s.PGSQL.$pooler_port ]] || return 0
  local begin=$SECONDS
  pooler -c 'pause' >/tmp/pause.log 2>&1 &
  pause=$!
  while kill -0 "$pause" 2>/dev/null; do
    if [[ -n $hurry ]] || ((SECONDS - begin >= pause_timeout_sec)); then
      say "transactions are still open after $((SECONDS - begin)) s and will be cut:"
      name_busy_clients
      return 0
    fi
    sleep 0.05
  done
  report_pause
}

report_pause() {
  if wait "$pause"; then
    say "the pooler is paused: its clients wait"
  else
    say "the pooler was not paused: $(head -n 1 /tmp/pause.log)"
  fi
  pause=
}

# A pause whose psql goes away before it is reached would be called off by the pooler.
finish_pause() {
  local tries=40
  [[ -n $pause ]] || return 0
  while kill -0 "$pause" 2>/dev/null && ((tries-- > 0)); do sleep 0.05; done
  ! kill -0 "$pause" 2>/dev/null || return 0
  report_pause
}

# Whatever paused it (our own stop, or one that was killed half-way), the server is there again.
resume_pooler() {
  local answer
  [[ -S $pooler_dir/.s.PGSQL.$pooler_port ]] || return 0
  if answer=$(pooler -c 'resume' 2>&1); then
    say "the pooler goes on"
  elif [[ $answer != *"not paused"* && $answer != *onnection* ]]; then
    say "the pooler did not resume: $answer"
  fi
}

# --- the server -----------------------------------------------------------------------------------

# shellcheck disable=SC2317  # called by the trap
# The work is done in the trap itself: a signal can then not fall between a look at a flag and the
# wait after it.
on_stop() {
  [[ -z $stop_asked ]] || hurry=yes
  stop_asked=yes
  [[ -z $hurry && -n $serving ]] || return 0
  stop_in_order
}

stop_in_order() {
  rm -f "$ready"
  pause_pooler
  stop_server
  finish_pause
  finish_log
  say "stopped"
  exit 0
}

# The server writes its log, as JSON, to a file: a program beside it can then count what is in it. Here it
# is shown as this container's own output, and put aside before it grows.
show_log() {
  local pid=$$
  [[ -w $log_dir ]] || return 0
  : >>"$log"
  tail -q -n 0 -F "$log" 2>/dev/null &
  shown=$!
  # Seldom: each look starts three processes.
  while sleep 60 && kill -0 "$pid" 2>/dev/null; do
    (($(stat -c %s "$log" 2>/dev/null || echo 0) < log_limit)) || {
      mv -f "$log" "$log_dir/postgres.1.json"
      pg_ctl -D "$data" -s logrotate || true
    }
  done &
}

# What the server said last is shown too.
finish_log() {
  [[ -n $shown ]] || return 0
  sleep 0.2
  kill "$shown" 2>/dev/null || true
}

# A stop asked for from outside is the only good end of this container.
serve() {
  local status=0
  show_log
  start_server
  wait_for_server "$socket_dir" || stopped_too_early
  : >"$ready"
  resume_pooler
  serving=yes
  [[ -z $stop_asked ]] || stop_in_order
  wait "$server" || status=$?
  finish_log
  fail "the server ended by itself with status $status"
}

main() {
  trap on_stop TERM INT
  rm -f "$ready"
  check_arguments
  lock_volume
  check_environment
  prepare_cluster
  [[ -z $stop_asked ]] || exit 0
  bootstrap
  [[ -z $stop_asked ]] || exit 0
  prepare_repository
  [[ -z $stop_asked ]] || exit 0
  serve
}

main "$@"
