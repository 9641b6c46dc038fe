# Runs inside new namespaces, before the launcher: makes everything read-only but the attempts' folder, temporary folders, /dev and /proc.
#
#   bash isolate.bash ATTEMPTS [+WRITABLE] GUARDED... -- COMMAND...
#
# WRITABLE is a further folder that the task works in.
# GUARDED are folders inside temporary ones that hold inputs or the store: read-only all the same.
# Ends with status 1 where a file system could not be made read-only: then nothing here is to be trusted and inputs are copied.

bitl_attempts=$1
shift

bitl_writable() {
  mount --rbind -- "$1" "$1" || exit 1
}

for bitl_folder in /tmp /var/tmp; do
  [[ -d $bitl_folder && ! -L $bitl_folder ]] && bitl_writable "$bitl_folder"
done
# Before anything is made read-only: a bind of something read-only is read-only too.
bitl_writable "$bitl_attempts"

# Whether nothing is mounted there any more: mounts of others come and go, and one that went needs no care.
bitl_is_gone() {
  local folder
  while read -r _ _ _ _ folder _; do
    printf -v folder '%b' "$folder"
    [[ $folder == "$1" ]] && return 1
  done </proc/self/mountinfo
}

bitl_scratch=
if [[ $1 == +* ]]; then
  bitl_scratch=${1#+}
  bitl_writable "$bitl_scratch"
  shift
fi

while read -r _ _ _ _ bitl_folder bitl_options bitl_rest; do
  bitl_kind=${bitl_rest#*- }
  bitl_kind=${bitl_kind%% *}
  printf -v bitl_folder '%b' "$bitl_folder"
  case ,$bitl_options, in *,ro,*) continue ;; esac
  [[ $bitl_folder == "$bitl_attempts" || $bitl_folder == "$bitl_scratch" ]] && continue
  case $bitl_folder in /tmp | /var/tmp | /dev | /dev/* | /proc | /proc/*) continue ;; esac
  case $bitl_kind in
    proc | sysfs | devtmpfs | devpts | mqueue | hugetlbfs | cgroup | cgroup2 | tracefs | debugfs | securityfs | pstore | bpf | configfs | \
      fusectl | binfmt_misc | autofs | efivarfs | nsfs | rpc_pipefs | selinuxfs) continue ;;
  esac
  # What this user cannot reach holds nothing that a task could read or alter.
  [[ -e $bitl_folder ]] || continue
  # Flags that are set must be said again: without privileges none may be dropped.
  bitl_options=${bitl_options#rw}
  if ! mount -o "remount,bind,ro$bitl_options" -- "$bitl_folder"; then
    # Somebody's remote folder that even root may not look into holds no input that could be read here.
    case $bitl_kind in fuse*) ;; *) bitl_is_gone "$bitl_folder" || exit 1 ;; esac
  fi
done </proc/self/mountinfo

while [[ $1 != -- ]]; do
  mount --rbind -- "$1" "$1" && mount -o remount,bind,ro -- "$1" || exit 1
  shift
done
shift

cd -- "$bitl_attempts" || exit 1
exec "$@"
