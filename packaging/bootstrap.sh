#!/usr/bin/env bash
# Brings a checkout to the point where it runs: system packages, npm packages, native helper, compiled JavaScript.
# Says nothing and does nothing for what is in place already. `npm test` and `npm run demo` begin with this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

node_major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$node_major" -lt 20 ]; then
  echo "bootstrap: Node.js 20 or later is needed, found $(node --version 2>/dev/null || echo none)." >&2
  echo "bootstrap: get it from https://nodejs.org or your distribution, then run this again." >&2
  exit 1
fi

# --- system packages: a bus daemon and busctl to run and test against, a compiler for the native helper ---
packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need dbus-daemon dbus
need busctl systemd
need g++ g++
need make make
need python3 python3
if [ ${#packages[@]} -gt 0 ]; then
  line="apt-get install -y --no-install-recommends ${packages[*]}"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "bootstrap: missing on this system: ${packages[*]}. Run this line, then try again:" >&2
    echo "  sudo apt-get update && sudo $line" >&2
    exit 1
  fi
  echo "bootstrap: installing ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update >/dev/null
  $line >/dev/null
fi

# --- npm packages; npm ci also builds the native helper ---
stamp() { cat "$@" | sha256sum | cut -d' ' -f1; }
done_with() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

npm_stamp=$(stamp package-lock.json)
if ! done_with node_modules/.bootstrap-npm "$npm_stamp"; then
  echo "bootstrap: npm ci"
  npm ci --no-audit --no-fund --loglevel=error
  echo "$npm_stamp" >node_modules/.bootstrap-npm
fi

native_stamp=$(stamp binding.gyp src/os/native/* <(node --version))
if ! done_with build/.bootstrap-native "$native_stamp"; then
  echo "bootstrap: building the native helper"
  if ! output=$(npx --no-install node-gyp rebuild --loglevel=error 2>&1); then
    echo "$output" >&2
    exit 1
  fi
  echo "$native_stamp" >build/.bootstrap-native
fi

if [ ! -f dist/.built ] || [ -n "$(find src tsconfig.json tsconfig.build.json package.json -newer dist/.built -print -quit)" ]; then
  echo "bootstrap: compiling"
  npx --no-install tsc -p tsconfig.build.json
  touch dist/.built
fi
