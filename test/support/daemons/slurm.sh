#!/usr/bin/env bash
# A Slurm cluster for the tests whose only node is this machine, apart from any other: own munge, own ports, own files.
#   slurm.sh start [--accounting]              prints SLURM_CONF=… and BIT_TEST_SLURM_MEMORY_LIMIT=kernel|watched
#   slurm.sh stop [--accounting]               cancels its jobs, ends its daemons, removes its files
#   slurm.sh stop-controller [--accounting]    slurmctld alone; jobs go on
#   slurm.sh start-controller [--accounting]
#   slurm.sh pause-controller [--accounting]   it hears, but does not answer: what it is asked meanwhile it does after resume-controller
#   slurm.sh resume-controller [--accounting]
#   slurm.sh status [--accounting]             what start prints, where all of it answers, else why not
# With --accounting it is another cluster, with slurmdbd and MariaDB behind it; both may run at once.
set -euo pipefail
# shellcheck source=daemon.sh
. "$(dirname "$0")/daemon.sh"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH

command=${1:-}
case "${2:-}" in
  '')
    accounting=no
    folder=$state/slurm
    ;;
  --accounting)
    accounting=yes
    folder=$state/slurm-accounting
    ;;
  *) complain "unknown option: $2" ;;
esac
# Job cgroups are named after the node, so two clusters on this machine cannot both use its own name.
node=node$(number_of "$folder" 1000)
# Three ports of its own, below those that the kernel hands out.
port=$((20000 + $(number_of "$folder" 4000) * 3))
munge_socket=$folder/munge/munge.socket
database_socket=$folder/mariadb.socket
export SLURM_CONF=$folder/slurm.conf

start() {
  if [ -e "$folder/env" ] && controller_answers && node_ready; then
    cat "$folder/env"
    return
  fi
  install slurmctld slurm-wlm munge
  if [ "$accounting" = yes ]; then
    install slurmdbd slurmdbd slurm-wlm-mysql-plugin
    install mariadbd mariadb-server
  fi
  # Others than root submit jobs too, and munge refuses a folder that any of them could change.
  mkdir -p -m 755 "$folder" "$folder/munge" "$folder/state" "$folder/spool"
  start_munge
  if [ "$accounting" = yes ]; then start_accounting; fi
  configure >"$SLURM_CONF"
  configure_cgroups >"$folder/cgroup.conf"
  start_controller
  run_daemon slurmd slurmd -D -N "$node"
  started slurmd 20 node_ready
  if [ "$accounting" = yes ]; then admit_users; fi
  printf '%s\n' "SLURM_CONF=$SLURM_CONF" "BIT_TEST_SLURM_MEMORY_LIMIT=$(memory_limit)" >"$folder/env"
  cat "$folder/env"
}

start_munge() {
  if [ ! -e "$folder/munge/key" ]; then
    (umask 077 && dd if=/dev/urandom of="$folder/munge/key" bs=1 count=1024 status=none)
  fi
  run_daemon munged munged --foreground --key-file "$folder/munge/key" --socket "$munge_socket" --pid-file "$folder/munge/pid" --seed-file "$folder/munge/seed"
  started munged 10 munge --no-input --socket "$munge_socket"
}

start_controller() {
  run_daemon slurmctld slurmctld -D
  started slurmctld 20 controller_answers
}

controller_answers() { timeout 5 scontrol ping 2>/dev/null | grep -q 'is UP'; }

node_ready() { [ "$(timeout 5 sinfo --noheader --nodes "$node" --format %T 2>/dev/null | sort -u | grep -cE '^(idle|mixed|allocated)$')" -ge 1 ]; }

configure() {
  local processors memory limits=NO
  # One of the two turns down at once what no node of the partition can give; in the other such a job waits for ever.
  if [ "$accounting" = yes ]; then limits=ALL; fi
  processors=$(nproc)
  memory=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) / 1024 * 95 / 100))
  cat <<CONF
ClusterName=bit
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
# A requeued job waits until its old credential has expired: two minutes, if nothing is said.
AuthInfo=socket=$munge_socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/state/slurmctld.pid
SlurmdPidFile=$folder/state/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
RebootProgram=/bin/false

SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=2000
MaxArraySize=1001
MaxJobCount=20000
MinJobAge=300
KillWait=5
SlurmdTimeout=60

# Small jobs start when they arrive, not at the next round.
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=2000,bf_interval=1,bf_continue,default_queue_depth=1100,partition_job_depth=1100
EpilogMsgTime=0
Epilog=/bin/true
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
EnforcePartLimits=$limits

JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1

NodeName=$node NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$processors RealMemory=$memory State=UNKNOWN
PartitionName=DEFAULT Nodes=$node PriorityTier=10 PreemptMode=OFF DefaultTime=5 MaxTime=60 State=UP
PartitionName=main Default=YES DefaultTime=60 MaxTime=INFINITE
PartitionName=short MaxTime=10
PartitionName=small MaxMemPerNode=512
PartitionName=closed State=DOWN
# Jobs of the other partitions may take the place of these.
PartitionName=spare PriorityTier=1 PreemptMode=CANCEL
PartitionName=again PriorityTier=1 PreemptMode=REQUEUE
CONF
  case "$(memory_limit)" in
    kernel) printf '%s\n' ProctrackType=proctrack/cgroup TaskPlugin=task/cgroup ;;
    watched) printf '%s\n' ProctrackType=proctrack/linuxproc TaskPlugin=task/none JobAcctGatherParams=OverMemoryKill ;;
  esac
  if [ "$accounting" = yes ]; then
    cat <<CONF
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePass=$munge_socket
AccountingStoragePort=$((port + 2))
AccountingStorageEnforce=associations,limits,qos
CONF
  else
    echo AccountingStorageType=accounting_storage/none
  fi
}

