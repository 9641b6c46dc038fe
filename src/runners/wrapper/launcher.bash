# A launcher: takes orders from standard input, one task at a time, and runs each with builtins and one fork.
#
#   bash launcher.bash ISOLATION SHARED|OWN MESSAGES
#
# ISOLATION is written into every record. OWN says that this shell is the first process of a process-id namespace, so that whatever
# else lives in there is the task's. MESSAGES is a file that standard error of this shell is appended to.
#
# Orders are pairs of NUL-terminated texts: TOKEN DIRECTORY
# Reports are lines:  ready PID · ended TOKEN RECORD · refused TOKEN
#
# At end of input (the engine is gone, or let go) the loop ends: a task that runs is finished and recorded first. Reporting to an engine that
# is gone ends this shell by SIGPIPE, when the record is written and nothing is left to do.
# A record is one write of one line that ends in `}`: a half-written one is never taken for a record. Renaming it into place instead
# would cost a fork and an exec of `mv`, more than the whole task; the file's name appears only once the task has ended.
#
# Every statement here is paid for by every task, and page by page again by every fork: hence no loops where nothing is to be found.

# Sets bitl_cpu: milliseconds of processor time of everything that ended so far and was waited for.
bitl_cpu() {
  local user system
  times >&7
  read -r -u 7 user
  read -r -u 7 user system
  # 1m2.345s: minutes, then seconds whose digits without the dot are milliseconds.
  local minutes=$((${user%%m*} + ${system%%m*}))
  user=${user#*m} system=${system#*m}
  bitl_cpu=$((minutes * 60000 + 10#${user//[!0-9]/} + 10#${system//[!0-9]/}))
}

# What the task started and did not end, into bitl_found; zombies left out.
bitl_find() {
  local path pid stat environment entry last
  bitl_found=()
  [[ $bitl_space == OWN ]] || read -r _ _ _ _ last </proc/loadavg
  for path in /proc/[1-9]*; do
    pid=${path#/proc/}
    ((pid == $$)) && continue
    # Whatever the task started came after its shell, unless process ids have begun again from below.
    [[ $bitl_space == SHARED ]] && ((pid <= bitl_pid && bitl_pid <= last)) && continue
    { IFS= read -r stat <"$path/stat"; } 2>/dev/null || continue
    stat=${stat##*) }
    [[ ${stat:0:1} == [ZX] ]] && continue
    if [[ $bitl_space == SHARED ]]; then
      set -- $stat
      if [[ $4 != "$bitl_session" ]]; then
        environment=no
        { while IFS= read -r -d '' entry; do
          [[ $entry == "BIT_TOKEN=$bitl_token" ]] && environment=yes && break
        done <"$path/environ"; } 2>/dev/null
        [[ $environment == yes ]] || continue
      fi
    fi
    bitl_found+=("$pid")
  done
}

# Ends what was left behind and counts it. The first look may meet processes that are on their way out.
bitl_sweep() {
  local tries=0 nothing
  bitl_find
  ((${#bitl_found[@]} == 0)) && return
  read -r -t 0.05 -u 7 nothing
  bitl_find
  bitl_left=${#bitl_found[@]}
  while ((${#bitl_found[@]} > 0 && tries < 500)); do
    kill -KILL "${bitl_found[@]}" 2>/dev/null
    read -r -t 0.01 -u 7 nothing
    bitl_find
    ((tries += 1))
  done
}

bitl_oom_kills() {
  local name value
  bitl_kills=0
  { while read -r name value; do [[ $name == oom_kill ]] && bitl_kills=$value; done </proc/vmstat; } 2>/dev/null
}

# Why a task ended that somebody ended, or that a signal may have: into bitl_how, as JSON.
bitl_explain() {
  local word why
  if [[ -e $bitl_directory/ending ]]; then
    { read -r word; IFS= read -r -d '' why; } <"$bitl_directory/ending"
    if [[ $word == not-started ]]; then
      why=${why//\\/\\\\} why=${why//\"/\\\"} why=${why//[[:cntrl:]]/ }
      bitl_how="{\"kind\":\"not-started\",\"why\":\"$why\"}"
    else
      bitl_how="{\"kind\":\"$word\"}"
    fi
    return
  fi
  ((bitl_status > 128)) || return
  bitl_oom_kills
  if ((bitl_status == 137 && bitl_kills > bitl_oom)); then
    bitl_oom=$bitl_kills
    bitl_how='{"kind":"out-of-memory"}'
    return
  fi
  bitl_oom=$bitl_kills
  # The shell tells of a child that a signal ended, and says nothing where the child chose such a status itself.
  # It keeps quiet about three signals: of those only TERM is sent by one process to end another.
  if [[ -s $bitl_messages ]] || ((bitl_status == 143)); then
    : >"$bitl_messages"
    word=$(kill -l $((bitl_status - 128)) 2>/dev/null) || word=$((bitl_status - 128))
    bitl_how="{\"kind\":\"signalled\",\"signal\":\"SIG$word\"}"
  fi
}

bitl_isolation=$1
bitl_space=$2
bitl_messages=$3
exec 2>>"$bitl_messages"
# Whatever the engine was started with stays open in its children: a task shall hold none of it. 255 is this script.
for bitl_file in /proc/$$/fd/*; do
  bitl_file=${bitl_file##*/}
  ((bitl_file > 2 && bitl_file != 255)) && eval "exec $bitl_file>&-"
done
# A pipe that only this shell holds: lets `times` be read and short waits be made without a fork.
exec 7<> <(:)
if [[ $bitl_space == SHARED ]]; then
  read -r bitl_stat </proc/self/stat
  set -- ${bitl_stat##*) }
  bitl_session=$4
fi
set --
bitl_oom_kills
bitl_oom=$bitl_kills
bitl_cpu
set -m
printf 'ready %s\n' "$$"

while IFS= read -r -d '' bitl_token && IFS= read -r -d '' bitl_directory; do
  # Whoever makes this file first decides: the launcher that begins, or an engine that calls the attempt off.
  set -C
  if ! { exec 5>"$bitl_directory/stdout"; } 2>/dev/null; then
    set +C
    printf 'refused %s\n' "$bitl_token"
    continue
  fi
  set +C
  exec 6>"$bitl_directory/stderr"
  bitl_cpu_before=$bitl_cpu
  read -r -d '' bitl_io_before </proc/self/io
  bitl_began=$EPOCHREALTIME
  [[ -n $bitl_began ]] || printf -v bitl_began '%(%s)T' -1
  # Not inside a function: what the script declares is then as global as it looks. In a process group of its own (`set -m`).
  (
    set +m
    # Where memory runs out, the system shall end the task and not the shell that has to record it.
    { echo 500 >/proc/self/oom_score_adj; } 2>/dev/null
    exec </dev/null >&5 2>&6 5>&- 6>&- 7>&-
    . "$bitl_directory/launch"
  ) &
  bitl_pid=$!
  exec 5>&- 6>&-
  wait "$bitl_pid"
  bitl_status=$?
  # With process groups `wait` also tells of a shell that was only stopped (128 + 19 to 22); it may go on.
  while ((bitl_status >= 147 && bitl_status <= 150)) && [[ -e /proc/$bitl_pid ]]; do
    read -r -t 0.1 -u 7 bitl_nothing
    wait "$bitl_pid"
    bitl_status=$?
  done
  bitl_ended=$EPOCHREALTIME
  [[ -n $bitl_ended ]] || printf -v bitl_ended '%(%s)T' -1
  bitl_left=0
  if [[ $bitl_space == OWN ]]; then
    set -- /proc/[1-9]*
    (($# > 1)) && bitl_sweep
  else
    bitl_sweep
  fi
  bitl_cpu
  read -r -d '' bitl_io </proc/self/io
  bitl_how="{\"kind\":\"exited\",\"code\":$bitl_status}"
  ((bitl_status == 0)) && [[ ! -e $bitl_directory/ending ]] || bitl_explain
  bitl_more=
  if [[ -e $bitl_directory/peak ]] && read -r bitl_peak <"$bitl_directory/peak" && [[ $bitl_peak != *[!0-9]* ]]; then
    bitl_more=,\"peakMemoryBytes\":${bitl_peak:-0}
  fi
  # The figures of /proc/self/io as they are, before and after: the first two lines count, and whoever reads the record can subtract.
  bitl_io=${bitl_io%%syscr*} bitl_io_before=${bitl_io_before%%syscr*}
  printf -v bitl_record '{"token":"%s","how":%s,"began":%s,"ended":%s,"cpuMilliseconds":%s,"io":"%s %s","leftBehind":%s,"isolation":"%s"%s}' \
    "$bitl_token" "$bitl_how" "$bitl_began" "$bitl_ended" $((bitl_cpu - bitl_cpu_before)) "${bitl_io_before//$'\n'/ }" "${bitl_io//$'\n'/ }" \
    "$bitl_left" "$bitl_isolation" "$bitl_more"
  printf '%s\n' "$bitl_record" >"$bitl_directory/exit.json"
  printf 'ended %s %s\n' "$bitl_token" "$bitl_record"
done
