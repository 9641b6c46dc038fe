# A launcher: takes orders from standard input, one task at a time, and runs each with builtins and one fork.
#
#   bash launcher.bash ISOLATION SHARED|OWN MESSAGES
#
# ISOLATION is written into every record. OWN says that this shell is the first process of a process-id namespace, so that whatever
# else lives in there is the task's. MESSAGES is a file that standard error of this shell is appended to.
#
# Orders are pairs of NUL-terminated texts: TOKEN DIRECTORY
# Reports are lines:  ready · ended TOKEN RECORD · refused TOKEN
#
# At end of input (the engine is gone, or let go) the loop ends: a task that runs is finished and recorded first.
# A record is one write of one line that ends in `}`: a half-written one is never taken for a record. Renaming it into place instead
# would cost a fork and an exec of `mv`, more than the whole task; the file's name appears only once the task has ended.

bitl_isolation=$1
bitl_space=$2
set +o posix
shopt -s execfail
trap '' PIPE INT QUIT HUP
# A pipe that only this shell holds: lets `times` be read and short waits be made without a fork.
exec 7<> <(:)
bitl_oom=0

bitl_milliseconds() { # TEXT like 1m2.345s
  local minutes=${1%%m*} rest=${1#*m}
  rest=${rest%s}
  bitl_ms=$((10#$minutes * 60000 + 10#${rest%[.,]*} * 1000 + 10#${rest#*[.,]}))
}

# CPU time of everything that ended so far and was waited for, in milliseconds.
bitl_cpu() {
  local line
  times >&7
  IFS= read -r -u 7 line
  IFS= read -r -u 7 line
  bitl_milliseconds "${line% *}"
  bitl_cpu=$bitl_ms
  bitl_milliseconds "${line#* }"
  bitl_cpu=$((bitl_cpu + bitl_ms))
}

# Bytes read and written by this shell and everything it waited for.
bitl_io() {
  local name value
  bitl_read= bitl_written=
  { while read -r name value; do
    case $name in
      rchar:) bitl_read=$value ;;
      wchar:) bitl_written=$value ;;
    esac
  done </proc/self/io; } 2>/dev/null
}

bitl_oom_kills() {
  local name value
  bitl_kills=0
  { while read -r name value; do [[ $name == oom_kill ]] && bitl_kills=$value; done </proc/vmstat; } 2>/dev/null
}

# Sets bitl_found to what the task started and did not end, zombies left out.
bitl_find() {
  local path pid stat environment entry session
  bitl_found=()
  for path in /proc/[1-9]*; do
    pid=${path#/proc/}
    if [[ $bitl_space == OWN ]]; then
      ((pid == $$)) && continue
    else
      # Whatever the task started came after its shell, unless process ids have begun again from below.
      ((pid <= bitl_pid && bitl_pid <= bitl_last)) && continue
      ((pid == $$)) && continue
    fi
    { IFS= read -r stat <"$path/stat"; } 2>/dev/null || continue
    stat=${stat##*) }
    [[ ${stat:0:1} == [ZX] ]] && continue
    if [[ $bitl_space == SHARED ]]; then
      set -- $stat
      session=$4
      if [[ $session != "$bitl_session" ]]; then
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

bitl_newest_process() {
  local rest
  read -r _ _ _ rest bitl_last </proc/loadavg || bitl_last=0
}

# Ends what was left behind and counts it. The first look may meet processes that are on their way out.
bitl_sweep() {
  local tries=0 nothing
  bitl_left=0
  [[ $bitl_space == SHARED ]] && bitl_newest_process
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

# Why the task ended, as JSON.
bitl_how() {
  local word why
  if [[ -e $bitl_directory/ending ]]; then
    { read -r word; IFS= read -r -d '' why; } <"$bitl_directory/ending"
    case $word in
      not-started)
        why=${why//\\/\\\\} why=${why//\"/\\\"} why=${why//$'\n'/ } why=${why//$'\t'/ }
        bitl_how="{\"kind\":\"not-started\",\"why\":\"${why//[[:cntrl:]]/}\"}"
        ;;
      *) bitl_how="{\"kind\":\"$word\"}" ;;
    esac
    return
  fi
  if ((bitl_status > 128)); then
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
      return
    fi
  fi
  bitl_how="{\"kind\":\"exited\",\"code\":$bitl_status}"
}

# Opens the task's files and notes where the counters stand. Fails where somebody else has decided over this attempt.
bitl_begin() {
  # Whoever makes this file first decides: the launcher that begins, or an engine that calls the attempt off.
  set -C
  if ! { exec 5>"$bitl_directory/stdout"; } 2>/dev/null; then
    set +C
    printf 'refused %s\n' "$bitl_token"
    return 1
  fi
  set +C
  exec 6>"$bitl_directory/stderr"
  bitl_io
  bitl_read_before=$bitl_read bitl_written_before=$bitl_written bitl_cpu_before=$bitl_cpu
  bitl_now
  bitl_began=$bitl_time
}

bitl_now() {
  bitl_time=${EPOCHREALTIME-}
  [[ -n $bitl_time ]] || printf -v bitl_time '%(%s)T.000000' -1
  bitl_time=${bitl_time/,/.}
}

bitl_end() {
  local extra= peak
  bitl_now
  bitl_sweep
  bitl_cpu
  bitl_io
  bitl_how
  if [[ -e $bitl_directory/peak ]] && IFS= read -r peak <"$bitl_directory/peak" && [[ $peak == +([0-9]) ]]; then
    extra=",\"peakMemoryBytes\":$peak"
  fi
  [[ -n $bitl_read && -n $bitl_read_before ]] &&
    extra+=",\"readBytes\":$((bitl_read - bitl_read_before)),\"writtenBytes\":$((bitl_written - bitl_written_before))"
  printf -v bitl_record '{"token":"%s","how":%s,"began":%s,"ended":%s,"cpuMilliseconds":%s,"leftBehind":%s,"isolation":"%s"%s}' \
    "$bitl_token" "$bitl_how" "$bitl_began" "$bitl_time" $((bitl_cpu - bitl_cpu_before)) "$bitl_left" "$bitl_isolation" "$extra"
  printf '%s\n' "$bitl_record" >"$bitl_directory/exit.json"
  printf 'ended %s %s\n' "$bitl_token" "$bitl_record"
}

shopt -s extglob
if [[ $bitl_space == SHARED ]]; then
  read -r stat </proc/self/stat
  stat=${stat##*) }
  set -- $stat
  bitl_session=$4
  unset stat
fi
# Standard error of this shell itself holds only what it says about children that signals ended.
bitl_messages=$3
exec 2>>"$bitl_messages"
set --
bitl_oom_kills
bitl_oom=$bitl_kills
bitl_cpu
set -m
printf 'ready %s\n' "$$"
while IFS= read -r -d '' bitl_token && IFS= read -r -d '' bitl_directory; do
  bitl_begin || continue
  # Not inside a function: what the script declares is then as global as it looks. In a process group of its own (`set -m`).
  (
    set +m
    trap - PIPE INT QUIT HUP
    exec </dev/null >&5 2>&6 5>&- 6>&- 7>&-
    # Names of this shell's functions, for the launch file to forget.
    bitl=(bitl_milliseconds bitl_cpu bitl_io bitl_oom_kills bitl_find bitl_newest_process bitl_sweep bitl_how bitl_begin bitl_now bitl_end)
    . "$bitl_directory/launch"
  ) &
  bitl_pid=$!
  exec 5>&- 6>&-
  wait "$bitl_pid"
  bitl_status=$?
  bitl_end
done
