#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves that the models in ring/litmus/ can fail: each is broken on purpose,
# one way at a time, and spin must find out.  And it searches the models as
# they are for other sizes of ring than runtests does.
set -u
models=$(cd "$(dirname "$0")" && pwd)/litmus
command -v spin >/dev/null || { echo "skipped: spin is not installed"; exit 77; }

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
cd "$dir" || exit 1

passed=0 failed=0

# How many errors must spin find, 0 or 1, with options $3 in model $2, of which
# the rest of the arguments changes something?
expect()
{
	errors=$1 model=$2 options=$3
	shift 3
	# An error is found sooner than a compiler can optimize the search.
	[ "$errors" = 0 ] || options="$options -O0"
	# shellcheck disable=SC2086 # options are words
	spin "$@" -run -m100000 $options "$models/$model" >output 2>&1
	if grep -q "errors: $errors\$" output &&
	   ! grep -q 'max search depth too small' output; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$model $*: expected $errors errors:" >&2
		tail -n 20 output >&2
	fi
	rm -f output pan* _spin* ./*.trail
}

# Safety and deadlock, and with -a -f that something good happens in the end.
safety=-noclaim
liveness='-a -f -DNFAIR=3'

for mutant in NO_BARRIER NO_SECOND_LOOK CLEAR_FIRST CLEAR_BACKWARD \
	      FILL_BACKWARD UNORDERED LOOK_ROUND FILL_ROUND LINE=8; do
	expect 1 ring.pml $safety -D$mutant
done
expect 0 ring.pml $safety -DSLOTS=1 -DLINE=1 -DEVENTS=4
expect 0 ring.pml $safety -DSLOTS=2 -DLINE=1 -DEVENTS=6
expect 0 ring.pml $safety -DSLOTS=4 -DLINE=4

for mutant in STALE_TAIL LET_GO_EARLY NO_LAP UNORDERED; do
	expect 1 broadcast.pml $safety -D$mutant
done
expect 1 broadcast.pml "$liveness" -DROOM_ROUND
expect 0 broadcast.pml "$liveness" -DLIVES=2 -DEVENTS=4
expect 0 broadcast.pml $safety -DSLOTS=1 -DEVENTS=3

echo "$passed passed, $failed failed"
[ $failed = 0 ]
