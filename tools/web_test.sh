#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# The dashboard's port as strangers meet it: what it serves, what it refuses,
# whom it lets wait, and that none of that disturbs the pipeline.  Then the
# page in a real browser, if there is one.
set -u
cd "$(dirname "$0")/.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
# What tests measure is nothing that anyone should know.
export SLUICE_KB=
command -v curl >/dev/null || { echo "skipped: no curl"; exit 77; }

scratch=$(mktemp -d) || exit 1
trap 'kill $pids 2>/dev/null; wait; rm -rf "$scratch"' EXIT
pids='' passed=0 failed=0

check()	# description, command...
{
	what=$1
	shift
	if "$@" >"$scratch/check" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$what" >&2
		head -n 5 "$scratch/check" "$scratch/err" "$scratch/body" >&2
	fi
}

lacks()	# pattern, file
{
	! grep -nE "$1" "$2"
}

get()	# path, curl's options...; the body is in body, the status in status
{
	path=$1
	shift
	curl -s -m 20 -D "$scratch/head" -o "$scratch/body" "$@" \
		"http://$address$path"
	status=$(awk 'NR == 1 { print $2 }' "$scratch/head")
}

# Runs until a line says where the dashboard is; that goes to $address.
await()	# file
{
	tries=200
	address=
	while [ -z "$address" ] && [ $tries -gt 0 ]; do
		address=$(sed -n 's,.*dashboard at http://\(.*\)/$,\1,p' "$1")
		tries=$((tries - 1))
		[ -n "$address" ] || sleep 0.1
	done
	check "no dashboard: $(cat "$1")" [ -n "$address" ]
}

"$SLUICE" run pipelines/chain.yaml --set pipeline=web$$ --web 127.0.0.1:0 \
	2>"$scratch/err" & pid=$!
pids=$pid
await "$scratch/err"

get /;	check "GET /: $status" [ "$status" = 200 ]
check "the page" grep -q '<title>sluice</title>' "$scratch/body"
check "a policy that keeps scripts out" \
	grep -qi "^content-security-policy: default-src 'none'; script-src 'self'" "$scratch/head"
# It asks nobody else, and has nothing inline that the policy would forbid.
check "nothing from elsewhere" lacks 'https?://| style=| on[a-z]+=' "$scratch/body"
for file in page.css page.js graph.js history.js chart.js icon.svg; do
	get "/$file"
	check "GET /$file: $status" [ "$status" = 200 ]
	check "/$file has something in it" [ -s "$scratch/body" ]
done
get /api/stats.json
check "stats: $status" [ "$status" = 200 ]
check "stats of this pipeline" grep -q "\"pipeline\":\"web$$\"" "$scratch/body"
if command -v python3 >/dev/null; then
	check "stats are JSON" python3 -c 'import json, sys
one = json.load(open(sys.argv[1]))
assert len(one["stages"]) == 7 and len(one["links"]) == 12
assert one["layout"]["columns"] == 7' "$scratch/body"
	get /api/history.json
	check "history is JSON" python3 -c 'import json, sys
one = json.load(open(sys.argv[1]))
assert len(one["rate"]) == 7' "$scratch/body"
fi
get /metrics
check "its type" grep -qi '^content-type: application/openmetrics-text; version=1.0.0' "$scratch/head"
check "its end" [ "$(tail -n 1 "$scratch/body")" = "# EOF" ]
get / -I;	check "HEAD /: $status" [ "$status" = 200 ]

# Two reports over one connection, in the form of server-sent events.
curl -sN -m 10 "http://$address/events" 2>/dev/null |
	awk '/^data: {.*}$/ && ++n == 2 { exit } { print }' >"$scratch/events"
check "events" grep -q '^data: {"state":"running"' "$scratch/events"
check "events are numbered" grep -q '^id: [0-9]' "$scratch/events"

# Looking only, at what there is, from here.
for method in POST PUT DELETE OPTIONS; do
	get / -X $method -d x=1
	check "$method: $status" [ "$status" = 405 ]
done
get /nothing;	check "GET /nothing: $status" [ "$status" = 404 ]
get /../../etc/passwd --path-as-is
check "GET /../: $status" [ "$status" = 404 ]
get / -H 'Host: evil.example'
check "another name: $status" [ "$status" = 421 ]
get / -H "X: $(head -c 60000 /dev/zero | tr '\0' x)"
check "a large head: $status" [ "${status:-431}" -ge 400 ]

# Rubbish, and a hundred that connect and say nothing: it goes on.
if command -v python3 >/dev/null; then
	check "strangers" python3 -c 'import socket, sys
