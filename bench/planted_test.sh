#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Bottlenecks that were planted are named, all of them.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
[ "$(nproc)" -ge 2 ] || { echo "skipped: needs two CPUs"; exit 77; }

out=$(timeout 120 "$SLUICE" bench planted --runs 30 --json)
status=$?
number()
{
	echo "$out" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}

if [ $status = 0 ] && [ "$(number one)" = "$(number one_named)" ] &&
   [ "$(number two)" = "$(number two_named)" ] &&
   [ "$(($(number one) + $(number two)))" = 30 ]; then
	echo "30 passed, 0 failed"
	exit 0
fi
echo "$out" >&2
named=$(($(number one_named) + $(number two_named)))
echo "$named passed, $((30 - named)) failed"
exit 1
