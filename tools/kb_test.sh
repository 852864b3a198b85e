#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves that a pipeline begins with what earlier runs have measured, and that a
# knowledge base that is broken, locked, of another version or nowhere costs it
# one line and no more; that cores which are not to be had are refused; and that
# the manual's questions have answers.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$(pwd)
SLUICE=${SLUICE:-$root/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
kb=$scratch/kb.sqlite
export SLUICE_KB="$kb"

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
	timeout 30 "$SLUICE" "$@" >"$scratch/out" 2>"$scratch/err"
	check "sluice $*" "$want" $?
}

says()	# file, pattern
{
	grep -qE "$2" "$scratch/$1"
	check "says '$2'" 0 $?
}

silent()	# file, pattern
{
	! grep -qE "$2" "$scratch/$1"
	check "does not say '$2'" 0 $?
}

# The chain, wherever its stages may go, with two heavy ones beside each other.
chain()	# command, option...
{
	command=$1
	shift
	call 0 "$command" pipelines/chain.yaml --set '*.core=any' \
		--set schedule=static --set s1.work=20us --set s2.work=20us "$@"
}

# It ran, and said so in one line beside what else it had to say.
ran()	# reason
{
	chain run --seconds 1.1 --json
	says out '"name":"sink",.*"events":[1-9]'
	says err "$1"
	[ "$(grep -c 'no facts of earlier runs' "$scratch/err")" -le 1 ] &&
		[ "$(grep -c 'no facts for sluice kb' "$scratch/err")" -le 1 ]
	check "one line" 0 $?
}

# Without experience, then with.
chain check
silent out 'costs of earlier runs'
chain run --seconds 1.1 --json
silent err 'facts'
chain check
says out '^costs of earlier runs.* s1 [0-9]+ ns s2 [0-9]+ ns'
chain check --json
says out '"name":"s1",[^}]*"weight_ns":[0-9]+'
if [ "$(nproc)" -gt 1 ]; then
	chain check
	silent out '^chain:.*s1\+s2'
fi
chain run --seconds 1.1
call 0 kb "SELECT why FROM plan ORDER BY rowid"
says out 'by the weights of stages'
says out 'by costs of earlier runs'
call 0 kb "SELECT count(*) FROM cpu WHERE core IS NOT NULL"
says out '^[1-9]'
# Neither without them, nor for another pipeline.
export SLUICE_KB=
chain check
silent out 'costs of earlier runs'
export SLUICE_KB="$kb"
call 0 check pipelines/chain.yaml --set pipeline=other
silent out 'costs of earlier runs'

# Where all is settled by the file, there is nothing to begin with.
call 0 run pipelines/chain.yaml --seconds 1.1
call 0 kb "SELECT why FROM plan ORDER BY rowid DESC LIMIT 1"
says out 'by the weights of stages'

# The questions of the manual, as they are written there.
cp "$kb" "$scratch/facts.sqlite"
cd "$scratch" || exit 1
grep '^\.Dl sluice kb' "$root/docs/sluice.1" |
	sed 's/^\.Dl sluice //; s/\\(dq/"/g' >"$scratch/questions"
while read -r question; do
	eval "timeout 30 \"\$SLUICE\" $question" >"$scratch/out" \
		2>"$scratch/err" </dev/null
	check "sluice $question" 0 $?
done <"$scratch/questions"
[ "$(wc -l <"$scratch/questions")" -ge 4 ]
check "the manual has questions" 0 $?
cd "$root" || exit 1

