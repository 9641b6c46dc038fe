#!/usr/bin/env bash
# Images for the tests, made from files of this machine: no registry is asked. Needs the daemon of docker.sh.
#   images.sh [NAME…]            those named, or all of the ones below, where they are missing or of another version of this file
#     bit-test/busybox:1         a static busybox: sh, no bash
#     bit-test/debian:1          bash, coreutils, util-linux and the rest that Debian calls essential
#     bit-test/python:1          the same with Debian's own Python
#     bit-test/empty:1           one static program, no shell
#   images.sh venv NAME FOLDER   debian:1 with the virtual environment and the interpreter it is based on, at the same paths
set -euo pipefail
# shellcheck source=daemon.sh
. "$(dirname "$0")/daemon.sh"
folder=$state/images
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export DOCKER_HOST=unix://$state/docker/docker.sock
# An image that another version of this file made is made again.
recipe=$(cksum <"$0" | cut -d ' ' -f 1)

make() {
  case "$1" in
    bit-test/busybox:1) make_image "$1" busybox_tree --change 'CMD ["/bin/sh"]' ;;
    bit-test/debian:1) make_image "$1" debian_tree --change 'CMD ["/bin/bash"]' ;;
    bit-test/python:1) make_image "$1" python_tree --change 'CMD ["/usr/bin/python3"]' ;;
    bit-test/empty:1) make_image "$1" empty_tree --change 'CMD ["/busybox"]' ;;
    *) complain "no such image: $1" ;;
  esac
}

venv() {
  local name=$1 environment
  environment=$(realpath "$2")
  make_image "$name" venv_tree "$environment" --change "ENV PATH=$environment/bin:/usr/local/bin:/usr/bin:/bin" --change 'CMD ["/bin/bash"]'
}

# make_image NAME TREE [ARGUMENT…] --change …: the function TREE fills the folder `root`.
make_image() {
  local name=$1 tree=$2 arguments=()
  shift 2
  if [ "$(docker image inspect --format '{{.Config.Labels.recipe}}' "$name" 2>/dev/null)" = "$recipe" ]; then return; fi
  while [ "$#" -gt 0 ] && [ "$1" != --change ]; do
    arguments+=("$1")
    shift
  done
  local root
  mkdir -p "$folder"
  root=$(mktemp -d "$folder/root.XXXXXX")
  # A folder of mktemp is closed to others, and so would be the root of the image.
  chmod 755 "$root"
  (
    trap 'rm -rf "$root"' EXIT
    "$tree" "$root" ${arguments[@]+"${arguments[@]}"}
    tar --create --directory "$root" --numeric-owner . | docker import --change "LABEL recipe=$recipe" "$@" - "$name" >/dev/null
  )
  echo "made $name"
}

busybox_tree() {
  local root=$1 applet
  mkdir -p "$root"/{bin,etc,proc,sys,dev,root}
  mkdir -m 1777 "$root/tmp"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in $("$root/bin/busybox" --list); do
    if [ "$applet" != busybox ]; then ln -s busybox "$root/bin/$applet"; fi
  done
  users "$root"
}

empty_tree() {
  cp "$(command -v busybox)" "$1/busybox"
}

debian_tree() {
  local root=$1
  mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,usr/lib64,etc,proc,sys,dev,run,root,var/lib}
  mkdir -p -m 1777 "$root/tmp" "$root/var/tmp"
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root"
  # shellcheck disable=SC2046
  packages "$root" $(dpkg-query --show --showformat '${Essential} ${Package}\n' | sed -n 's/^yes //p') libc-bin mawk tzdata
  users "$root"
  ln -sf /usr/bin/mawk "$root/usr/bin/awk"
  ldconfig -r "$root"
}

python_tree() {
  debian_tree "$1"
  packages "$1" python3-minimal python3 libpython3-stdlib
  ldconfig -r "$1"
}

# The interpreter with its modules, wherever it lives, and the shared libraries that it and the environment load.
venv_tree() {
  local root=$1 environment=$2 prefix above
  prefix=$("$environment/bin/python" -c 'import sys; print(sys.base_prefix)')
  if [ "$prefix" = /usr ]; then
    python_tree "$root"
  else
    debian_tree "$root"
    copy "$root" "$prefix" --exclude './lib/python*/test' --exclude './lib/python*/site-packages' --exclude './share' --exclude '*.a'
    libraries "$root" "$root$prefix"
  fi
  copy "$root" "$environment"
  libraries "$root" "$root$environment"
  # A home that is closed to others would keep the user of a container from what lies below.
  for above in "$prefix" "$environment"; do
    while [ "$above" != / ]; do
      chmod a+rx "$root$above"
      above=$(dirname "$above")
    done
  done
  ldconfig -r "$root"
}

# copy ROOT FOLDER [OPTION…]: the folder to the same path below the root.
copy() {
  local root=$1 from=$2
  shift 2
  mkdir -p "$root$from"
  tar --create --directory "$from" "$@" . | tar --extract --directory "$root$from"
}

# packages ROOT PACKAGE…: their files and those of what they depend on, as they are installed here.
packages() {
  local root=$1 listed
  shift
  listed=$(apt-cache depends --installed --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" | grep '^[a-z0-9]' | sort -u)
  # Names that stand for several packages have no files, which dpkg-query reports as an error.
  # shellcheck disable=SC2086
  { dpkg-query --listfiles $listed 2>/dev/null || true; } |
    grep -vE '^/usr/share/(doc|man|locale|info|lintian|bug)|^/(\.|bin|sbin|lib|lib64)$|^package diverts|^diverted|^/(boot|media|mnt|srv|home)|^$' |
    sort -u |
    sed 's,^/,,' |
    tar --create --directory / --ignore-failed-read --no-recursion --transform 's,^\(bin\|sbin\|lib\|lib64\)\(/\|$\),usr/\1\2,S' --files-from - |
    tar --extract --directory "$root" --keep-directory-symlink
}

# libraries ROOT FOLDER: the shared libraries that compiled modules in the folder load from elsewhere on this machine.
libraries() {
  local root=$1 library
  # ldd fails at the first file that loads nothing, and most do not matter.
  { find "$2" -type f \( -name '*.so' -o -name '*.so.*' -o -path '*/bin/python3*' \) -exec ldd {} + 2>/dev/null || true; } |
    sed -nE 's/.* => (\/[^ ]+) \(.*/\1/p' | sort -u |
    while IFS= read -r library; do
      library=$(sed -E 's#^/(lib|lib64)/#/usr/\1/#' <<<"$library")
      if [[ "$library" = "$root"/* ]] || [ -e "$root$library" ]; then continue; fi
      mkdir -p "$root$(dirname "$library")"
      cp --dereference "$library" "$root$library"
    done
}

users() {
  mkdir -p "$1/etc"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$1/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
}

one_at_a_time
install busybox busybox-static
if [ "${1:-}" = venv ]; then
  [ "$#" -eq 3 ] || complain "usage: $0 venv NAME FOLDER"
  venv "$2" "$3"
else
  if [ "$#" -eq 0 ]; then set -- bit-test/{busybox,debian,python,empty}:1; fi
  for name in "$@"; do make "$name"; done
fi
