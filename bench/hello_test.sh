#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Runs pipelines/hello.yaml as a person would and asks it with curl, a client
# that is not ours; then `sluice bench hello`, for its output rather than its
# figures, where there are wrk and two CPUs.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
# What tests measure is nothing that anyone should know.
export SLUICE_KB=

command -v curl >/dev/null || { echo "skipped: needs curl"; exit 77; }

passed=0 failed=0
server=
scratch=$(mktemp -d) || exit 1
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP

check()
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s: got "%s", expected "%s"\n' "$1" "$2" "$3" >&2
	fi
}

# Port 0 is any that is free; the server says which.
start()
{
	"$SLUICE" run pipelines/hello.yaml --set net.listen=127.0.0.1:0 \
		--set '*.core=0' "$@" 2>"$scratch/said" &
	server=$!
	port=
	for _ in $(seq 100); do
		port=$(sed -n 's/.*listens on port //p' "$scratch/said")
		[ -z "$port" ] || break
		sleep 0.1
	done
	url=http://127.0.0.1:$port
}

stop()
{
	kill -TERM "$server"
	wait "$server"
	check "the server's end" $? 0
	server=
}

ask()
{
	curl -s -o "$scratch/body" -w '%{http_code} %{size_download}' \
		--max-time 10 "$@"
}

start --set http.body_max=1000
check "a page" "$(ask "$url/")" "200 1024"
check "a query" "$(ask "$url/a?b=c")" "200 1024"
check "only the head" "$(ask -I "$url/")" "200 0"
check "HTTP/1.0" "$(ask -0 "$url/")" "200 1024"
check "a form" "$(ask -d a=b "$url/")" "200 1024"
check "a chunked form" \
	"$(ask -H 'Transfer-Encoding: chunked' -d a=b "$url/")" "200 1024"
check "a form that is too long" \
	"$(ask -d "$(seq 1000 | tr '\n' +)" "$url/")" "413 22"
check "a form announced" \
	"$(ask -H 'Expect: 100-continue' -d a=b "$url/")" "200 1024"
check "an unknown method" "$(ask -X BREW "$url/")" "501 20"
check "a method that is not allowed" "$(ask -X DELETE "$url/")" "405 23"
check "several pages" "$(ask "$url/[1-3]" -o /dev/null -o /dev/null)" \
	"200 1024200 1024200 1024"
stop

start --set http.reply_bytes=20000
check "a longer page" "$(ask "$url/")" "200 20000"
stop

cpus=$(nproc)
if command -v wrk >/dev/null && [ "$cpus" -ge 2 ]; then
	"$SLUICE" bench hello --seconds 1 --rounds 1 --json \
		>"$scratch/json" 2>"$scratch/said"
	check "the benchmark's end" $? 0
	check "its result" "$(grep -c '^{"bench":"hello".*"ratios":\[{"name":"fused / minimal epoll","median":[0-9.]*}.*\]}$' "$scratch/json")" 1
fi
check "a bad number of rounds" \
	"$("$SLUICE" bench hello --rounds 0 2>&1 | grep -c 'from 1 to 100')" 1

echo "$passed passed, $failed failed"
[ $failed = 0 ]
