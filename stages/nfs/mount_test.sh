#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves that a client which is not ours can use the server: libnfs lists,
# reads and writes a directory through pipelines/nfs.yaml, and what it gets is
# what is there.
set -u
cd "$(dirname "$0")/../.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
# What tests measure is nothing that anyone should know.
export SLUICE_KB=
for tool in nfs-ls nfs-cat nfs-cp; do
	command -v $tool >/dev/null || {
		echo "skipped: no $tool; tools/setup check installs it"
		exit 77
	}
done

scratch=$(mktemp -d) || exit 1
server='' passed=0 failed=0
trap 'kill $server 2>/dev/null; wait; rm -rf "$scratch"' EXIT

check()	# description, status wanted, status got
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: $3, expected $2" >&2
		cat "$scratch/log" "$scratch/err" >&2
	fi
}

# Everything is done as whoever runs this, so that it need not be root.
serve()	# options...
{
	: >"$scratch/log"
	"$SLUICE" run pipelines/nfs.yaml --set net.listen=127.0.0.1:0 \
		--set "fs.export=$scratch/export" --set rpc.squash=all \
		--set rpc.secure=false \
		--set "rpc.anonuid=$(id -u)" --set "rpc.anongid=$(id -g)" \
		"$@" >"$scratch/log" 2>&1 &
	server=$!
	tries=100
	until grep -q 'nfs runs' "$scratch/log" || [ $tries = 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
	port=$(sed -n 's/.*listens on port \([0-9]*\)$/\1/p' "$scratch/log")
	ports="nfsport=$port&mountport=$port"
}

refused()	# what, arguments of nfs-ls
{
	nfs nfs-ls "$2" >/dev/null && answer=0 || answer=1
	check "$1" 1 "$answer"
}

stop()
{
	kill $server
	wait $server
	check "the server ends well" 0 $?
	server=
}

nfs()	# tool, arguments...
{
	timeout 20 "$@" 2>"$scratch/err"
}

# A file's checksum, of the server's and of ours.
compare()	# path
{
	nfs nfs-cat "nfs://127.0.0.1//$1?$ports" | cksum >"$scratch/got"
	cksum <"$scratch/export/$1" | cmp -s - "$scratch/got"
	check "$1 is what it is" 0 $?
}

mkdir "$scratch/export" "$scratch/export/deep" "$scratch/export/deep/er" \
	"$scratch/export/many"
: >"$scratch/export/empty"
echo hello >"$scratch/export/small"
head -c 3000001 /dev/urandom >"$scratch/export/large"
head -c 65536 /dev/urandom >"$scratch/export/deep/er/file"
i=0
while [ $i -lt 700 ]; do
	: >"$scratch/export/many/a-name-that-is-not-short-$i"
	i=$((i + 1))
done

serve
[ -n "$port" ]
check "the server starts" 0 $?

nfs nfs-ls "nfs://127.0.0.1/?$ports" | awk '{ print $5, $6 }' | sort \
	>"$scratch/got"
(cd "$scratch/export" && stat -c '%s %n' ./* | sed 's, ./, ,' | sort) |
	cmp -s - "$scratch/got"
check "the root is listed" 0 $?
nfs nfs-ls "nfs://127.0.0.1/many?$ports" | awk '{ print $6 }' | sort \
	>"$scratch/got"
(cd "$scratch/export/many" && printf '%s\n' * | sort) | cmp -s - "$scratch/got"
check "700 names are listed" 0 $?
compare small
compare empty
compare large
compare deep/er/file

nfs nfs-cp "$scratch/export/large" \
	"nfs://127.0.0.1//deep/copy?$ports" >/dev/null
check "nfs-cp to the server" 0 $?
cmp -s "$scratch/export/large" "$scratch/export/deep/copy"
check "the copy is the same" 0 $?
nfs nfs-cp "nfs://127.0.0.1//deep/copy?$ports" "$scratch/back" >/dev/null
cmp -s "$scratch/export/large" "$scratch/back"
check "and the copy of that" 0 $?
refused "what is not there cannot be mounted" \
	"nfs://127.0.0.1/nowhere?$ports"
refused "nor what is no directory" "nfs://127.0.0.1/small?$ports"
stop

# Under another name; and to nobody who is not listed.
serve --set rpc.path=/srv/files
nfs nfs-ls "nfs://127.0.0.1/srv/files/deep?$ports" | grep -q ' er$'
check "it is mounted by its name" 0 $?
refused "and by no other" "nfs://127.0.0.1/deep?$ports"
stop
serve --set rpc.clients=10.0.0.0/8
refused "strangers are refused" "nfs://127.0.0.1/?$ports"
stop

# Many small pieces in flight, few events: nothing is lost.
serve --set rpc.events=4 --set rpc.calls_max=2 --set net.event_bytes=4K
compare large
nfs nfs-cp "$scratch/export/large" "nfs://127.0.0.1//slow?$ports" >/dev/null
cmp -s "$scratch/export/large" "$scratch/export/slow"
check "a copy with four events" 0 $?
stop

echo "$passed passed, $failed failed"
[ $failed = 0 ]
