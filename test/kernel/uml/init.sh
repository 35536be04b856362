#!/bin/bash
# The first process inside User Mode Linux. The root is the host's file system, so what it needs comes on the kernel's
# command line: KERNEL_ROOT (this checkout), KERNEL_NODE (the interpreter), KERNEL_EXCHANGE (a folder that has a `command`
# for the interpreter, one argument a line, and is to get the results).
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts && mount -t devpts -o ptmxmode=666 devpts /dev/pts
# Sockets do not work on the host's file system, and nothing may be left there.
mount -t tmpfs tmpfs /run
mkdir -m 1777 /run/tmp
export TMPDIR=/run/tmp HOME=/run/tmp LC_ALL=C.UTF-8 TEST_PATIENCE=6
# `halt` and its like are in a package that a small system does not have.
power_off() { systemctl poweroff --force --force; }
cd "$KERNEL_ROOT" || power_off
mapfile -t command <"$KERNEL_EXCHANGE/command"
"$KERNEL_NODE" "${command[@]}" </dev/null 2>&1 | cat
power_off
