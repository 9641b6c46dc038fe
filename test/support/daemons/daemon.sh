# Sourced by docker.sh and slurm.sh: daemons that run in the background, known by the pid files of a folder and nothing else.
# The caller sets `folder`: holds NAME.pid and NAME.log of each daemon, and `env` with what a client needs.
state=${BIT_TEST_STATE:-/tmp/bit-test-daemons}

# `set -e` alone ends a script without a word.
set -o errtrace
trap 'printf "%s: line %s: %s\n" "$0" "$LINENO" "$BASH_COMMAND" >&2' ERR

complain() {
  printf '%s\n' "$*" >&2
  exit 1
}

# number_of TEXT LIMIT: always the same number below the limit, for ports and names that two state folders must not share.
number_of() { echo $(($(printf %s "$1" | cksum | cut -d ' ' -f 1) % $2)); }

# install PROGRAM PACKAGE…: the packages, where the program is not there yet.
install() {
  local program=$1
  shift
  if command -v "$program" >/dev/null; then return; fi
  # A package that starts its service at once would take the ports and files of ours.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    # shellcheck disable=SC2064
    trap "rm -f '$policy'" EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  local log
  log=$(mktemp)
  if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    complain "$program is missing and could not be installed: apt-get install $*"
  fi
  rm -f "$log"
  if [ -e "$policy" ] && grep -qx 'exit 101' "$policy"; then rm -f "$policy"; fi
}

# run_daemon NAME COMMAND…: starts it in a session of its own. NAME is the name the kernel shows for it.
run_daemon() {
  local name=$1
  shift
  # Left by a start that failed half way: its number would be lost, and it would stay for ever.
  end_daemon "$name"
  setsid nohup "$@" >>"$folder/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$folder/$name.pid"
}

# pid_of NAME: its process, if it lives. A number that another program got since, or that nobody has waited for, is not it.
pid_of() {
  local pid
  pid=$(cat "$folder/$1.pid" 2>/dev/null) || return 1
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "${1:0:15}" ] || return 1
  [ "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null)" != Z ] || return 1
  echo "$pid"
}

# end_daemon NAME [SECONDS]: asks, waits, and ends it by force when the time is up.
end_daemon() {
  local name=$1 seconds=${2:-10} pid
  if pid=$(pid_of "$name"); then
    kill -TERM "$pid"
    await "$seconds" gone "$name" || kill -KILL "$pid"
    await 5 gone "$name" || complain "$name ($pid) does not end"
  fi
  rm -f "$folder/$name.pid"
}

gone() { ! pid_of "$1" >/dev/null; }

# await SECONDS COMMAND…: until the command says yes.
await() {
  local until=$(($(date +%s%N) + $1 * 1000000000))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$(date +%s%N)" -gt "$until" ]; then return 1; fi
    sleep 0.05
  done
}

# started NAME SECONDS COMMAND…: waits until the daemon answers; else shows the end of what it wrote.
started() {
  local name=$1 seconds=$2
  shift 2
  if await "$seconds" gone_or "$name" "$@" && "$@" >/dev/null 2>&1; then return; fi
  tail -n 15 "$folder/$name.log" >&2
  complain "$name does not answer: $*"
}

# Its name is no sign: until it is itself it is the shell, `setsid` and `nohup`.
gone_or() {
  local number stat
  number=$(cat "$folder/$1.pid")
  stat=$(sed 's/.*) //; s/ .*//' "/proc/$number/stat" 2>/dev/null) || return 0
  if [ "$stat" = Z ]; then return; fi
  shift
  "$@"
}

# Daemons of one folder are started and stopped by one caller at a time.
one_at_a_time() {
  mkdir -p "$state"
  # Clients may be other users than the one who starts it, and munge insists on it.
  chmod a+rx "$state"
  exec 9>"$folder.lock"
  flock --timeout 120 9 || complain "another script is still at work on $folder"
}
