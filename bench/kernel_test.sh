#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The benchmark of the kernel's pipeline, where the module is loaded (make
# vmcheck runs this, too); elsewhere it says what is missing.
set -u
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }

passed=0 failed=0
expect()	# description, exit status
{
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1" >&2
	fi
}

said=$("$SLUICE" bench kernel --rounds 0 2>&1)
[ $? = 2 ] && echo "$said" | grep -q '1 to 200 rounds'
expect "no rounds: $said" $?

said=$(timeout 60 "$SLUICE" bench kernel --rounds 3 --slice 5 --json 2>&1)
code=$?
if [ -w /dev/sluice ]; then
	[ $code = 0 ]
	expect "it fails: $said" $?
	for lane in sluice io_uring getppid; do
		echo "$said" |
		grep -qE "\"$lane\":\{\"stream_ns\":[0-9.]+,\"trip_ns\":[0-9.]+\}"
		expect "nothing about $lane: $said" $?
	done
	calls=$(echo "$said" | sed 's/.*"calls_per_event":\([0-9.]*\).*/\1/')
	echo "bench kernel: $said"
	# Some of the trips may find the other side asleep, of a stream few.
	echo "$calls" | awk '{ exit !($1 < 0.5) }'
	expect "system calls an event: $calls" $?
else
	[ $code = 1 ] && [ "$(echo "$said" | wc -l)" = 1 ] &&
		echo "$said" | grep -q 'insmod'
	expect "without the module: $code, $said" $?
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
