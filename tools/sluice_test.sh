#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The command as a person meets it: help, mistakes, a run, a look at it from
# outside, a stop.  Every wrong call says one clear line and ends with an error.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }

scratch=$(mktemp -d) || exit 1
trap 'kill $pids 2>/dev/null; rm -rf "$scratch"' EXIT
pids='' passed=0 failed=0

check()	# description, exit status wanted, exit status got
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: exit status $3, expected $2" >&2
		cat "$scratch/out" "$scratch/err" >&2
	fi
}

call()	# exit status wanted, arguments...
{
	want=$1
	shift
	timeout 20 "$SLUICE" "$@" >"$scratch/out" 2>"$scratch/err"
	check "sluice $*" "$want" $?
}

says()	# file, pattern
{
	grep -qE "$2" "$scratch/$1"
	check "says '$2'" 0 $?
}

one_line()
{
	[ "$(wc -l <"$scratch/err")" = 1 ]
	check "one line of complaint" 0 $?
}

call 0 --help;		says out '^usage: sluice'
call 0 version;		says out '^sluice [0-9]+\.[0-9]+'
for command in run check top bench "bench tpcw" "bench hop" "bench hello" \
	       "bench plans" "bench ring" "bench bank" "bench kernel"; do
	# shellcheck disable=SC2086 # words
	call 0 $command --help
	says out 'usage: sluice'
done
call 2;			says err 'usage'
call 2 ruun;		says err "no command 'ruun'"
call 2 bench nothing;	says err "no benchmark 'nothing'"
call 2 run;		says err 'usage'
call 2 run --seconds x a.yaml;	one_line
call 1 run "$scratch/none.yaml";	one_line
call 1 top nosuchpipeline;	one_line; says err 'nosuchpipeline'
head -c 100 /dev/zero >"$scratch/short"
call 1 top "$scratch/short";	one_line

for file in pipelines/*.yaml; do
	call 0 check "$file"
	call 0 check --json "$file"
	if command -v python3 >/dev/null; then
		python3 -c 'import json, sys; json.load(sys.stdin)' \
			<"$scratch/out"
		check "JSON of check $file" 0 $?
	fi
done
call 0 check --options;	says out 'listen'
call 1 check pipelines/chain.yaml --set s1.nonsense=1
one_line; says err 'nonsense'
call 1 run pipelines/tpcw.yaml --set fs.export=/no/such/directory \
	--set net.listen=127.0.0.1:0
says err '/no/such/directory'

# A run with an end, and its table.
call 0 run pipelines/chain.yaml --seconds 0.5 --summary
says out '^source +0 '
says out '^bottleneck'
call 0 run pipelines/chain.yaml --seconds 0.5 --json
says out '"bottleneck":"'

# Across edges that copy; and with keys, or not at all.
for transfer in copy flip; do
	call 0 run pipelines/chain.yaml --set transfer=$transfer \
		--seconds 0.3 --json
	says out '"name":"sink",.*"events":[1-9]'
done
timeout 20 "$SLUICE" run pipelines/chain.yaml --set isolate=pkey \
	--seconds 0.3 --json >"$scratch/out" 2>"$scratch/err"
case $? in
0)	says out '"name":"sink",.*"events":[1-9]' ;;
*)	says err 'isolate: pkey: .*no protection keys' ;;
esac

# A run without one, seen from outside, and stopped by a signal.
"$SLUICE" run pipelines/chain.yaml --set pipeline=test$$ \
	2>"$scratch/running" & pid=$!
pids=$pid
tries=50
while [ $tries -gt 0 ] && ! grep -q runs: "$scratch/running"; do
	tries=$((tries - 1))
	sleep 0.1
done
call 0 top test$$ --count 2 --interval 0.2
says out '^s3 .*\['
call 0 top test$$ --count 1 --interval 0.2 --json
says out '"pipeline":"test'
kill -TERM $pid
wait $pid
check "stopped by SIGTERM" 0 $?
pids=
call 1 top test$$

# A pipeline that was killed is not taken for one that runs.
"$SLUICE" run pipelines/chain.yaml --set pipeline=gone$$ 2>/dev/null & pid=$!
sleep 0.3
kill -KILL $pid
wait $pid 2>/dev/null
call 1 top gone$$

# Less than one system call for ten events that pass a stage.
if command -v strace >/dev/null; then
	# A leak sanitizer would want to trace what strace is tracing.
	ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
		strace -f -c -o "$scratch/calls" "$SLUICE" run \
		pipelines/chain.yaml --seconds 1 --json \
		>"$scratch/out" 2>"$scratch/err"
	calls=$(awk '$1 ~ /^[0-9.]+$/ && $NF != "total" { sum += $4 }
		     END { print sum }' "$scratch/calls")
	events=$(grep -o '"events":[0-9]*' "$scratch/out" | cut -d: -f2 |
		 awk '{ sum += $1 } END { print sum }')
	[ -n "$calls" ] && [ "$events" -gt 0 ] &&
		[ $((calls * 10)) -lt "$events" ]
	check "$calls system calls for $events events" 0 $?
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
