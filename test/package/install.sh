#!/usr/bin/env bash
# Installs dist/*.deb and runs the daemon from it on a bus of its own: as root with debootstrap, in a clean Debian 12 that
# has no Node and no network while the package is installed; else from a temporary folder. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/test/package

version=$(node -p 'require("./package.json").version')
package=$PWD/dist/mctp-endpoint-manager_${version}_$(dpkg --print-architecture).deb
[ -f "$package" ] || { echo "package: no $package; run: npm run package:deb" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/mctp-install.$$.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"

clean_root() {
  [ "$(id -u)" -eq 0 ] && command -v debootstrap >/dev/null || return 1
  echo 'package: making a clean Debian 12'
  debootstrap --variant=minbase --include=dbus bookworm "$work/root" >"$work/log" 2>&1 && return 0
  echo "package: debootstrap failed: $(tail -n 1 "$work/log")" >&2
  return 1
}

if clean_root; then
  cp "$package" "$work/root/package.deb"
  cp "$here/exercise.sh" "$work/root/exercise.sh"
  # Namespaces of their own: with the first process inside, every other process and every mount is gone. No --net device is up.
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin EXPECTED_VERSION="$version" \
    unshare --mount --pid --net --ipc --fork --kill-child bash -ec '
      mount -t proc proc "$0/proc"
      mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$0/dev/pts"
      ln -sf pts/ptmx "$0/dev/ptmx"
      exec chroot "$0" bash /exercise.sh' "$work/root"
else
  echo 'package: no clean root (it takes root and debootstrap): trying it from a temporary folder'
  dpkg-deb -x "$package" "$work/prefix"
  env -i PATH=/usr/bin:/bin EXPECTED_VERSION="$version" PREFIX="$work/prefix" WORK="$work" bash "$here/exercise.sh"
fi
