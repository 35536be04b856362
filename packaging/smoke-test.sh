#!/usr/bin/env bash
# Installs the packed tarball the way a user does (npm install -g) and starts every entry point from there. Catches what
# a checkout hides: files missing from the package, dependencies that only our own tree resolves, addons that do not build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/mctp-smoke.$$.XXXXXX")
trap 'rm -rf "$work"' EXIT

npm pack --silent --pack-destination "$work" >"$work/name"
tarball="$work/$(tail -n 1 "$work/name")"
npm install --global --prefix "$work/prefix" --no-audit --no-fund --loglevel=error "$tarball"
installed="$work/prefix/lib/node_modules/mctp-endpoint-manager"
version=$(node -p 'require("./package.json").version')

expect() { # what, expected text, command...
  local what=$1 expected=$2
  shift 2
  local output
  output=$("$@" 2>&1) || { echo "smoke: $what failed: $output" >&2; exit 1; }
  case $output in
    *"$expected"*) echo "smoke: $what" ;;
    *) echo "smoke: $what printed '$output' instead of '$expected'" >&2; exit 1 ;;
  esac
}

cd "$work"
expect 'mctp-endpointd --version' "$version" "$work/prefix/bin/mctp-endpointd" --version
expect 'mctpctl --version' "$version" "$work/prefix/bin/mctpctl" --version
expect 'mctp-endpointd --check-config' 'ok' "$work/prefix/bin/mctp-endpointd" --check-config -c "$installed/config/mctp-endpointd.toml"
expect 'the public API' 'function' node -p "typeof require('$installed').scan"
expect 'the native helper' 'function' node -p "typeof require('$installed/dist/src/os/native-module.js').loadNative().socket"
expect 'i2c-bus beside dbus-next' 'function' node -p "typeof require(require.resolve('i2c-bus', {paths: ['$installed']})).openPromisified"
expect 'serialport' 'function' node -p "typeof require(require.resolve('serialport', {paths: ['$installed']})).SerialPort"
