#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The crossover is measured, for a moment, and shown in all three ways.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
[ "$(nproc)" -ge 2 ] || { echo "skipped: needs two CPUs"; exit 77; }

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

check()	# description, exit status
{
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1" >&2
		cat "$work/out" "$work/err" >&2
	fi
}

run()
{
	timeout 300 "$SLUICE" bench crossover --rounds 1 --slice 1 "$@" \
		>"$work/out" 2>"$work/err"
}

run --json --svg "$work/chart.svg"
check "it runs" $?
tr '{' '\n' <"$work/out" | grep -c '"split_to_complete"' >"$work/cells"
# On a machine that gives no slice undisturbed, none is.
[ "$(cat "$work/cells")" -ge 56 ] || grep -q "\"cells\":\[\]" "$work/out"
check "each case is there" $?
head -c 4 "$work/chart.svg" | grep -q '<svg'
check "there is a chart" $?
tail -n 1 "$work/chart.svg" | grep -q '</svg>'
check "and it is whole" $?
run --svg /proc/none/chart.svg
[ $? = 1 ] && [ "$(wc -l <"$work/err")" = 1 ]
check "a chart that cannot be written is one line" $?
run --scheduler 0.1 --json
check "the scheduler chooses" $?
[ "$(grep -o '"chosen_to_better"' "$work/out" | wc -l)" -ge 56 ] ||
	grep -q "\"cells\":\[\]" "$work/out"
check "in each case" $?
run --scheduler 0
[ $? = 2 ]
check "and not in no time" $?
run --rounds 0
[ $? = 2 ]
check "no rounds are no rounds" $?

echo "$passed passed, $failed failed"
[ $failed = 0 ]
