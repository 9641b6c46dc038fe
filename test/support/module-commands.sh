#!/usr/bin/env bash
# Both module commands of Debian beside each other in a folder, which its packages do not allow: module-commands.sh FOLDER
# Leaves FOLDER/lmod and FOLDER/environment-modules. Needs root for what they run on (Lua and Tcl).
set -euo pipefail
folder=$1
mkdir -p "$folder"
# One at a time: several test files may ask at once.
exec 9>"$folder.lock"
flock 9
[ -e "$folder/whole" ] && exit 0
export DEBIAN_FRONTEND=noninteractive
for package in tcl lua5.3 lua-posix lua-filesystem lua-json lua-term; do
  dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || needed+=("$package")
done
if [ -n "${needed[*]:-}" ]; then
  apt-get install -y -qq --no-install-recommends "${needed[@]}" >&2 || {
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends "${needed[@]}" >&2
  }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq lmod environment-modules >&2 || {
  apt-get update -qq >&2
  apt-get download -qq lmod environment-modules >&2
}
for package in lmod environment-modules; do
  rm -rf "${folder:?}/$package"
  dpkg -x "$package"_*.deb "$folder/$package"
done
# Their files name the places that the packages have on a whole system.
relocate() {
  local root=$1
  shift
  find "$root" -type f -size -2000k -print0 | xargs -0 grep -lIZE "$(IFS='|'; echo "$*")" | while IFS= read -r -d '' file; do
    for place in "$@"; do sed -i "s#\([^a-z]\)$place#\1$root$place#g" "$file"; done
  done
}
relocate "$folder/environment-modules" /usr/share/modules /etc/environment-modules "/usr/lib/$(uname -m)-linux-gnu/modulecmd.tcl" "/usr/lib/$(uname -m)-linux-gnu/libtclenvmodules"
relocate "$folder/lmod" /usr/share/lmod /etc/lmod
touch "$folder/whole"
