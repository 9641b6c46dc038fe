# A launcher: takes orders from standard input, one task at a time, and runs each with builtins and one fork.
#
#   bash launcher.bash ISOLATION SHARED|OWN MESSAGES [alone] [listed] [copied] [marks=FOLDER] [scratch=FOLDER]
#
# ISOLATION is written into every record. OWN says that this shell is the first process of a process-id namespace, so that whatever
# else lives in there is the task's. MESSAGES is a file that standard error of this shell is appended to. `alone`: the engine is on another
# machine or outside the container, so this shell itself looks after what runs: it ends what exceeds the attempt's `limits` (a line with
# microseconds and bytes, 0 for none) or what has an `ending`, with as many microseconds between asking and ending as the file `grace` says.
# A TERM that this shell gets is for the task, which was ended by somebody else than us: `terminated`. No further order is begun then.
# `listed`: before the record, the names and sizes of all files go into the attempt's `made`, for a reader to whom files come late.
# `copied`: nothing keeps a task's hands off its inputs here, so each link that `inputs` names is replaced by a copy first.
# `marks`: an empty file named after the token is made there once the record is written: one folder to look at for many attempts.
# `scratch`: a folder on a disk of this machine. The task works in a copy of its folder there, and what it made is copied back.
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
    # The first process of a container is its own, and so is the one that looks after the task.
    ((pid == $$ || pid == 1 || pid == BASHPID)) && continue
    # Whatever the task started came after its shell, unless process ids have begun again from below.
    [[ $bitl_space == SHARED ]] && ((pid < bitl_pid && bitl_pid <= last)) && continue
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

# Memory that what was found holds now, in bytes: own pages added up, shared ones once. Into bitl_memory.
bitl_measure() {
  local pid name value anonymous shared own=0 most=0
  for pid in "${bitl_found[@]}"; do
    anonymous=0 shared=0
    { while read -r name value _; do
      case $name in
        RssAnon:) anonymous=$value ;;
        RssFile: | RssShmem:) shared=$((shared + value)) ;;
      esac
    done <"/proc/$pid/status"; } 2>/dev/null
    own=$((own + anonymous))
    ((shared > most)) && most=$shared
  done
  bitl_memory=$(((own + most) * 1024))
}

