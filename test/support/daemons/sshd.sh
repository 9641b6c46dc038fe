#!/usr/bin/env bash
# An OpenSSH server for the tests, with a host key and an authorized key of its own, on a port of 127.0.0.1.
#   sshd.sh start    prints BIT_TEST_SSH_PORT=…, the user, the key of the client and the known_hosts file that names the server
#   sshd.sh stop
#   sshd.sh status
set -euo pipefail
# shellcheck source=daemon.sh
. "$(dirname "$0")/daemon.sh"
folder=$state/sshd
port=$((23000 + $(number_of "$folder" 2000)))
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

start() {
  if pid_of sshd >/dev/null && answers; then
    cat "$folder/env"
    return
  fi
  install sshd openssh-server openssh-sftp-server
  install ssh-keygen openssh-client
  mkdir -p "$folder"
  chmod 755 "$folder"
  # Where sshd leaves its privileges; a service manager would make it.
  if [ "$(id -u)" = 0 ]; then mkdir -p -m 755 /run/sshd; fi
  local kind
  for kind in host other client; do
    if [ ! -e "$folder/$kind" ]; then ssh-keygen -q -t ed25519 -N '' -C "bit-test $kind" -f "$folder/$kind"; fi
  done
  cp "$folder/client.pub" "$folder/authorized_keys"
  chmod 600 "$folder/authorized_keys"
  cat >"$folder/sshd_config" <<CONF
ListenAddress 127.0.0.1:$port
HostKey $folder/host
PidFile $folder/sshd.own.pid
AuthorizedKeysFile $folder/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
# Folders of tests are under /tmp, which others may write to.
StrictModes no
UsePAM no
PrintMotd no
MaxStartups 100
Subsystem sftp internal-sftp
CONF
  # It starts itself anew for each connection, and wants its whole path for that.
  run_daemon sshd "$(command -v sshd)" -D -e -f "$folder/sshd_config"
  started sshd 20 answers
  echo "[127.0.0.1]:$port $(cut -d ' ' -f 1,2 "$folder/host.pub")" >"$folder/known_hosts"
  {
    echo "BIT_TEST_SSH_PORT=$port"
    echo "BIT_TEST_SSH_USER=$(id -un)"
    echo "BIT_TEST_SSH_FOLDER=$folder"
  } >"$folder/env"
  cat "$folder/env"
}

answers() { grep -q '^SSH-2' <(timeout 5 head -n 1 <"/dev/tcp/127.0.0.1/$port"); }

case "${1:-}" in
  start)
    one_at_a_time
    start
    ;;
  stop)
    one_at_a_time
    mkdir -p "$folder"
    end_daemon sshd
    rm -rf "$folder"
    ;;
  status)
    pid_of sshd >/dev/null || complain 'sshd does not run'
    answers || complain "sshd runs, but port $port does not answer"
    cat "$folder/env"
    ;;
  *) complain "usage: $0 start | stop | status" ;;
esac
