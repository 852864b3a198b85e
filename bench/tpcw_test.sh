#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves that "sluice bench tpcw" does what it says, with the real server: it
# populates, serves, loads and audits; a server that is killed in the middle
# loses nothing; Ctrl-C ends it early with a report; what it is asked wrongly
# it refuses in one line.
set -u
cd "$(dirname "$0")/.." || exit 1

[ -x "${SLUICE:-}" ] || { echo "skipped: no sluice to run"; exit 77; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# $1: what is checked; the rest is a command that must succeed.
check()
{
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "failed: $what" >&2
		sed 's/^/  /' "$scratch/err" >&2
	fi
}

tpcw()
{
	"$SLUICE" bench tpcw "$@" >"$scratch/out" 2>"$scratch/err"
}

refused()
{
	! tpcw "$@"
}

# A number of the report is above another.
above()
{
	value=$(sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$scratch/out")
	[ "${value:-0}" -gt "$2" ]
}

small="--data $scratch/data --pipeline pipelines/tpcw.yaml --items 100
	--scale 1 --browsers 8 --warmup 0.2"

# shellcheck disable=SC2086 # these are words
for mix in browsing shopping ordering; do
	check "a run of the $mix mix" tpcw $small --seconds 1 --mix $mix --json
	check "its audit" grep -q '"audit":"ok"' "$scratch/out"
	check "its errors" grep -q '"errors":0,' "$scratch/out"
	check "its speed" above interactions_per_s 10
	check "its memory" above rss_bytes 1000000
	for stage in net http app db nfs fs block; do
		check "stage $stage" grep -q "\"name\":\"$stage\"" \
			"$scratch/out"
	done
done

# A server that forgets files all the time, the database and images that are
# being read among them, and one whose whole pipeline stands on each of two
# cores.
# shellcheck disable=SC2086 # these are words
for set in fs.handles=32 '*.core=[0, 1]' '*.core=any' fuse=none; do
	check "a run with $set" tpcw $small --seconds 1 --mix ordering \
		--set "$set" --json
	check "its audit" grep -q '"audit":"ok"' "$scratch/out"
	check "its errors" grep -q '"errors":0,' "$scratch/out"
done
check "14 interactions" \
	[ "$(grep -o limit_ms "$scratch/out" | wc -l)" -eq 14 ]

# shellcheck disable=SC2086
check "a run with a kill" tpcw $small --seconds 2 --mix ordering --kill \
	--record "$scratch/record"
check "its audit" grep -q '^audit  *ok$' "$scratch/out"
check "its restart" grep -q 'killed and restarted' "$scratch/out"
check "its record" grep -q '^order.1' "$scratch/record"
check "its table" grep -q '^buy_confirm  .* 5000 ok$' "$scratch/out"

# shellcheck disable=SC2086
"$SLUICE" bench tpcw $small --seconds 60 --think 0.1 --live \
	>"$scratch/out" 2>"$scratch/err" &
pid=$!
sleep 4
kill -INT $pid
wait $pid
check "status after an interrupt" [ $? -eq 0 ]
check "report after an interrupt" grep -q '^audit  *ok$' "$scratch/out"
check "live view" grep -q '^block .*%' "$scratch/err"
check "nothing left behind" [ "$(ls "$scratch/data")" = \
	"v1-items100-browsers1-seed1" ]

check "populate" tpcw populate "$scratch/shop" --items 100 --scale 1
check "audit" tpcw audit "$scratch/shop"
check "audit's verdict" grep -q '^ok$' "$scratch/out"
# What another run acknowledged is not in this one's database.
check "audit with a record" refused audit "$scratch/shop" \
	--record "$scratch/record"
check "its verdict" grep -q 'was acknowledged and is missing' "$scratch/out"

# Each is refused with one line.
while read -r words; do
	# shellcheck disable=SC2086
	check "bench tpcw $words" refused $words
	check "a line for $words" [ "$(wc -l <"$scratch/err")" -eq 1 ]
done <<END
--mix buying
--browsers 0
--browsers 1.5
--seconds x
--items 99
--images some
--target nowhere
--target 127.0.0.1:1 --kill
--audit-dir $scratch
--pipeline $scratch/none.yaml
--nonsense
populate
audit $scratch
populate $scratch/none/shop
END

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