host, port = sys.argv[1].split(":")
crowd = []
for i in range(100):
    s = socket.create_connection((host, int(port)), 10)
    s.settimeout(10)
    crowd.append(s)
    try:
        if i % 3 == 0: s.sendall(b"GET / HT")
        if i % 3 == 1: s.sendall(bytes(range(256)) * 20 + b"\r\n\r\n")
    except OSError:
        pass
# A browser that vanishes in the middle of a stream.
for s in crowd: s.close()
for i in range(10):
    s = socket.create_connection((host, int(port)), 10)
    s.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    s.recv(10)
    s.close()' "$address"
fi
get /metrics;	check "after all that: $status" [ "$status" = 200 ]

# A port that is taken, and addresses that are none: one line each.
for listen in "$address" nonsense 127.0.0.1:99999 :; do
	timeout 20 "$SLUICE" web "web$$" --listen "$listen" 2>"$scratch/err2"
	check "web --listen $listen: status $?" [ $? = 1 ]
	check "one line: $(cat "$scratch/err2")" \
		[ "$(wc -l <"$scratch/err2")" = 1 ]
done
timeout 20 "$SLUICE" run pipelines/chain.yaml --seconds 20 --web "$address" \
	2>"$scratch/err2"
check "run --web where it is taken: status $?" [ $? = 1 ]

# The same from outside; and from a recording.
"$SLUICE" web "web$$" --listen 127.0.0.1:0 2>"$scratch/err3" & outside=$!
pids="$pids $outside"
"$SLUICE" record "web$$" -o "$scratch/run.rec" --seconds 1 --summary \
	>"$scratch/summary" 2>"$scratch/err2"
check "record: $(cat "$scratch/err2")" grep -q '"name":"s3"' "$scratch/summary"
await "$scratch/err3"
get /api/stats.json
check "from outside" grep -q "\"pipeline\":\"web$$\"" "$scratch/body"

# A browser shows every stage and finds nothing to complain of.
if command -v chromium >/dev/null; then
	timeout 60 chromium --headless --no-sandbox --disable-gpu \
		--disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync \
		--enable-logging=stderr --user-data-dir="$scratch/profile" \
		--virtual-time-budget=3000 --dump-dom \
		"http://$address/?still" >"$scratch/dom" 2>"$scratch/log"
	browser=$?
else
	browser=none
fi
case $browser in
none)	echo "no browser: the page itself was not tried" >&2 ;;
124)	echo "the browser was too slow: the page was not tried" >&2 ;;
*)
	for stage in source s1 s2 s3 s4 s5 sink; do
		check "$stage in the picture" grep -q \
			"aria-label=\"$stage, cpu [01], " "$scratch/dom"
		check "$stage in the table" grep -q \
			"<th scope=\"row\">$stage</th>" "$scratch/dom"
	done
	check "its title" grep -q "<title>web$$: .* sluice</title>" "$scratch/dom"
	check "its state" grep -q 'data-state="running">running<' "$scratch/dom"
	check "no complaint" lacks CONSOLE "$scratch/log"
	;;
esac

kill -TERM $pid
wait $pid
check "run ends: status $?" [ $? = 0 ]
get /api/stats.json
tries=20
get /api/stats.json
while [ $tries -gt 0 ] && lacks '"state":"ended"' "$scratch/body" >/dev/null; do
	tries=$((tries - 1))
	sleep 0.3
	get /api/stats.json
done
check "what has ended is shown as such" grep -q '"state":"ended"' "$scratch/body"
kill -TERM $outside
wait $outside
check "web ends: status $?" [ $? = 0 ]

"$SLUICE" replay "$scratch/run.rec" --json >"$scratch/out" 2>"$scratch/err2"
check "replay --json" grep -q '"links":\[{' "$scratch/out"
"$SLUICE" top "$scratch/run.rec" --json >"$scratch/out" 2>"$scratch/err2"
check "top FILE --json" [ "$(wc -l <"$scratch/out")" -ge 2 ]
"$SLUICE" replay "$scratch/run.rec" --plain >"$scratch/out" 2>"$scratch/err2"
check "replay --plain" grep -q '^s3 ' "$scratch/out"
size=$(wc -c <"$scratch/run.rec")
head -c $((size - 7)) "$scratch/run.rec" >"$scratch/cut.rec"
"$SLUICE" replay "$scratch/cut.rec" --json >"$scratch/out" 2>"$scratch/err2"
check "cut off: one line" [ "$(wc -l <"$scratch/err2")" = 1 ]
check "cut off: what is whole" grep -q '"name":"s3"' "$scratch/out"
head -c 100 "$scratch/run.rec" >"$scratch/cut.rec"
"$SLUICE" replay "$scratch/cut.rec" 2>"$scratch/err2"
check "nothing whole: status $?" [ $? = 1 ]
check "nothing whole: one line" [ "$(wc -l <"$scratch/err2")" = 1 ]

pids=
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