# Who ends a job that outgrows its memory: the kernel, as at most sites, where slurmd may keep cgroups of version 1
# without a service manager; else Slurm itself, which looks once a second and reports a failure like any other.
memory_limit() {
  if [ -w /sys/fs/cgroup/memory/cgroup.procs ] && [ -w /sys/fs/cgroup/freezer/cgroup.procs ]; then echo kernel; else echo watched; fi
}

configure_cgroups() {
  cat <<CONF
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
ConstrainRAMSpace=yes
CONF
}

start_accounting() {
  if [ ! -d "$folder/database" ]; then
    mariadb-install-db --no-defaults --datadir="$folder/database" --user=root --auth-root-authentication-method=socket --skip-test-db >"$folder/mariadb-install.log" 2>&1 ||
      complain "no database: $(tail -n 5 "$folder/mariadb-install.log")"
  fi
  run_daemon mariadbd mariadbd --no-defaults --user=root --datadir="$folder/database" --socket="$database_socket" --pid-file="$folder/mariadb.own.pid" --skip-networking --innodb-flush-log-at-trx-commit=2
  started mariadbd 30 database 'select 1'
  database 'create database if not exists slurm_acct_db'
  (
    umask 077
    cat >"$folder/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$munge_socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$((port + 2))
SlurmUser=root
PidFile=$folder/slurmdbd.own.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
CONF
  )
  # slurmdbd looks for its file beside slurm.conf; its client library is told where the database listens.
  MYSQL_UNIX_PORT=$database_socket run_daemon slurmdbd slurmdbd -D
  started slurmdbd 30 listens $((port + 2))
}

database() { mariadb --no-defaults --socket="$database_socket" --user=root --execute "$1"; }

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Accounts: `lab`, root's own; `other`, where root is not; `few`, where it may have two jobs at a time. QOS: `normal` and `fast`.
admit_users() {
  account add cluster bit
  account add account lab,other,few cluster=bit
  account add qos fast
  account add user root account=lab,few cluster=bit
  account modify user root where account=lab,few set qos=normal,fast
  account modify user root where account=few set maxsubmitjobs=2
  account modify user root set defaultaccount=lab
  await 15 associated || complain "root has no account: $(sacctmgr --noheader show associations 2>&1 | head -n 3)"
}

# What is there already is no failure.
account() { sacctmgr --immediate --quiet "$@" >/dev/null 2>&1 || true; }

associated() { timeout 5 sacctmgr --noheader --parsable2 show associations user=root format=account | grep -q lab && timeout 10 sbatch --test-only --wrap true; }

stop() {
  local pid
  # A paused one would not hear that it has to end.
  if pid=$(pid_of slurmctld); then kill -CONT "$pid"; fi
  if controller_answers; then
    scancel --quiet --user root >/dev/null 2>&1 || true
    for user in $(squeue --noheader --format %u 2>/dev/null | sort -u); do scancel --quiet --user "$user" || true; done
    await 10 no_jobs || true
  fi
  end_daemon slurmd
  end_steps
  end_daemon slurmctld
  end_daemon slurmdbd
  end_daemon mariadbd
  end_daemon munged
  find /sys/fs/cgroup/*/"slurm_$node" -depth -type d -exec rmdir {} + 2>/dev/null || true
  rm -rf "$folder"
}

no_jobs() { [ -z "$(squeue --noheader 2>/dev/null)" ]; }

# What is left of jobs when the controller could not be asked: slurmstepd holds open the files of our spool.
end_steps() {
  local process
  for process in $(pgrep -x slurmstepd || true); do
    if readlink "/proc/$process/cwd" /proc/"$process"/fd/* 2>/dev/null | grep -q "^$folder/"; then
      pkill -KILL -P "$process" || true
      kill -KILL "$process" 2>/dev/null || true
    fi
  done
}

status() {
  local daemon daemons=(munged slurmctld slurmd)
  if [ "$accounting" = yes ]; then daemons+=(slurmdbd mariadbd); fi
  for daemon in "${daemons[@]}"; do pid_of "$daemon" >/dev/null || complain "$daemon does not run"; done
  controller_answers || complain 'slurmctld does not answer'
  node_ready || complain "the node is not ready: $(sinfo --noheader --format '%T %E' | head -n 1)"
  cat "$folder/env"
}

case "$command" in
  start)
    one_at_a_time
    start
    ;;
  stop)
    one_at_a_time
    stop
    ;;
  stop-controller)
    one_at_a_time
    end_daemon slurmctld
    ;;
  start-controller)
    one_at_a_time
    if ! controller_answers; then start_controller; fi
    ;;
  pause-controller | resume-controller)
    pid=$(pid_of slurmctld) || complain 'slurmctld does not run'
    if [ "$command" = pause-controller ]; then kill -STOP "$pid"; else kill -CONT "$pid"; fi
    ;;
  status) status ;;
  *) complain "usage: $0 start|stop|{stop,start,pause,resume}-controller|status [--accounting]" ;;
esac
