#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Runs sluice bench profile for a moment: its peer must measure nothing and yet
# move events, and the JSON must be what the manual says.  How much one costs
# more than the other is no test's business.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
PEER=${SLUICE%/*}/sluice-unmetered
for program in "$SLUICE" "$PEER"; do
	[ -x "$program" ] || { echo "skipped: no $program"; exit 77; }
done
[ "$(nproc)" -ge 2 ] || { echo "skipped: needs two CPUs"; exit 77; }

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

# How often the patterns are in the output.
count()
{
	grep -oE "$1" "$out" | wc -l
}

timeout 60 "$SLUICE" bench profile --rounds 1 --slices 2 --json >"$out" 2>"$err"
expect 0 $? "exit status"
expect 4 "$(count '"case":"(fused|two)(_50)?","rounds":1,')" "cases"
expect 4 "$(count '"unmetered_ns":[0-9]+\.[0-9]+,"metered_ns":[0-9]+\.')" "times"
expect 8 "$(count '_percent":-?[0-9]+\.[0-9][0-9]')" "costs"
timeout 60 "$SLUICE" bench profile --rounds 1 --slices 1 --only two >"$out" 2>"$err"
expect 0 $? "exit status"
expect 1 "$(count '^over two cores, no work .*%')" "one case"
timeout 60 "$SLUICE" bench profile --only nonsense >"$out" 2>"$err"
expect 2 $? "a case that there is not"

# What makes the difference: one counts what the other does not.
for program in "$SLUICE" "$PEER"; do
	timeout 60 "$program" run pipelines/chain.yaml --seconds 0.3 --json \
		>"$out" 2>"$err"
	expect 0 $? "a run"
	[ "$program" = "$PEER" ] && zero=7 || zero=0
	expect "$zero" "$(count '"events":0,"events_per_s":0.0,"service_ns":0.0')" \
		"stages of $program that counted nothing"
	# Links are counted by both: they need that.
	[ "$(count '"requests":true,"slots":[0-9]+,"events":[1-9]')" -gt 0 ]
	expect 0 $? "events that $program moved"
	[ "$(count '"timed":[1-9]')" -gt 0 ] && timed=yes || timed=no
	[ "$program" = "$PEER" ] && wanted=no || wanted=yes
	expect "$wanted" "$timed" "waits that $program timed"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
