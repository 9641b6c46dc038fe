# Sourced by the programs in bin/: a Slurm that is a folder, the one these files were copied to, for states that a real one cannot be brought into.
#
#   jobs/12_3       STATE NAME REASON. A test writes another state over it; while the file hidden/12_3 is there squeue does not show it
#   scripts/12      of the array
#   says/PROGRAM    a line per call to come, the first one counts: fail WORDS… (exit 1) · lose WORDS… (does it, then fails) · text WORDS… (says it)
#   always/PROGRAM  the same for every call
#   log             every call, one line each
#   holds           while it is there, jobs wait
#   bare/           where it is there, the only programs that jobs find
#   accounting      while it is there, sacct answers

fake_program=${0##*/}
FAKE_SLURM=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$FAKE_SLURM"/{jobs,hidden,scripts,says,always}
printf '%s %s\n' "$fake_program" "$*" >>"$FAKE_SLURM/log"

fake_say=
if [[ -s $FAKE_SLURM/says/$fake_program ]]; then
  IFS= read -r fake_say <"$FAKE_SLURM/says/$fake_program"
  sed -i 1d "$FAKE_SLURM/says/$fake_program"
elif [[ -s $FAKE_SLURM/always/$fake_program ]]; then
  IFS= read -r fake_say <"$FAKE_SLURM/always/$fake_program"
fi
case $fake_say in
  'fail '*)
    printf '%s: error: %s\n' "$fake_program" "${fake_say#* }" >&2
    exit 1
    ;;
  'text '*)
    printf '%s\n' "${fake_say#* }"
    exit 0
    ;;
esac

fake_end() {
  [[ $fake_say == 'lose '* ]] || exit 0
  printf '%s: error: %s\n' "$fake_program" "${fake_say#* }" >&2
  exit 1
}

# fake_option NAME WORD…: the value of --NAME=VALUE, the last one.
fake_option() {
  local name=$1 word value=
  shift
  for word; do [[ $word == "--$name="* ]] && value=${word#*=}; done
  printf '%s' "$value"
}
