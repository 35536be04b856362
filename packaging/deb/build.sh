#!/usr/bin/env bash
# Makes dist/mctp-endpoint-manager_VERSION_ARCH.deb from a checkout that is built (`npm run package:deb` sees to that). The
# package carries the Node it was built with and all modules, so nothing is fetched when it is installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

name=mctp-endpoint-manager
for tool in dpkg-deb dpkg-shlibdeps strip; do
  command -v "$tool" >/dev/null || { echo "package: $tool is missing; run: sudo apt-get install -y dpkg-dev binutils" >&2; exit 1; }
done

version=$(node -p 'require("./package.json").version')
architecture=$(dpkg --print-architecture)
work=$(mktemp -d "${TMPDIR:-/tmp}/mctp-package.$$.XXXXXX")
trap 'rm -rf "$work"' EXIT
umask 022
root=$work/root
home=$root/usr/lib/$name
doc=$root/usr/share/doc/$name

# --- the programs ---
install -d "$home/dist" "$home/build/Release" "$root/usr/bin"
cp -R dist/src "$home/dist/src"
cp -R package.json binding.gyp LICENSE config dbus-interfaces "$home/"
install -D -m 644 packaging/completions/mctpctl.bash "$home/packaging/completions/mctpctl.bash"
install -s -m 644 build/Release/os_native.node "$home/build/Release/os_native.node"
install -m 755 "$(node -p process.execPath)" "$home/node"
strip --strip-unneeded "$home/node"
for program in mctp-endpointd mctpctl; do
  sed "s/@PROGRAM@/$program/" packaging/deb/wrapper.sh >"$root/usr/bin/$program"
  chmod 755 "$root/usr/bin/$program"
done

# --- the modules of the lock file that are needed at run time, without what only builds addons ---
node - >"$work/modules" <<'SCRIPT'
const { existsSync } = require('node:fs');
const { packages } = require('./package-lock.json');
const builders = new Set(['node-gyp', 'node-addon-api', 'nan']);
const found = new Set();
// As Node looks modules up: beside the one that asks, then outwards.
function resolve(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder}${folder === '' ? '' : '/'}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
}
function visit(from) {
  const { dependencies, optionalDependencies } = packages[from];
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const path = builders.has(name) ? undefined : resolve(from, name);
    if (path === undefined || found.has(path) || !existsSync(path)) continue;
    found.add(path);
    visit(path);
  }
}
visit('');
process.stdout.write([...found].sort().join('\n') + '\n');
SCRIPT
tar --create --exclude=.bin --exclude='*.d.ts' --exclude='*.d.mts' --exclude='*.d.cts' --exclude='*.map' \
  --exclude=obj.target --exclude=.deps --exclude=Makefile --exclude='*.mk' --exclude='*.Makefile' --exclude=config.gypi \
  --exclude=example --exclude=integration-test --files-from="$work/modules" |
  tar --extract --directory="$home" --no-same-owner
platform=linux-$(node -p process.arch)
find "$home/node_modules" -path '*/prebuilds/*' -prune -type d ! -name "$platform" -exec rm -rf {} +
find "$home/node_modules" -name '*.musl.node' -delete
chmod -R u=rwX,go=rX "$home"

# --- what the system looks at ---
put() { install -D -m 644 "$1" "$root/$2"; }
put packaging/systemd/mctp-endpointd.service usr/lib/systemd/system/mctp-endpointd.service
put packaging/systemd/mctp-endpointd.socket usr/lib/systemd/system/mctp-endpointd.socket
put packaging/dbus/mctp-endpointd.conf usr/share/dbus-1/system.d/mctp-endpointd.conf
put packaging/sysusers/mctp-endpointd.conf usr/lib/sysusers.d/mctp-endpointd.conf
put packaging/tmpfiles/mctp-endpointd.conf usr/lib/tmpfiles.d/mctp-endpointd.conf
put packaging/completions/mctpctl.bash usr/share/bash-completion/completions/mctpctl
for page in docs/man/*.[1-8]; do
  put "$page" "usr/share/man/man${page##*.}/${page##*/}"
done
find "$root/usr/share/man" -type f -exec gzip -9n {} +

# An example, not a configuration file: an upstream /etc/mctpd.conf has to work as it is, and comes first anyway.
put config/mctp-endpointd.toml "usr/share/doc/$name/examples/mctp-endpointd.toml"
put config/sim-demo.toml "usr/share/doc/$name/examples/sim-demo.toml"
put packaging/systemd/metrics.conf "usr/share/doc/$name/examples/metrics.conf"
put CHANGELOG.md "usr/share/doc/$name/changelog" && gzip -9n "$doc/changelog"
put packaging/deb/copyright "usr/share/doc/$name/copyright"
for licence in "$(dirname "$(node -p process.execPath)")"/../{LICENSE,share/doc/nodejs/{LICENSE,copyright}}; do
  if [ -f "$licence" ]; then put "$licence" "usr/share/doc/$name/LICENSE.node"; break; fi
done

# --- control ---
install -d "$root/DEBIAN" "$work/debian"
install -m 755 packaging/deb/{postinst,prerm,postrm} "$root/DEBIAN/"
printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' "$name" "$name" >"$work/debian/control"
mapfile -t binaries < <(find "$home" -name '*.node' -o -path "$home/node")
libraries=$(cd "$work" && dpkg-shlibdeps --warnings=0 -O "${binaries[@]}" | sed -n 's/^shlibs:Depends=//p')
case $libraries in
  *libnode*) echo "package: this Node needs libnode of the system; build with a Node from https://nodejs.org" >&2; exit 1 ;;
esac
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@LIBRARIES@/$libraries/" \
  -e "s/@NODE@/$(node -p process.versions.node)/" -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$root" | cut -f1)/" \
  packaging/deb/control >"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

# The same content makes the same package.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || stat --format=%Y package.json)
export SOURCE_DATE_EPOCH
output=dist/${name}_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz -z3 --build "$root" "$output" >/dev/null
echo "$output"
