#!/usr/bin/env bash
# Builds User Mode Linux with MCTP from Debian's linux-source-6.1 and prints the path of the binary. Says nothing else on
# standard output. Built once for each configuration and package version: .cache/kernel/<hash>/linux. 3 minutes when cold.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
folder=test/kernel/uml
source_package=linux-source-6.1
source_archive=/usr/src/$source_package.tar.xz

say() { echo "kernel: $*" >&2; }

# Where ldconfig and nvme are, which only root has in the path by default.
export PATH=$PATH:/usr/sbin:/sbin

# --- system packages: the kernel's source and what compiles it; what the cases inside it run ---
packages=()
need() { # file or command, package
  [ -e "$1" ] || command -v "$1" >/dev/null 2>&1 || packages+=("$2")
}
need "$source_archive" "$source_package"
need gcc gcc
need make make
need flex flex
need bison bison
need bc bc
need xz xz-utils
need dbus-daemon dbus
need busctl systemd
need setpriv util-linux
need python3 python3
need nvme nvme-cli
[ -n "$(ldconfig -p | grep -F libnvme-mi.so.1)" ] || packages+=(libnvme1)
if [ ${#packages[@]} -gt 0 ]; then
  line="apt-get install -y --no-install-recommends ${packages[*]}"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    say "missing on this system: ${packages[*]}. Run this line, then try again:"
    say "  sudo apt-get update && sudo $line"
    exit 1
  fi
  say "installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # `update` ends well when it reached nobody; then the installation fails.
  if ! timeout --kill-after=10 120 apt-get -q update >/dev/null || ! timeout --kill-after=10 600 $line >/dev/null; then
    say "apt-get could not install them: is there a network? They are in Debian 12."
    exit 1
  fi
fi

version=$(dpkg-query -W -f '${Version}' "$source_package")
hash=$(cat "$folder/kernel.config" <(echo "$version") | sha256sum | cut -c1-16)
cache=$PWD/.cache/kernel/$hash
mkdir -p "$cache"
# Two at once would build in the same place.
exec 9>"$cache/lock"
flock 9
if [ -x "$cache/linux" ]; then
  echo "$cache/linux"
  exit 0
fi

say "building User Mode Linux from $source_package $version; this takes about 3 minutes, once"
tree=$cache/tree
rm -rf "$tree"
mkdir "$tree"
trap 'rm -rf "$tree"' EXIT
log=$cache/build.log
limited() { # seconds, command...; the log is shown only when it fails
  if ! timeout --kill-after=10 "$@" >>"$log" 2>&1 9>&-; then
    tail -n 30 "$log" >&2
    say "failed: ${*:2}; all of it is in $log"
    exit 1
  fi
}
: >"$log"
# Most of the tree is drivers and processors that are not built; of those only what make and Kconfig read is unpacked.
unused=()
for part in 'arch/a*' 'arch/[c-tv-w]*' drivers/gpu drivers/net/ethernet drivers/net/wireless drivers/media \
  drivers/staging drivers/infiniband drivers/scsi sound tools/perf tools/testing; do
  unused+=("--exclude=$source_package/$part/*.[chS]" "--exclude=$source_package/$part/*.dts*")
done
limited 300 tar -xf "$source_archive" -C "$tree" --strip-components=1 --anchored "${unused[@]}"
export KCONFIG_ALLCONFIG=$PWD/$folder/kernel.config
limited 120 make -C "$tree" ARCH=um allnoconfig
# An option whose dependencies are missing is dropped without a word.
if dropped=$(grep -vE '^# [^C]' "$KCONFIG_ALLCONFIG" | grep -vxFf "$tree/.config"); then
  say "the configuration lost: $dropped"
  exit 1
fi
limited 1500 nice make -C "$tree" ARCH=um -j2 linux
mv "$tree/linux" "$cache/linux"
echo "$cache/linux"
