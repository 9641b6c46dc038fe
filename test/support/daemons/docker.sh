#!/usr/bin/env bash
# A Docker daemon for the tests, apart from any other on the machine: own socket, own data, own bridge.
#   docker.sh start|restart [--live-restore]   prints DOCKER_HOST=…; --live-restore keeps containers while the daemon is away
#   docker.sh stop [--all]                     ends it and its containers; images stay for the next start, but for --all
#   docker.sh kill9                            as a crash would; containers are left behind
#   docker.sh status                           DOCKER_HOST=… where it answers, else why not
set -euo pipefail
# shellcheck source=daemon.sh
. "$(dirname "$0")/daemon.sh"
folder=$state/docker
socket=$folder/docker.sock
subnet=$(number_of "$folder" 250)
bridge=bit-test$subnet
# /usr/local may hold a client alone; Debian's parts go together.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export DOCKER_HOST=unix://$socket

start() {
  if pid_of dockerd >/dev/null && answers; then
    cat "$folder/env"
    return
  fi
  # Recommended packages stay out, so `docker-init` (tini) and what unpacks layers are named.
  install dockerd docker.io tini iptables iproute2 ca-certificates
  install tini-static tini
  mkdir -p "$folder"
  echo "{}" >"$folder/daemon.json"
  end_leftovers
  if ! ip link show "$bridge" >/dev/null 2>&1; then ip link add name "$bridge" type bridge; fi
  ip addr replace "10.213.$subnet.1/24" dev "$bridge"
  ip link set "$bridge" up
  local options=(
    --host "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/dockerd.own.pid"
    # Without a service manager the daemon has to keep cgroups itself.
    --config-file "$folder/daemon.json"
    --exec-opt native.cgroupdriver=cgroupfs
    # Containers reach the machine over the bridge and nothing else; no firewall rule is left behind.
    --bridge "$bridge" --iptables=false --ip6tables=false --ip-masq=false --userland-proxy=false
    --shutdown-timeout 5
  )
  run_with "${options[@]}" "$@"
  echo "DOCKER_HOST=$DOCKER_HOST" >"$folder/env"
  cat "$folder/env"
}

# Where overlayfs cannot be stacked (a container, an odd file system) plain copies work, at a price.
run_with() {
  local driver
  for driver in overlay2 vfs; do
    run_daemon dockerd dockerd --storage-driver "$driver" "$@"
    if await 30 answers_or_gone && answers; then return; fi
    end_daemon dockerd
  done
  tail -n 15 "$folder/dockerd.log" >&2
  complain 'dockerd does not start'
}

answers() { docker info --format '{{.ServerVersion}}' >/dev/null 2>&1; }

answers_or_gone() { answers || gone dockerd; }

# After a crash containerd may live on and would hold the files of the next one.
end_leftovers() {
  rm -f "$socket" "$folder/dockerd.own.pid"
  local pid
  pid=$(cat "$folder/exec/containerd/containerd.pid" 2>/dev/null) || return 0
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = containerd ]; then
    kill -TERM "$pid"
    await 5 test ! -e "/proc/$pid" || true
  fi
}

stop() {
  if answers; then
    local containers
    containers=$(docker ps --all --quiet)
    # shellcheck disable=SC2086
    if [ -n "$containers" ]; then docker rm --force --volumes $containers >/dev/null 2>&1 || true; fi
  fi
  end_daemon dockerd 20
  end_leftovers
  local pid mount
  # Left by a crash: the shim of each container, which names our socket on its command line.
  for pid in $(pgrep -f "^[^ ]*containerd-shim[^ ]* .*-address $folder/exec/" || true); do
    pkill -KILL -P "$pid" || true
    kill -KILL "$pid" 2>/dev/null || true
  done
  for mount in $(awk -v folder="$folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r); do umount -l "$mount"; done
  if ip link show "$bridge" >/dev/null 2>&1; then ip link delete "$bridge"; fi
  rm -rf "$folder/exec" "$folder/env" "$socket"
  if [ "${1:-}" = --all ]; then rm -rf "$folder"; fi
}

case "${1:-}" in
  start)
    one_at_a_time
    start "${@:2}"
    ;;
  restart)
    one_at_a_time
    end_daemon dockerd 20
    start "${@:2}"
    ;;
  stop)
    one_at_a_time
    stop "${2:-}"
    ;;
  kill9)
    one_at_a_time
    pid=$(pid_of dockerd) || complain 'dockerd does not run'
    kill -KILL "$pid"
    await 5 gone dockerd
    ;;
  status)
    pid_of dockerd >/dev/null || complain 'dockerd does not run'
    answers || complain "dockerd runs, but $DOCKER_HOST does not answer"
    cat "$folder/env"
    ;;
  *) complain "usage: $0 start|restart [--live-restore] | stop [--all] | kill9 | status" ;;
esac
