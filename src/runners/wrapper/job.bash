# Sourced by the script of a Slurm job: runs the orders of one element of an array with bash and coreutils alone.
#
# The script has set: bitl_batch (folder of the batch), bitl_work (the attempts' folder), bitl_wrapper (this folder), bitl_words (words for the
# launcher), bitl_guards (folders to make read-only), bitl_scratch (a folder of this node, or nothing), bitl_variables (what tasks begin with).
#
# In the batch's folder: orders/INDEX (pairs of NUL-terminated texts: TOKEN DIRECTORY), messages/, ended/ (an empty file per attempt with a record).

bitl_index=${SLURM_ARRAY_TASK_ID:-0}
bitl_orders=$bitl_batch/orders/$bitl_index
bitl_launched=
# Many sites' Slurm tells a job's end to this shell alone; it is the launcher that has to act on it. Where that is the first process of a namespace, it
# is a child of what was started, which lets the signal pass.
bitl_pass_on() {
  bitl_asked=yes
  [[ -n $bitl_launched ]] || exit 143
  local children=
  { read -r children <"/proc/$bitl_launched/task/$bitl_launched/children"; } 2>/dev/null
  kill -TERM "$bitl_launched" $children 2>/dev/null
}
trap bitl_pass_on TERM

# Slurm began the job again: what had begun before is over, whoever took its node. The launcher refuses to begin it twice.
bitl_give_up_begun() {
  local token directory record how now=${EPOCHREALTIME-}
  [[ -n $now ]] || printf -v now '%(%s)T' -1
  printf -v how '{"kind":"preempted","why":"Slurm took job %s off its node and began it again"}' \
    "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_$bitl_index"
  while IFS= read -r -d '' token && IFS= read -r -d '' directory; do
    [[ -e $directory/stdout && ! -e $directory/never-began ]] || continue
    record=
    if [[ -e $directory/exit.json ]]; then
      # Its launcher knew only that it was to end.
      read -r record <"$directory/exit.json"
      [[ $record == *'"how":{"kind":"terminated"}'* ]] || continue
      record=${record/'{"kind":"terminated"}'/"$how"}
    else
      printf -v record '{"token":"%s","how":%s,"began":%s,"ended":%s,"leftBehind":0,"isolation":"copy"}' "$token" "$how" "$now" "$now"
    fi
    printf '%s\n' "$record" >"$directory/exit.json"
    : >"$bitl_batch/ended/$token"
  done <"$bitl_orders"
}

# What a launcher that was killed left on this node's disk.
bitl_clear_scratch() {
  local token
  while IFS= read -r -d '' token && IFS= read -r -d '' _; do rm -rf -- "$bitl_scratch/bit-$token"; done <"$bitl_orders"
}

bitl_launch() {
  local isolation=$1 space=$2 session=()
  shift 2
  # The first process of a namespace belongs to no session of it until it makes one; elsewhere, leftovers are known by their session.
  type -P setsid >/dev/null && session=(setsid)
  env -i "${bitl_variables[@]}" "$@" "${session[@]}" bash --norc --noprofile "$bitl_wrapper/launcher.bash" \
    "$isolation" "$space" "$bitl_batch/messages/$bitl_index" "${bitl_words[@]}" <"$bitl_orders" >/dev/null &
  bitl_launched=$!
  # A signal to this shell ends `wait` too.
  while :; do
    bitl_asked=
    wait "$bitl_launched"
    bitl_status=$?
    [[ -n $bitl_asked ]] || break
  done
  return "$bitl_status"
}

# Each way to keep tasks off their inputs, the strongest first. A launcher that could not be had ends with one of these numbers before it took
# any order, and one that ran never does.
bitl_run() {
  local isolate=(bash --norc --noprofile "$bitl_wrapper/isolate.bash" "$bitl_work" "${bitl_writable[@]}" "${bitl_guards[@]}" --)
  local alone=(--pid --fork --mount-proc --propagation slave) mounts=(--mount --propagation slave)
  local refused='@(1|126|127)' status=127
  shopt -s extglob
  if type -P unshare >/dev/null && [[ $EUID == 0 ]]; then
    bitl_launch mount-namespace OWN unshare "${alone[@]}" -- "${isolate[@]}"
    status=$?
    [[ $status == $refused ]] || return "$status"
    bitl_launch mount-namespace SHARED unshare "${mounts[@]}" -- "${isolate[@]}"
    status=$?
  elif type -P unshare >/dev/null; then
    # Mounting needs to be root of the namespace; the task is then put one namespace further in, where it is its user again.
    local again=(unshare "--map-user=$(id -u)" "--map-group=$(id -g)" --)
    bitl_launch mount-namespace OWN unshare --map-root-user "${alone[@]}" -- "${isolate[@]}" "${again[@]}"
    status=$?
    [[ $status == $refused ]] || return "$status"
    bitl_launch mount-namespace SHARED unshare --map-root-user "${mounts[@]}" -- "${isolate[@]}" "${again[@]}"
    status=$?
  fi
  [[ $status == $refused ]] || return "$status"
  bitl_words+=(copied)
  bitl_launch copy SHARED
}

((${SLURM_RESTART_COUNT:-0} == 0)) || bitl_give_up_begun
# What Slurm says about the job's GPUs.
for bitl_name in CUDA_VISIBLE_DEVICES ROCR_VISIBLE_DEVICES HIP_VISIBLE_DEVICES GPU_DEVICE_ORDINAL ZE_AFFINITY_MASK; do
  [[ -z ${!bitl_name-} ]] || bitl_variables+=("$bitl_name=${!bitl_name}")
done
bitl_writable=()
if [[ -n $bitl_scratch ]]; then
  mkdir -p -- "$bitl_scratch" && bitl_scratch=$(cd -- "$bitl_scratch" && pwd -P) || exit 1
  bitl_words+=("scratch=$bitl_scratch")
  case $bitl_scratch/ in /tmp/* | /var/tmp/* | /dev/*) ;; *) bitl_writable=("+$bitl_scratch") ;; esac
fi
bitl_run
bitl_status=$?
[[ -z $bitl_scratch ]] || bitl_clear_scratch
exit "$bitl_status"
