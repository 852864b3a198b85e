#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Runs sluice bench bank for one round: whatever way it is handed over, what
# was sent must arrive, and the JSON must be what the manual says.  How fast
# that is is no test's business.
# shellcheck disable=SC2016,SC2034 # check evaluates what it is given
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
		head -c 2000 "$out" "$err" >&2
	fi
}

[ "$(nproc)" -ge 2 ] || { echo "skipped: needs two CPUs"; exit 77; }

"$SLUICE" bench bank --seconds 0.1 --json >"$out" 2>"$err"
code=$?
check "exit code 0" '[ $code = 0 ]'
check "one JSON object" \
	'[ "$(sqlite3 :memory: "SELECT json_valid(readfile(\"$out\"))")" = 1 ]'

# How many cases there are of which the second one holds.
count()
{
	sqlite3 :memory: "SELECT count(*)
		FROM json_each(readfile('$out'), '\$.cases')
		WHERE json_extract(value, '\$.case') = '$1' AND $2"
}

# On a busy machine there may be slices that nobody left alone: then null.
check "sizes on one core" '[ "$(count cross "
	json_extract(value, \"\$.state\") = \"one core\" AND
	json_extract(value, \"\$.size\") BETWEEN 64 AND 2097152")" = 16 ]'
check "ways to hand over" '[ "$(count cross "
	json_type(value, \"\$.pass_ns\") IN (\"real\", \"null\") AND
	json_type(value, \"\$.copy_ns\") IN (\"real\", \"null\") AND
	json_type(value, \"\$.flip_ns\") IN (\"real\", \"null\") AND
	json_type(value, \"\$.mremap_ns\") IN (\"real\", \"null\") AND
	json_type(value, \"\$.memfd_ns\") IN (\"real\", \"null\")")" -ge 16 ]'
check "something was measured" '[ "$(count cross "
	json_extract(value, \"\$.copy_ns\") > 0")" -ge 1 ]'
check "banks" '[ "$(count take "
	json_type(value, \"\$.malloc_ns\") IN (\"real\", \"null\")")" -ge 1 ]'
check "keys" '[ "$(count keys "
	json_type(value, \"\$.switch_ns\") IN (\"real\", \"null\")")" = 1 ]'

"$SLUICE" bench bank --seconds 0 >"$out" 2>"$err"
code=$?
check "no time is refused" '[ $code = 2 ] && grep -q -- --seconds "$err"'
taskset -c 0 "$SLUICE" bench bank --seconds 1 >"$out" 2>"$err"
code=$?
check "one CPU is refused" '[ $code = 1 ] && grep -q "two CPUs" "$err"'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