# Sends a signal to everything of the task; a stopped process would hear of TERM only when it goes on.
bitl_signal() {
  bitl_find
  ((${#bitl_found[@]} > 0)) || return
  kill -"$1" "${bitl_found[@]}" 2>/dev/null
  [[ $1 == TERM ]] && kill -CONT "${bitl_found[@]}" 2>/dev/null
}

# Why the task is ended, for the record. The first reason stands.
bitl_note() {
  set -C
  { printf '%s\n' "$1" >"$bitl_directory/ending"; } 2>/dev/null
  set +C
}

# Microseconds since 1970 into bitl_clock; whole seconds where bash is older than 5.
bitl_tell_time() {
  if [[ -n ${EPOCHREALTIME-} ]]; then
    bitl_clock=${EPOCHREALTIME//[!0-9]/}
  else
    printf -v bitl_clock '%(%s)T000000' -1
  fi
}

# Looks after one task until it is ended itself: by a fork of this shell, since the shell waits for the task.
bitl_look_after() {
  local time=0 memory=0 grace=5000000 began asked= nothing pause=0.05 peak=0
  trap - TERM
  bitl_tell_time
  began=$bitl_clock
  [[ -e $bitl_directory/limits ]] && read -r time memory <"$bitl_directory/limits"
  while :; do
    read -r -t "$pause" -u 7 nothing
    bitl_tell_time
    # Often while it is young.
    ((bitl_clock - began > 2000000)) && pause=0.25
    if [[ -n $asked ]]; then
      [[ -e $bitl_directory/grace ]] && read -r grace <"$bitl_directory/grace"
      ((bitl_clock - asked >= grace)) && bitl_signal KILL
    elif [[ -e $bitl_directory/ending ]]; then
      asked=$bitl_clock
      bitl_signal TERM
    elif ((time > 0 && bitl_clock - began >= time)); then
      bitl_note timed-out
    elif ((memory > 0)); then
      bitl_find
      bitl_measure
      if ((bitl_memory > peak)); then
        peak=$bitl_memory
        printf '%s\n' "$peak" >"$bitl_directory/seen"
      fi
      if ((bitl_memory > memory)); then
        bitl_note out-of-memory
        bitl_signal KILL
      fi
    fi
  done
}

# Puts copies in the place of links to inputs, so that a task cannot reach the originals through them. Files of a copy are not writable; folders are, so
# that whoever removes the attempt can.
bitl_copy_inputs() {
  local target number=0
  [[ -e $bitl_directory/inputs ]] || return 0
  mkdir -- "$bitl_directory/copies" || return
  while IFS= read -r -d '' target; do
    cp -RL --reflink=auto -- "$bitl_directory/task/$target" "$bitl_directory/copies/$number" || return
    bitl_write_protect "$bitl_directory/copies/$number"
    rm -f -- "$bitl_directory/task/$target" && mv -T -- "$bitl_directory/copies/$number" "$bitl_directory/task/$target" || return
    ((number += 1))
  done <"$bitl_directory/inputs"
  rmdir -- "$bitl_directory/copies"
}

bitl_write_protect() {
  local file
  local -a files=()
  shopt -s globstar dotglob nullglob
  for file in "$1" "$1"/**; do
    [[ -f $file ]] && files+=("$file")
    ((${#files[@]} < 500)) && continue
    chmod a-w -- "${files[@]}"
    files=()
  done
  shopt -u globstar dotglob nullglob
  ((${#files[@]} == 0)) || chmod a-w -- "${files[@]}"
}

# Makes the folder that the task works in on a disk of this machine. Links to inputs become copies on the way.
bitl_move_in() {
  local target
  mkdir -p -m 700 -- "$bitl_here" && mkdir -- "$bitl_here/tmp" || return
  cp -RL --reflink=auto -- "$bitl_directory/task" "$bitl_here/task" || return
  [[ -e $bitl_directory/inputs ]] || return 0
  while IFS= read -r -d '' target; do bitl_write_protect "$bitl_here/task/$target"; done <"$bitl_directory/inputs"
}

# Brings what the task made back into its directory: all but its inputs, which lie there as they were.
bitl_move_out() {
  local target
  if [[ -e $bitl_directory/inputs ]]; then
    while IFS= read -r -d '' target; do rm -rf -- "$bitl_here/task/$target"; done <"$bitl_directory/inputs"
  fi
  if ! cp -a -- "$bitl_here/task/." "$bitl_directory/task/" 2>>"$bitl_directory/stderr"; then
    printf 'bit: what the task made in %s could not be copied back\n' "$bitl_here" >>"$bitl_directory/stderr"
    ((bitl_status == 0)) && bitl_status=1
  fi
  rm -rf -- "$bitl_here"
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
  if [[ -n $bitl_told ]]; then
    bitl_how='{"kind":"terminated"}'
    return
  fi
  ((bitl_status > 128)) || return
  bitl_oom_kills
  if ((bitl_status == 137 && bitl_kills > bitl_oom)); then
    bitl_oom=$bitl_kills
    bitl_how='{"kind":"out-of-memory"}'
    # It held at least what it was allowed, whatever the last look saw.
    bitl_memory=0
    [[ -e $bitl_directory/limits ]] && read -r _ bitl_memory <"$bitl_directory/limits"
    ((bitl_memory > 0)) && printf '%s\n' "$bitl_memory" >"$bitl_directory/seen"
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
bitl_alone= bitl_listed= bitl_copied= bitl_marks= bitl_scratch=
for bitl_word in "${@:4}"; do
  case $bitl_word in
    alone) bitl_alone=yes ;;
    listed) bitl_listed=yes ;;
    copied) bitl_copied=yes ;;
    marks=*) bitl_marks=${bitl_word#*=} ;;
    scratch=*) bitl_scratch=${bitl_word#*=} ;;
  esac
done
bitl_terminated=
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
[[ -n $bitl_alone ]] && trap 'bitl_terminated=yes bitl_again=yes; bitl_signal TERM' TERM
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
  # Where the task works: `launch` reads it where that is not the directory itself.
  bitl_here=$bitl_directory
  [[ -z $bitl_scratch ]] || bitl_here=$bitl_scratch/bit-$bitl_token
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
    if [[ -n $bitl_scratch ]]; then
      bitl_move_in || { printf 'not-started\n%s' "its inputs could not be copied to $bitl_here" >"$bitl_directory/ending" && exit 1; }
    elif [[ -n $bitl_copied ]]; then
      bitl_copy_inputs || { printf 'not-started\n%s' 'its inputs could not be copied' >"$bitl_directory/ending" && exit 1; }
    fi
    . "$bitl_directory/launch"
  ) &
  bitl_pid=$!
  exec 5>&- 6>&-
  if [[ -n $bitl_alone ]]; then
    bitl_look_after &
    bitl_guard=$!
  fi
  bitl_again=
  wait "$bitl_pid"
  bitl_status=$?
  # With process groups `wait` also tells of a shell that was only stopped (128 + 19 to 22); it may go on. A signal to this shell ends `wait` too.
  while [[ -n $bitl_again ]] || { ((bitl_status >= 147 && bitl_status <= 150)) && [[ -e /proc/$bitl_pid ]]; }; do
    [[ -n $bitl_again ]] || read -r -t 0.1 -u 7 bitl_nothing
    bitl_again=
    wait "$bitl_pid"
    bitl_status=$?
  done
  # What comes from here on is not about the task.
  bitl_told=$bitl_terminated
  if [[ -n $bitl_alone ]]; then
    bitl_said=
    [[ -s $bitl_messages ]] && bitl_said=yes
    kill -KILL "$bitl_guard"
    wait "$bitl_guard"
    # What this shell says of that end is not about the task.
    : >"$bitl_messages"
    [[ -n $bitl_said ]] && printf 'ended\n' >"$bitl_messages"
  fi
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
  [[ -z $bitl_scratch ]] || bitl_move_out
  bitl_how="{\"kind\":\"exited\",\"code\":$bitl_status}"
  # A tool that tidies up when it is told to end may well end with 0, and be far from done.
  ((bitl_status == 0)) && [[ -z $bitl_told && ! -e $bitl_directory/ending ]] || bitl_explain
  bitl_more=
  if [[ -e $bitl_directory/peak ]] && read -r bitl_peak <"$bitl_directory/peak" && [[ $bitl_peak != *[!0-9]* ]]; then
    bitl_more=,\"peakMemoryBytes\":${bitl_peak:-0}
  elif [[ -e $bitl_directory/seen ]] && read -r bitl_peak <"$bitl_directory/seen"; then
    bitl_more=,\"peakMemoryBytes\":$bitl_peak
  fi
  # The figures of /proc/self/io as they are, before and after: the first two lines count, and whoever reads the record can subtract.
  bitl_io=${bitl_io%%syscr*} bitl_io_before=${bitl_io_before%%syscr*}
  printf -v bitl_record '{"token":"%s","how":%s,"began":%s,"ended":%s,"cpuMilliseconds":%s,"io":"%s %s","leftBehind":%s,"isolation":"%s"%s}' \
    "$bitl_token" "$bitl_how" "$bitl_began" "$bitl_ended" $((bitl_cpu - bitl_cpu_before)) "${bitl_io_before//$'\n'/ }" "${bitl_io//$'\n'/ }" \
    "$bitl_left" "$bitl_isolation" "$bitl_more"
  [[ -z $bitl_listed ]] || (cd -- "$bitl_directory" && du -abl0 stdout stderr task && printf 'end\0') >"$bitl_directory/made"
  printf '%s\n' "$bitl_record" >"$bitl_directory/exit.json"
  [[ -z $bitl_marks ]] || : >"$bitl_marks/$bitl_token"
  printf 'ended %s %s\n' "$bitl_token" "$bitl_record"
  [[ -z $bitl_terminated ]] || exit 0
done
