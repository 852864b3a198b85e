#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Runs sluice bench nfs for a moment: every load must be answered rightly, the
# output must be what the manual says, and neither processes nor files may be
# left, however it ends.  nfs-ganesha and libnfs may be there or not, and how
# fast anything is is no test's business.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
[ "$(nproc)" -ge 2 ] || { echo "skipped: needs two CPUs"; exit 77; }

passed=0 failed=0
bench=
# Memory, for a disk would have to write what nobody wants to keep.
scratch=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
out=$scratch/out err=$scratch/err files=$scratch/files
mkdir "$files"
# A file of patterns, lest grep find itself.
echo "$files/" >"$scratch/pattern"
trap '[ -z "$bench" ] || kill -9 "$bench" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP

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

# Cases of the JSON in $out for which $1 holds.
cases()
{
	query "SELECT count(*) FROM json_each(readfile('$out'), '\$.cases')
		WHERE $1"
}

# Servers have the directory on their command lines.
servers()
{
	grep -laF -f "$scratch/pattern" /proc/[0-9]*/cmdline 2>/dev/null | wc -l
}

nothing_left()
{
	expect 0 "$(servers)" "servers left $1"
	expect 0 "$(find "$files" -mindepth 1 | wc -l)" "files left $1"
}

run()
{
	"$SLUICE" bench nfs --directory "$files" --seconds 0.02 --rounds 2 \
		--mib 2 "$@" >"$out" 2>"$err"
}

run --json --layout fused --only getattr,lookup,read,write,create,readdirplus,\
sequential,lean-null,lean-getattr,lean-read,lean-write
expect 0 $? "exit code"
expect 1 "$(query "SELECT json_valid(readfile('$out'))")" "one JSON object"
libnfs=20
! grep -q 'libnfs is not there' "$err" || libnfs=0
expect $((libnfs + 4)) "$(cases true)" "cases"
expect $((libnfs + 4)) "$(cases "
	json_extract(value, '\$.layout') = 'fused' AND
	json_array_length(value, '\$.sluice.slices') = 2 AND
	json_extract(value, '\$.sluice.median') > 0")" "cases that are whole"
expect 3 "$(cases "json_extract(value, '\$.sluice.share') > 0 AND
	json_extract(value, '\$.share_of') = 'lean-null'")" "cases with a share"
if [ "$(query "SELECT json_extract(readfile('$out'), '\$.ganesha')")" = 1 ]
then
	expect $((libnfs + 4)) "$(cases "
		json_extract(value, '\$.ganesha.median') > 0 AND
		json_extract(value, '\$.ratio_min') <=
			json_extract(value, '\$.ratio') AND
		json_extract(value, '\$.ratio') <=
			json_extract(value, '\$.ratio_max')")" "ratios"
	expect 0 "$(grep -c ganesha "$err")" "lines about ganesha"
else
	expect 1 "$(grep -c 'ganesha.* alone' "$err")" "lines about ganesha"
fi
nothing_left "at the end"

run --only lean-null --set 'rpc.replies=1024'
expect 0 $? "exit code of a table"
expect 1 "$(grep -c '^two: servers on CPUs ' "$out")" "headings"
expect 1 "$(grep -c '^fused: servers on CPU .* 2 rounds of 0.02 s' "$out")" \
	"headings"
expect 2 "$(grep -cE '^NULL \(echo\) +lean +64 calls/s +[0-9]' "$out")" "rows"
expect 7 "$(wc -l <"$out")" "lines"

# $1: the signal.
end_by()
{
	"$SLUICE" bench nfs --directory "$files" --seconds 0.1 --rounds 100 \
		--mib 1 --only lean-null >"$out" 2>"$err" &
	bench=$!
	for _ in $(seq 600); do
		! grep -q '^load' "$out" || break
		sleep 0.05
	done
	expect 1 "$(grep -c '^load' "$out")" "measurements begun before $1"
	kill -s "$1" "$bench"
	# That the shell tells of what it killed is no news.
	wait "$bench" 2>/dev/null
	code=$?
	bench=
}
end_by TERM
expect 1 $code "exit code of what was interrupted"
expect 1 "$(grep -c 'nfs: interrupted' "$err")" "lines about that"
nothing_left "after TERM"
end_by KILL
for _ in $(seq 100); do
	[ "$(servers)" != 0 ] || break
	sleep 0.05
done
expect 0 "$(servers)" "servers left after KILL"
rm -rf "$files"
mkdir "$files"

# Without root there is no ganesha, but sluice serves its user's files.
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
if [ "$(id -u)" = 0 ] && $nobody test -x "$SLUICE" 2>/dev/null; then
	chmod 755 "$scratch"
	chown 65534 "$files"
	touch "$out" "$err"
	$nobody "$SLUICE" bench nfs --directory "$files" --seconds 0.02 \
		--rounds 1 --mib 1 --layout fused --only read,lean-null \
		>"$out" 2>"$err"
	expect 0 $? "exit code without root"
	expect 1 "$(grep -c 'ganesha.* alone' "$err")" "lines about ganesha"
	expect 1 "$(grep -c '^NULL (echo) .* -  *-' "$out")" "rows of one server"
	nothing_left "without root"
fi

run --only getattr,nothing
expect 2 $? "exit code of an unknown load"
expect 1 "$(grep -c "no load 'nothing'; there are getattr lookup" "$err")" \
	"lines about loads"
run --layout sideways
expect 2 $? "exit code of an unknown layout"
run --rounds 0
expect 2 $? "exit code without rounds"
run --directory "$scratch/none"
expect 2 $? "exit code without a directory"
expect 1 "$(wc -l <"$err")" "lines about it"
taskset -c 0 "$SLUICE" bench nfs >"$out" 2>"$err"
expect 1 $? "exit code on one CPU"
expect 1 "$(grep -c 'two CPUs' "$err")" "lines about CPUs"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
