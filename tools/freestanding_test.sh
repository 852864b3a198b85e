#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves by reading that the dual-target code is fit for the kernel: it asks
# nowhere what it is built for, includes none of the C library's headers, has
# no floating point, and includes run one way only.
set -u
cd "$(dirname "$0")/.." || exit 1

passed=0 failed=0

# $1: what must not be, $2: what was found.
expect_nothing()
{
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s:\n%s\n' "$1" "$2" >&2
	fi
}

# Sources are dual-target unless their names say that a process alone runs
# them; headers are if such a source includes them, at whatever remove.
sources=$(find ring membank sched stages -name '*.c' 2>/dev/null |
	  grep -Ev '_(user|test|fuzz)\.c$' | sort)
[ -n "$sources" ] || { echo "skipped: no sources"; exit 77; }
# shellcheck disable=SC2086 # names are words
while :; do
	more=$(sed -n 's/^#include "\(.*\)"$/\1/p' $sources | sort -u |
	       while read -r header; do
			case " $(echo "$sources" | tr '\n' ' ')" in
			*" $header "*) ;;
			*) echo "$header" ;;
			esac
	       done)
	[ -n "$more" ] || break
	sources="$sources
$more"
done

# shellcheck disable=SC2086 # names are words
look()
{
	grep -nE "$1" $sources /dev/null
}

expect_nothing "__KERNEL__ in dual-target code; make two bodies instead" \
	"$(look '__KERNEL__')"

expect_nothing "not a kernel header; add what is missing to tools/include" \
	"$(look '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' |
	   grep -Ev '<(linux|asm|asm-generic)/' |
	   grep -Ev '^[^:]*_kmod\.c:[0-9]+:.*<(net|uapi|kunit)/')"

expect_nothing "a header that only a process has, in dual-target code" \
	"$(look '^[[:space:]]*#[[:space:]]*include[[:space:]]*".*_user\.h"')"

expect_nothing "floating point, which the kernel has not" \
	"$(look '(^|[^[:alnum:]_*"])(float|double)[[:space:]*]+[a-z_*]+[[:space:]]*[;=,)]')"

expect_nothing "volatile; use READ_ONCE() and WRITE_ONCE()" \
	"$(look '(^|[^[:alnum:]_])volatile([^[:alnum:]_]|$)' |
	   grep -Ev '(asm|__asm__) +volatile|: *\*|/\*.*volatile')"

# ring <- membank <- stages, ring <- sched; nothing below knows what is above.
includes_of()
{
	grep -nE "^#include \"($2)/" "$1"/*.[ch] /dev/null 2>/dev/null |
		grep -Ev '_(user|test|fuzz)\.[ch]:'
}
expect_nothing "ring/ includes nothing of ours" \
	"$(includes_of ring 'membank|sched|stages|profiler|pipelines|bench')"
expect_nothing "membank/ includes ring/ alone" \
	"$(includes_of membank 'sched|stages|profiler|pipelines|bench')"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
