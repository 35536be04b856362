#!/usr/bin/env bash
# `npm run test:kernel`: builds User Mode Linux, boots it on the host's file system, runs the cases of this folder inside
# it, and ends with `N passed, N failed`. A kernel that cannot be built or booted is a failure.
# Arguments are Jest's: `bash test/kernel/uml/run.sh deaf -t 'recovery word'`.
# `npm run bench:kernel`, which is `run.sh --bench`: runs bench.ts inside instead; its figures alone are standard output.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
exec </dev/null

# Seconds. A run takes two to five minutes, by what else the machine does; a kernel that hangs must not hang anybody else.
limit=${KERNEL_LIMIT:-600}
exchange=$(mktemp -d "${TMPDIR:-/tmp}/mctp-kernel.$$.XXXXXX")
uml=
finish() {
  # Its helper processes are in its group, and live on when it is killed.
  [ -n "$uml" ] && kill -KILL -- "-$uml" 2>/dev/null
  rm -rf "$exchange"
}
trap finish EXIT

what=cases
if [ "${1:-}" = --bench ]; then
  what=bench
  exec 3>&1 1>&2
fi

fail() {
  echo "kernel: $*"
  echo "0 passed, 1 failed"
  exit 1
}

bash packaging/bootstrap.sh || fail 'the checkout cannot be built'
began=$SECONDS
linux=$(bash test/kernel/uml/build.sh) || fail 'the kernel cannot be built'
echo "kernel: $linux ($((SECONDS - began)) s)"

if [ "$what" = bench ]; then
  npx --no-install tsc -p test/bench/tsconfig.json || fail 'the bench cannot be compiled'
  command=(dist/bench/test/kernel/uml/bench.js "$exchange/figures")
else
  command=(node_modules/jest/bin/jest.js -c jest.kernel.config.js --json --outputFile="$exchange/results.json" "$@")
fi
printf '%s\n' "${command[@]}" >"$exchange/command"
began=$SECONDS
# `timeout` makes a process group of its own, of which everything in there becomes a part.
timeout --kill-after=5 "$limit" "$linux" mem=1024M rootfstype=hostfs rootflags=/ rw init="$PWD/test/kernel/uml/init.sh" \
  con=null con0=fd:0,fd:1 ssl=null quiet panic=1 uml_dir="$exchange/" \
  KERNEL_ROOT="$PWD" KERNEL_NODE="$(node -p process.execPath)" KERNEL_EXCHANGE="$exchange" 2>&1 &
uml=$!
wait "$uml"
status=$?
echo "kernel: ran $((SECONDS - began)) s"
[ "$status" -eq 124 ] || [ "$status" -eq 137 ] && echo "kernel: it did not end within $limit s and was killed"

if [ "$what" = bench ]; then
  [ -s "$exchange/figures" ] || fail 'there are no figures'
  cat "$exchange/figures" >&3
  exit 0
fi

# Jest writes its results last: without them the kernel, or what ran in it, did not come to its end.
read -r passed failed < <(node -e '
  const { readFileSync } = require("node:fs");
  try {
    const r = JSON.parse(readFileSync(process.argv[1], "utf8"));
    console.log(r.numPassedTests, r.numFailedTests + r.numRuntimeErrorTestSuites);
  } catch { console.log(0, 1); }
' "$exchange/results.json")
if [ "$((passed + failed))" -eq 0 ]; then
  echo 'kernel: no case was run'
  failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
