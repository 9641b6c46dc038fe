#!/usr/bin/env bash
# An object store for the tests: MinIO where it can be had, else moto, which answers as Amazon's does and keeps everything in memory.
#   s3.sh start    prints BIT_TEST_S3_ENDPOINT=… and the rest of what a client needs
#   s3.sh stop     ends it and removes what it held
#   s3.sh status   the same as start where it answers, else why not
# MinIO is `minio` on PATH or what BIT_TEST_MINIO names, else it is built once with `go install`, into ~/.cache/bit-test. BIT_TEST_S3=moto takes moto all the same.
set -euo pipefail
# shellcheck source=daemon.sh
. "$(dirname "$0")/daemon.sh"
folder=$state/s3
port=$((21000 + $(number_of "$folder" 2000)))
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bit-test
minio_version=v0.0.0-20260212201848-7aac2a2c5b7c
moto_version=5.2.5

start() {
  if runs && answers; then
    cat "$folder/env"
    return
  fi
  rm -rf "$folder"
  mkdir -p "$folder/data"
  local minio
  if minio=$(find_minio); then
    MINIO_ROOT_USER=bit-test MINIO_ROOT_PASSWORD=bit-test-secret MINIO_BROWSER=off MINIO_UPDATE=off \
      run_daemon minio "$minio" server --address "127.0.0.1:$port" --quiet "$folder/data"
    echo "BIT_TEST_S3_SERVER=minio" >"$folder/env"
    started minio 60 answers
  else
    install_moto
    run_daemon moto_server "$cache/moto-$moto_version/bin/moto_server" --host 127.0.0.1 --port "$port"
    echo "BIT_TEST_S3_SERVER=moto" >"$folder/env"
    started moto_server 60 answers
  fi
  {
    echo "BIT_TEST_S3_ENDPOINT=http://127.0.0.1:$port"
    echo "BIT_TEST_S3_KEY=bit-test"
    echo "BIT_TEST_S3_SECRET=bit-test-secret"
  } >>"$folder/env"
  cat "$folder/env"
}

find_minio() {
  local found
  if [ "${BIT_TEST_S3:-}" = moto ]; then
    return 1
  elif [ -n "${BIT_TEST_MINIO:-}" ]; then
    echo "$BIT_TEST_MINIO"
  elif found=$(command -v minio); then
    echo "$found"
  elif [ -x "$cache/minio-$minio_version/minio" ]; then
    echo "$cache/minio-$minio_version/minio"
  elif has_go; then
    echo 'building MinIO, which takes some minutes' >&2
    GOBIN=$cache/minio-$minio_version timeout 330 go install "github.com/minio/minio@$minio_version" >"$folder/build.log" 2>&1 || {
      tail -n 3 "$folder/build.log" >&2
      return 1
    }
    echo "$cache/minio-$minio_version/minio"
  else
    return 1
  fi
}

has_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null) || return 1
  [ "$(printf '%s\n' go1.24 "$version" | sort -V | head -n 1)" = go1.24 ]
}

install_moto() {
  local venv=$cache/moto-$moto_version
  if [ -x "$venv/bin/moto_server" ]; then return; fi
  install python3 python3 python3-venv
  mkdir -p "$cache"
  python3 -m venv "$venv"
  if ! timeout 300 "$venv/bin/pip" install --quiet "moto[server]==$moto_version" >"$folder/build.log" 2>&1; then
    tail -n 5 "$folder/build.log" >&2
    rm -rf "$venv"
    complain 'neither MinIO nor moto can be had'
  fi
}

runs() { pid_of minio >/dev/null || pid_of moto_server >/dev/null; }

# Any answer is one: MinIO refuses those it does not know.
answers() { grep -q '^HTTP/1' <(ask); }

ask() {
  exec 8<>"/dev/tcp/127.0.0.1/$port" || return
  printf 'GET / HTTP/1.0\r\nHost: 127.0.0.1:%s\r\n\r\n' "$port" >&8
  timeout 5 head -n 1 <&8
  exec 8>&-
}

case "${1:-}" in
  start)
    one_at_a_time
    start
    ;;
  stop)
    one_at_a_time
    mkdir -p "$folder"
    end_daemon minio
    end_daemon moto_server
    rm -rf "$folder"
    ;;
  status)
    runs || complain 'no object store runs'
    answers || complain "an object store runs, but port $port does not answer"
    cat "$folder/env"
    ;;
  *) complain "usage: $0 start | stop | status" ;;
esac
