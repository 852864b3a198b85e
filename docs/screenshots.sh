#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Makes the pictures in docs/screenshots/: runs the bookstore under load for a
# quarter of a minute, records that, and opens the recording in a browser.
#
#	docs/screenshots.sh [RECORDING [DIRECTORY]]
#
# With a recording it takes that one.  Needs chromium, as tools/setup check.
set -eu
cd "$(dirname "$0")/.."
SLUICE=${SLUICE:-$(pwd)/build/sluice}
recording=${1:-}
out=${2:-docs/screenshots}

scratch=$(mktemp -d)
trap 'kill $pids 2>/dev/null; wait; rm -rf "$scratch"' EXIT
pids=

await()	# file, pattern: prints what the first pair of \(\) has matched
{
	tries=300
	while [ $tries -gt 0 ] && ! grep -qs "$2" "$1"; do
		tries=$((tries - 1))
		sleep 0.1
	done
	sed -n "s,.*$2.*,\\1,p" "$1"
}

record_shop()
{
	set -- --scale 1 --items 1000
	"$SLUICE" bench tpcw populate "$scratch/shop" "$@" 2>/dev/null
	"$SLUICE" run pipelines/tpcw.yaml --set fs.export="$scratch/shop" \
		--set net.listen=127.0.0.1:18099 2>"$scratch/run" &
	pids="$pids $!"
	await "$scratch/run" 'tpcw \(runs\)' >/dev/null
	"$SLUICE" bench tpcw --target 127.0.0.1:18099 "$@" --seconds 20 \
		--warmup 1 >/dev/null 2>&1 &
	pids="$pids $!"
	sleep 3
	"$SLUICE" record tpcw -o "$recording" --seconds 16 --interval 0.1
}

shoot()	# picture, width, height, colour scheme: 0 is dark, 1 light
{
	rm -f "$scratch/replay"
	"$SLUICE" replay "$recording" --web 127.0.0.1:0 --interval 0.5 \
		2>"$scratch/replay" &
	replay=$!
	pids="$pids $replay"
	address=$(await "$scratch/replay" 'dashboard at http://\(.*\)/')
	# Charts want a past, and a recording that is over shows nothing.
	sleep "${SCREENSHOT_AFTER:-13}"
	chromium --headless --no-sandbox --disable-gpu --disable-quic \
		--no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --hide-scrollbars \
		--user-data-dir="$scratch/profile" --window-size="$2,$3" \
		--blink-settings="preferredColorScheme=$4" \
		--virtual-time-budget=4000 --screenshot="$scratch/picture.png" \
		"http://$address/?still" >/dev/null 2>&1
	mv "$scratch/picture.png" "$out/$1.png"
	kill "$replay"
}

if [ -z "$recording" ]; then
	recording=$scratch/shop.rec
	record_shop
fi
mkdir -p "$out"
shoot dashboard-light 1060 900 1
shoot dashboard-dark 1060 900 0
shoot dashboard-narrow 500 1560 1
ls -l "$out"
