#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves that programs can use pipelines/fuse.yaml as any file system: the tests
# of what they may expect pass on a mount, over every transport that there is;
# that it starts, stops and fails in one clear line; and that nothing is left.
set -u
cd "$(dirname "$0")/../.." || exit 1
SLUICE=${SLUICE:-$(pwd)/build/sluice}
tests=$(dirname "$SLUICE")/stages/fuse
[ -x "$SLUICE" ] || { echo "skipped: no $SLUICE"; exit 77; }
# What tests measure is nothing that anyone should know.
export SLUICE_KB=
[ -x "$tests/posix_names_test" ] || { echo "skipped: no $tests"; exit 77; }
if [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ]; then
	echo "skipped: no /dev/fuse, or not for this user"
	exit 77
fi

scratch=$(mktemp -d) || exit 1
files=$scratch/files mount=$scratch/mount server='' passed=0 failed=0
root=false
[ "$(id -u)" = 0 ] && root=true
clean()
{
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null
	wait
	umount -l "$mount" 2>/dev/null || fusermount3 -uzq "$mount" 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT
trap 'exit 1' INT TERM HUP

check()	# description, status wanted, status got
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: $3, expected $2" >&2
		cat "$scratch/log" >&2
	fi
}

says()	# what is to be in the log
{
	grep -qE "$1" "$scratch/log"
	check "it says '$1'" 0 $?
}

# Options of everybody; a later one wins.
run()	# options...
{
	set -- --set "fs.export=$files" --set "fuse.mountpoint=$mount" \
		--set fuse.uring=off --set "fs.key=$scratch/key" \
		--set "fs.persistent=$root" --set "fuse.allow_other=$root" "$@"
	exec "$SLUICE" run pipelines/fuse.yaml \
		--stats "$scratch/stats" "$@" >"$scratch/log" 2>&1
}

await()	# command...; waits until it holds
{
	tries=200
	until "$@" >/dev/null 2>&1 || [ $tries = 0 ]; do
		tries=$((tries - 1))
		sleep 0.05
	done
}

serve()	# options...
{
	: >"$scratch/log"
	(run "$@") &
	server=$!
	await grep -qE 'fuse runs|cannot start' "$scratch/log"
}

stop()
{
	kill "$server"
	wait "$server"
	check "it ends well" 0 $?
	server=
	grep -q " $mount " /proc/self/mountinfo
	check "nothing is mounted any more" 1 $?
}

refuses()	# what is to be said, options...
{
	words=$1
	shift
	(run "$@")
	check "it does not start" 1 $?
	says "$words"
	[ "$(grep -vc -e 'raise the limit' "$scratch/log")" = 2 ]
	check "in one line, and one of sluice's" 0 $?
}

try()	# test, directory, names in a large one
{
	timeout 120 "$tests/$1" "$2" "$3" >"$scratch/out" 2>&1
	check "$1 in $2: $(tail -n 3 "$scratch/out")" 0 $?
}

posix()	# names in a large directory, options...
{
	crowd=$1
	shift
	serve "$@"
	grep -q 'fuse runs' "$scratch/log"
	check "it starts" 0 $?
	try posix_names_test "$mount" "$crowd"
	try posix_files_test "$mount" "$crowd"
	find "$files/.sluice-removed" -type f 2>/dev/null | grep -q .
	check "nothing stays aside" 1 $?
	stop
	[ -z "$(ls -A "$files")" ]
	check "nothing is left in the export" 0 $?
}

chmod 755 "$scratch"
mkdir "$files" "$mount"
serve
if says_no=$(grep 'cannot mount' "$scratch/log"); then
	echo "skipped: ${says_no#*cannot mount}"
	exit 77
fi
stop

posix 10000
# Every request in pieces, few events, nothing remembered by the kernel.
posix 500 --set fuse.max_write=4K --set fuse.events=4 --set nfs.read_max=4K \
	--set fuse.entry_timeout=0s --set fuse.attr_timeout=0s
# Handles that are but places in a table.
posix 500 --set fs.persistent=false
posix 500 --set fuse.direct_io=true
$root && posix 500 --set 'nfs.core=1' --set 'fs.core=1' --set 'block.core=1'
if [ "$(cat /sys/module/fuse/parameters/enable_uring 2>/dev/null)" = Y ]; then
	posix 10000 --set fuse.uring=on
	posix 500 --set fuse.uring=on --set fuse.max_write=1M \
		--set fuse.event_bytes=1028K --set fuse.events=12
else
	refuses 'enable_uring is not Y|has no' --set fuse.uring=on
	serve --set fuse.uring=auto
	says 'not by io_uring: '
	stop
fi

# What others do on the host is seen; what is read-only is.
serve --set fuse.attr_timeout=0s --set fuse.entry_timeout=0s \
	--set fs.attributes=0s
echo one >"$files/f"
check "made on the host" one "$(cat "$mount/f")"
echo two, longer >"$files/f"
check "changed on the host" 'two, longer' "$(cat "$mount/f")"
rm "$files/f"
[ -e "$mount/f" ]
check "removed on the host" 1 $?
head -c 3000001 /dev/urandom >"$mount/large"
cmp -s "$mount/large" "$files/large"
check "what is written arrives" 0 $?
stop
serve --set fs.read_only=true
cp "$mount/large" "$scratch/copy" && cmp -s "$scratch/copy" "$files/large"
check "read-only files can be read" 0 $?
touch "$mount/new" 2>/dev/null
check "but nothing made" 1 $?
rm "$files/large"
stop

# It stops while it is used, and when it is unmounted.
serve
exec 8>"$mount/open"
kill "$server"
wait "$server"
check "in use, it ends well" 0 $?
server=
says 'is in use'
(echo late >&8) 2>/dev/null
check "its users get errors" 1 $?
exec 8>&-
rm -f "$files/open"
serve
fusermount3 -u "$mount" || umount "$mount"
wait "$server"
check "unmounted, it ends by itself" 0 $?
server=
says 'unmounted by somebody else'

# Killed, it leaves a mount that the next start takes away.
serve
kill -9 "$server"
wait "$server" 2>/dev/null
server=
ls "$mount" >/dev/null 2>&1
check "a dead mount" 2 $?
if $root; then
	serve
	says 'still mounted by a pipeline that is no more'
	ls "$mount" >/dev/null
	check "is replaced" 0 $?
	refuses 'mounted by another pipeline already'
	stop
else
	refuses 'Transport endpoint is not connected.*fusermount3 -u'
	fusermount3 -u "$mount"
fi

# More files than may be known.
mkdir "$files/many"
i=0
while [ $i -lt 40 ]; do
	: >"$files/many/$i"
	i=$((i + 1))
done
serve --set fuse.nodes=16
for i in "$mount"/many/*; do cat "$i"; done 2>"$scratch/out"
grep -q 'Too many open files in system' "$scratch/out"
check "too many files are refused" 0 $?
says 'so raise nodes'
ls "$mount" >/dev/null
check "the others go on" 0 $?
stop
rm -r "$files/many"

refuses 'is not there' --set "fuse.mountpoint=$scratch/none"
: >"$scratch/file"
refuses 'is not a directory' --set "fuse.mountpoint=$scratch/file"
mkdir "$files/in"
refuses 'is inside of the export' --set "fuse.mountpoint=$files/in"
refuses 'is inside of the export' --set "fuse.mountpoint=$files"
refuses 'no name for a mount' --set 'fuse.fsname=a,b'
refuses 'event_bytes 1052672 or more' --set fuse.max_write=1M
rmdir "$files/in"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