# What is no database, what is cut off, what nobody can write.
echo "this is no database, although it is long enough for one" >"$kb"
ran 'no facts of earlier runs: .*kb.sqlite: file is not a database; SLUICE_KB'
says err 'no facts for sluice kb: .*not a database'
call 1 kb;	says err 'not a database'
head -c 5000 "$scratch/facts.sqlite" >"$kb"
ran 'malformed'
export SLUICE_KB=/proc/none/kb.sqlite
ran 'no facts for sluice kb: /proc/none/kb.sqlite: unable to open'
silent err 'earlier runs'
export SLUICE_KB="$scratch"
ran 'no facts for sluice kb'
export SLUICE_KB=
chain run --seconds 1.1
silent err 'facts'
# Nobody's home, which nobody can write.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null &&
   setpriv --reuid=65534 --regid=65534 --clear-groups "$SLUICE" version \
		>/dev/null 2>&1; then
	mkdir -m 555 "$scratch/home"
	chmod 711 "$scratch"
	env -u SLUICE_KB -u XDG_STATE_HOME HOME="$scratch/home" \
		timeout 30 setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$SLUICE" run pipelines/chain.yaml \
		--set pipeline=nobody$$ --seconds 1.1 \
		>"$scratch/out" 2>"$scratch/err"
	check "it runs in a home that is not writable" 0 $?
	says err 'no facts for sluice kb: .*/home/.local/state/sluice/kb.sqlite'
fi
export SLUICE_KB="$kb"

if command -v sqlite3 >/dev/null; then
	# Of a later version, which is left alone.
	cp "$scratch/facts.sqlite" "$kb"
	sqlite3 "$kb" 'PRAGMA user_version = 99'
	cp "$kb" "$scratch/later"
	ran 'a later version of sluice made it'
	cmp -s "$kb" "$scratch/later"
	check "it is left alone" 0 $?
	call 0 kb "SELECT count(*) FROM stage"

	# Somebody has it to himself, until he is told to let go.
	cp "$scratch/facts.sqlite" "$kb"
	mkfifo "$scratch/holder"
	sqlite3 "$kb" <"$scratch/holder" >"$scratch/held" 2>&1 & holder=$!
	exec 9>"$scratch/holder"
	echo "BEGIN EXCLUSIVE; SELECT 'held';" >&9
	tries=100
	while [ $tries -gt 0 ] && ! grep -q held "$scratch/held"; do
		tries=$((tries - 1))
		sleep 0.1
	done
	ran 'no facts of earlier runs: .*locked'
	says err 'no facts for sluice kb: .*locked'
	exec 9>&-
	wait $holder
fi

# Two that end at once, in a file that is new to both.
rm -f "$kb"
for name in left right; do
	timeout 30 "$SLUICE" run pipelines/chain.yaml --seconds 1.1 \
		--set pipeline=$name$$ 2>"$scratch/$name" &
done
wait
for name in left right; do
	call 0 kb "SELECT count(*) FROM stage WHERE pipeline = '$name$$'"
	grep -q '^7$' "$scratch/out" || grep -q locked "$scratch/$name"
	check "$name left facts, or says why not" 0 $?
done

# Cores that are not there, and one that is not for us.
export SLUICE_KB=
for command in run check; do
	call 1 $command pipelines/chain.yaml --set s1.core=9999
	says err '^--set s1.core=9999: core: there is no CPU 9999 .*give one of'
	[ "$(wc -l <"$scratch/err")" = 1 ]
	check "one line of complaint" 0 $?
done
if [ "$(nproc)" -gt 1 ] && taskset -c 0 true 2>/dev/null &&
   taskset -c 1 true 2>/dev/null; then
	timeout 30 taskset -c 0 "$SLUICE" run pipelines/chain.yaml \
		--set s1.core=1 >"$scratch/out" 2>"$scratch/err"
	check "a core outside of the affinity" 1 $?
	says err 'core: CPU 1 is there, but .*taskset.*; give one of 0'
	timeout 30 taskset -c 0 "$SLUICE" run pipelines/chain.yaml \
		--set '*.core=any' --seconds 0.2 --json \
		>"$scratch/out" 2>"$scratch/err"
	check "one CPU is enough" 0 $?
	says out '"name":"sink",.*"events":[1-9]'
fi
# hwloc that knows nothing of this machine, or of another one.
for machine in HWLOC_COMPONENTS=no_os,stop HWLOC_COMPONENTS=stop \
	       HWLOC_SYNTHETIC='pack:4 l3:1 core:8 pu:2'; do
	env "$machine" timeout 30 "$SLUICE" run pipelines/chain.yaml \
		--set '*.core=any' --seconds 0.3 --json \
		>"$scratch/out" 2>"$scratch/err"
	check "$machine" 0 $?
	says out '"name":"sink",.*"events":[1-9]'
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
