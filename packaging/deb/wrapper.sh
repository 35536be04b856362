#!/bin/sh
# Runs with the Node that came with the package; the one of the system may be too old.
home=$(dirname "$(readlink -f "$0")")/../lib/mctp-endpoint-manager
exec "$home/node" "$home/dist/src/cli/@PROGRAM@.js" "$@"
