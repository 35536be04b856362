#!/usr/bin/env bash
# With PREFIX: tries what is unpacked there. Without: this is a clean root of its own, where package.deb is installed first
# and removed in the end. No npm, no Node of the system, a minimal environment.
set -euo pipefail
prefix=${PREFIX:-}
work=${WORK:-/run/mctp-test}
mkdir -p "$work"
cd "$work"

fail() { echo "package: $*" >&2; exit 1; }
pass() { echo "package: $*"; }
expect() { # what, expected status, expected text, command...
  local what=$1 status=$2 text=$3 actual=0 output
  shift 3
  output=$("$@" 2>&1) || actual=$?
  [ "$actual" -eq "$status" ] || fail "$what: status $actual instead of $status: $output"
  case $output in *"$text"*) pass "$what" ;; *) fail "$what: '$output' lacks '$text'" ;; esac
}
eventually() { # what, command...
  local what=$1 tries
  shift
  for ((tries = 0; tries < 150; tries++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  tail -n 5 "$work"/*.log >&2
  fail "$what did not happen within 15 s"
}
children=()
finish() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null && wait "$child" || true; done
}
trap finish EXIT

if [ -z "$prefix" ]; then
  command -v node >/dev/null && fail 'the clean root has a Node of its own'
  expect 'installs without network' 0 'Setting up mctp-endpoint-manager' dpkg --install /package.deb
  expect 'is unpacked as it was packed' 0 '' dpkg --verify mctp-endpoint-manager
  expect 'made the user of the service' 0 '/var/lib/mctp-endpointd' getent passwd mctp
  expect 'made the folder for the state' 0 'mctp mctp 750' stat --format='%U %G %a' /var/lib/mctp-endpointd
  # Replaces the shell, so it is for $(...) and for the background, where its process id is that of the program.
  as() { local user=$1; shift; exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups "$@"; }
  service=mctp
else
  as() { shift; exec "$@"; }
  service=$(id -un)
fi
daemon=$prefix/usr/bin/mctp-endpointd
ctl=$prefix/usr/bin/mctpctl

expect 'mctp-endpointd --version' 0 "$EXPECTED_VERSION" "$daemon" --version
expect 'mctpctl --version' 0 "$EXPECTED_VERSION" "$ctl" --version
expect 'the example configuration' 0 ok "$daemon" --check-config \
  -c "$prefix/usr/share/doc/mctp-endpoint-manager/examples/mctp-endpointd.toml"
expect 'the addons load' 0 'function function function' "$prefix/usr/lib/mctp-endpoint-manager/node" -p '
  const at = process.argv[1];
  const {FdWatcher} = require(at + "/dist/src/os/native-module.js").loadNative();
  [FdWatcher, require(at + "/node_modules/i2c-bus").openPromisified, require(at + "/node_modules/serialport").SerialPort]
    .map((it) => typeof it).join(" ")' "$prefix/usr/lib/mctp-endpoint-manager"
bash -n "$prefix/usr/share/bash-completion/completions/mctpctl"
gzip -t "$prefix"/usr/share/man/man[158]/*.gz

# --- a system bus of our own: the rules of Debian's system.conf, and the shipped policy ---
cat >bus.conf <<CONF
<busconfig>
  <type>system</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><deny own="*"/><deny send_type="method_call"/>
    <allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="method_return"/>
    <allow receive_type="error"/><allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>$work/policy.conf</include>
</busconfig>
CONF
sed "s/user=\"mctp\"/user=\"$service\"/" "$prefix/usr/share/dbus-1/system.d/mctp-endpointd.conf" >policy.conf
dbus-daemon --nofork --config-file="$work/bus.conf" 2>bus.log &
children+=($!)
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
eventually 'the start of the bus' test -S bus

# --- a simulated device, and the daemon as the user of the service ---
cat >scenario.toml <<CONF
[[bus]]
name = "serial0"
kind = "pty"
[[bus.device]]
uuid = "595a522d-77c5-4628-8400-37bfb41b7100"
types = ["control", "nvme-mi"]
CONF
as "$service" "$ctl" sim scenario.toml >links.toml 2>sim.log &
children+=($!)
eventually 'the start of the simulator' grep -q '^path' links.toml
as "$service" "$daemon" -c "$work/links.toml" 2>daemon.log &
running=$!
children+=("$running")
eventually 'the discovery of the device' bash -c "'$ctl' list | grep -q nvme-mi"
expect 'mctpctl list shows the device' 0 '595a522d-77c5-4628-8400-37bfb41b7100' "$ctl" list

if [ -z "$prefix" ]; then
  expect 'every user may read' 0 'nvme-mi' as nobody "$ctl" list
  expect 'not every user may control' 1 'does not allow' as nobody "$ctl" rescan
  usermod --append --groups mctp-admin nobody
  kill -HUP "${children[0]}" # the bus keeps the groups of a user until it is told
  sleep 0.5
  expect 'a member of mctp-admin may control' 0 'started' as nobody "$ctl" rescan
  expect 'not every user may own the name' 1 'au.com.codeconstruct.MCTP1' as nobody "$daemon" -c "$work/links.toml"
fi

kill -TERM "$running"
status=0
wait "$running" || status=$?
[ "$status" -eq 0 ] || fail "the daemon ended with status $status: $(tail -n 3 daemon.log)"
pass 'ends with status 0 on SIGTERM'

if [ -z "$prefix" ]; then
  expect 'can be purged' 0 'Purging' dpkg --purge mctp-endpoint-manager
  left=$(find /usr /var/lib/mctp-endpointd /var/log/mctp-endpointd /etc -path '*mctp-endpoint*' 2>/dev/null || true)
  [ -z "$left" ] || fail "left after the purge: $left"
  pass 'leaves nothing'
fi
