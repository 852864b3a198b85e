#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves that sluice bench nfsmix finds nothing wrong with a server that is
# right, with handles of each kind and few of them, on one core and on two; and
# that it fails when files change behind their clients' backs, when the server
# dies, and when it was called wrongly.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
if [ ! -r "${SLUICE%/*}/peers/nfsmix.so" ]; then
	echo "skipped: no libnfs, or a sanitizer; tools/setup bench installs it"
	exit 77
fi

scratch=$(mktemp -d) || exit 1
chmod 711 "$scratch"
passed=0 failed=0 meddler=''
trap '[ -z "$meddler" ] || kill $meddler 2>/dev/null; rm -rf "$scratch"' EXIT

check()	# description, status wanted, status got
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: $3, expected $2" >&2
		cat "$scratch/out" >&2
	fi
}

mix()	# options...
{
	timeout 60 "$SLUICE" bench nfsmix --seconds 2 --clients 40 \
		--interval 1 --in "$scratch" "$@" >"$scratch/out" 2>&1
}

# Does something to the run that is under way, once it is.
meddle()	# command...
{
	(tries=100
	until grep -q ' calls/s' "$scratch/out" || [ $tries = 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	"$@") &
	meddler=$!
}

kill_server()
{
	for process in /proc/[0-9]*; do
		# Its own words must not be what it looks for.
		! grep -azqs "[f]s.export=$scratch/sluice-nfsmix-" \
				"$process/cmdline" ||
			kill -KILL "${process#/proc/}"
	done
}

spoil()
{
	for file in "$scratch"/sluice-nfsmix-*/client[0-9]/*; do
		[ ! -f "$file" ] || echo spoilt >"$file"
	done
}

mix
check "a mixed load" 0 $?
grep -q '^ok: [0-9]* calls' "$scratch/out"
check "it says so" 0 $?
if [ "$(id -u)" = 0 ]; then
	mix --set '*.core=[0, 1]' --set fs.persistent=true --set fs.handles=100
	check "on two cores, with few persistent handles" 0 $?
fi
mix --rate 500 --clients 3
check "at a rate" 0 $?
calls=$(sed -n 's/^ok: \([0-9]*\) calls.*/\1/p' "$scratch/out")
[ "${calls:-0}" -gt 0 ] && [ "$calls" -le 1500 ]
check "which it keeps to" 0 $?

: >"$scratch/out"
meddle spoil
mix --seconds 4
check "files that change are seen" 1 $?
wait $meddler
: >"$scratch/out"
meddle kill_server
mix --seconds 20
check "a server that dies" 1 $?
wait $meddler
meddler=
mix --clients 0
check "no clients" 2 $?
mix --set nonsense.option=1
check "no such option" 1 $?
[ -z "$(ls -d "$scratch"/sluice-nfsmix-* 2>/dev/null)" ]
check "nothing is left" 0 $?

echo "$passed passed, $failed failed"
[ $failed = 0 ]
