#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Runs sluice bench ring for a moment: every queue must deliver what was sent,
# and the JSON must be what the manual says.  How fast they are is no test's
# business.
set -u

passed=0 failed=0
out=$(mktemp) err=$(mktemp)
trap 'rm -f "$out" "$err"' EXIT

# $1: what was expected, $2: what there is, $3: of what.
expect()
{
	if [ "$1" = "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "failed: $3: '$2', expected '$1'" >&2
		head -n 20 "$out" "$err" >&2
	fi
}

query()
{
	sqlite3 :memory: "$1"
}

[ "$(nproc)" -ge 2 ] || { echo "skipped: needs two CPUs"; exit 77; }

"$SLUICE" bench ring --seconds 0.1 --json >"$out" 2>"$err"
expect 0 $? "exit code"
expect 1 "$(query "SELECT json_valid(readfile('$out'))")" "one JSON object"
# On a busy machine there may be no slice that nobody disturbed; it must say so.
for case in single "batch 8" "batch 32" "batch 64" line trip payload; do
	found=$(query "SELECT count(*) > 0
		FROM json_each(readfile('$out'), '\$.cases')
		WHERE json_extract(value, '\$.case') = '$case'
		AND json_extract(value, '\$.state') IN ('near', 'far')
		AND json_extract(value, '\$.ours_ns') > 0
		AND json_type(value, '\$.peers') = 'object'
		AND json_type(value, '\$.ratio_best') IN ('real', 'null')")
	! grep -q "ring: $case: others took" "$err" || found=1
	expect 1 "$found" "case $case"
done

"$SLUICE" bench ring --seconds 0 >"$out" 2>"$err"
expect 2 $? "exit code without time"
expect 1 "$(grep -c -- --seconds "$err")" "lines about --seconds"
taskset -c 0 "$SLUICE" bench ring --seconds 1 >"$out" 2>"$err"
expect 1 $? "exit code on one CPU"
expect 1 "$(grep -c "two CPUs" "$err")" "lines about CPUs"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
