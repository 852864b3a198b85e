#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The command as a person meets it: help, mistakes, a run, a look at it from
# outside, a stop.  Every wrong call says one clear line and ends with an error.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
# What tests measure is nothing that anyone should know.
export SLUICE_KB=

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
for command in run check explain kb top sim web record replay bench \
	       "bench tpcw" "bench hop" "bench latency" "bench hello" "bench plans" \
	       "bench ring" "bench bank" "bench kernel" "bench nfs" \
	       "bench plan" "bench sim" "bench crossover" "bench cuts" "bench planted" "bench profile"; do
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

# A simulation of what is not there, fed with what was measured here.
timeout 20 "$SLUICE" run pipelines/chain.yaml --seconds 0.3 --json \
	>"$scratch/costs" 2>"$scratch/err"
call 0 sim pipelines/chain.yaml --costs "$scratch/costs" --cores 4,2x8 \
	--seconds 0.002 --svg "$scratch/svg"
says out '^ +16 +[1-9][0-9]+ '
says svg '</svg>'
call 0 sim pipelines/chain.yaml --cores 2 --seconds 0.002 --json \
	--plan "cpu0: source+s1+s2+s3 | cpu1: s4+s5+sink"
says out '"events_per_s":[1-9]'
call 0 sim pipelines/tpcw.yaml --cores 2 --plan file --seconds 0.01 \
	--load 10000 --look 2 --shift 0.005:db:3
for wrong in "--cores 65" "--cores x" "--load -1" "--plan cpu9:source" \
	     "--plan cpu0:source" "--shift 1:nobody:2" "--distance 1" \
	     "--costs /dev/null" "--policy none"; do
	# shellcheck disable=SC2086 # words
	! timeout 20 "$SLUICE" sim pipelines/chain.yaml $wrong \
		>"$scratch/out" 2>"$scratch/err"
	check "sluice sim $wrong fails" 0 $?
	one_line
done

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

# What limits a pipeline is said in words, and kept as facts when it has ended.
export SLUICE_KB="$scratch/kb.sqlite"
call 1 kb;	one_line; says err 'nothing is known yet'
"$SLUICE" run pipelines/chain.yaml --set pipeline=slow$$ --set s3.work=5us \
	--seconds 3 2>/dev/null & pids=$!
sleep 0.5
call 0 explain slow$$ --seconds 0.5;	says out '^bottleneck  s3, on cpu'
call 0 explain slow$$ --seconds 0.5 --json; says out '"bottleneck":"s3"'
"$SLUICE" record slow$$ -o "$scratch/slow.rec" --seconds 0.6 \
	--interval 0.1 2>/dev/null
call 0 explain "$scratch/slow.rec";	says out '^bottleneck  s3, on cpu'
call 1 explain nosuchpipeline;	one_line; says err 'nosuchpipeline'
call 2 explain --seconds x;	one_line
wait $pids
check "it ended by itself" 0 $?
# A bank of one event: nobody is busy, and a round sets the pace.
SLUICE_KB='' "$SLUICE" run pipelines/chain.yaml --set pipeline=loop$$ \
	--set source.events=1 --seconds 3 2>/dev/null & pids=$!
sleep 0.5
call 0 explain loop$$ --seconds 0.5
says out '^bottleneck  the loop from source to sink and back'
says out 'hardware counters: '
wait $pids
pids=
call 0 kb "SELECT stage FROM stage ORDER BY service_ns DESC LIMIT 1"
says out '^s3$'
call 0 kb "SELECT count(*) AS n FROM plan" --json;	says out '"n":1'
call 1 kb "DELETE FROM stage";	one_line
call 1 kb "SELECT nonsense";	one_line; says err 'nonsense'
export SLUICE_KB=

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
	# Those that links have handed on are the same ones.
	events=$(sed 's/"links":.*//' "$scratch/out" |
		 grep -o '"events":[0-9]*' | cut -d: -f2 |
		 awk '{ sum += $1 } END { print sum }')
	[ -n "$calls" ] && [ "$events" -gt 0 ] &&
		[ $((calls * 10)) -lt "$events" ]
	check "$calls system calls for $events events" 0 $?
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
