#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Runs sluice bench ring for a moment: every queue must deliver what was sent,
# and the JSON must be what the manual says.  How fast they are is no test's
# business.
set -u

passed=0 failed=0
out=$(mktemp) err=$(mktemp)
trap 'rm -f "$out" "$err"' EXIT

check()
{
	if eval "$2"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "failed: $1" >&2
		head -n 20 "$out" "$err" >&2
	fi
}

[ "$(nproc)" -ge 2 ] || { echo "skipped: needs two CPUs"; exit 77; }

"$SLUICE" bench ring --seconds 0.1 --json >"$out" 2>"$err"
code=$?
check "exit code 0" '[ $code = 0 ]'
check "one JSON object" \
	'[ "$(sqlite3 :memory: "SELECT json_valid(readfile(\"$out\"))")" = 1 ]'
# On a busy machine there may be no slice that nobody disturbed; it must say so.
for case in single "batch 8" "batch 32" "batch 64" line trip payload; do
	sql="SELECT count(*) FROM json_each(readfile('$out'), '\$.cases')
	     WHERE json_extract(value, '\$.case') = '$case'
	     AND json_extract(value, '\$.state') IN ('near', 'far')
	     AND json_extract(value, '\$.ours_ns') > 0
	     AND json_type(value, '\$.peers') = 'object'
	     AND json_type(value, '\$.ratio_best') IN ('real', 'null')"
	check "case $case" '[ "$(sqlite3 :memory: "$sql")" -ge 1 ] ||
		grep -q "ring: $case: others took" "$err"'
done

"$SLUICE" bench ring --seconds 0 >"$out" 2>"$err"
code=$?
check "no time is refused" '[ $code = 2 ] && grep -q -- --seconds "$err"'
taskset -c 0 "$SLUICE" bench ring --seconds 1 >"$out" 2>"$err"
code=$?
check "one CPU is refused" '[ $code = 1 ] && grep -q "two CPUs" "$err"'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
