#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Proves by reading machine code that moving an event costs loads and stores
# and no more: what the headers of ring/ compile to, with the build's compiler
# and flags, has no locked instruction, no exchange with memory, no fence, no
# system call, and calls nothing but the slow paths of ring/, which in turn
# have none of that either.
set -u
cd "$(dirname "$0")/.." || exit 1
CC=${CC:-gcc}
CFLAGS=${CFLAGS:--O2 -g}

skip()
{
	echo "skipped: $1"
	exit 77
}
command -v objdump >/dev/null || skip "objdump is not installed"
case $($CC -dumpmachine) in
x86_64-*) ;;
*) skip "it can read x86-64 only" ;;
esac
case $CFLAGS in
*-fsanitize*) skip "sanitizers add calls" ;;
*-O[123s]*) ;;
*) skip "not optimized" ;;
esac

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

# Compiles $1, or standard input, to $dir/$2.o as the Makefile does.
compile()
{
	# shellcheck disable=SC2086 # flags are words
	$CC -std=gnu11 -Wall -Wextra -Werror -fno-strict-aliasing \
		-D_GNU_SOURCE -Itools/include -I. $CFLAGS -c -o "$dir/$2.o" \
		-x c "$1" && return
	failed=$((failed + 1))
	return 1
}

# Prints instructions of $1.o that wait for others.  Locks are a prefix, on a
# line of their own or not; an exchange with memory is locked without one.
costly()
{
	objdump -d --no-show-raw-insn "$dir/$1.o" |
		grep -E '[[:space:]](lock|mfence|lfence|sfence|syscall|int|cpuid)([[:space:]]|$)|[[:space:]]xchg[a-z]*[[:space:]].*\('
}

# Prints whom $1.o calls, or jumps to, other than what the rest names; what
# has no relocation goes through a register, and is nobody's slow path.
calls()
{
	object=$1
	shift
	objdump -dr --no-show-raw-insn "$dir/$object.o" | awk -v known="$*" '
		BEGIN { n = split(known, name, " ")
			while (n) allowed[name[n--]] = 1 }
		/[ \t](call|jmp) +\*/ { print }
		/R_X86_64_(PLT32|PC32|GOTPCREL)/ {
			to = $NF
			sub(/[-+]0x.*/, "", to)
			if (to !~ /^\./ && !(to in allowed)) print to
		}'
}

expect_nothing()
{
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '%s:\n%s\n' "$1" "$2" >&2
	fi
}

expect_something()
{
	if [ -n "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1 went unnoticed" >&2
	fi
}

# $1: name of the object, $2: slow paths, then the code.
look()
{
	compile - "$1" || return
	expect_nothing "ring/$1.h waits" "$(costly "$1")"
	# shellcheck disable=SC2086 # names are words
	expect_nothing "ring/$1.h calls" "$(calls "$1" $2)"
	expect_something "that ring/$1.h calls" "$(calls "$1")"
	compile "ring/$1.c" "$1-slow" || return
	expect_nothing "ring/$1.c waits" "$(costly "$1-slow")"
}

look ring "sl_ring_grow sl_ring_look sl_ring_clear" <<'END'
#include "ring/ring.h"
bool push(struct sl_ring *ring, void *event)
{
	return sl_ring_push(ring, event);
}
u32 push_batch(struct sl_ring *ring, void **event, u32 count)
{
	return sl_ring_push_batch(ring, event, count);
}
void *pop(struct sl_ring *ring)
{
	return sl_ring_pop(ring);
}
u32 pop_batch(struct sl_ring *ring, void **event, u32 count)
{
	return sl_ring_pop_batch(ring, event, count);
}
void *peek(struct sl_ring *ring, u32 ahead)
{
	return sl_ring_peek(ring, ahead);
}
bool ready(struct sl_ring *ring)
{
	return sl_ring_ready(ring);
}
u32 used(struct sl_ring *ring)
{
	return sl_ring_used(ring);
}
END

look line_ring "sl_line_grow sl_line_look" <<'END'
#include "ring/line_ring.h"
bool push(struct sl_line_tx *tx, const struct sl_line *line)
{
	return sl_line_push(tx, line);
}
u32 push_batch(struct sl_line_tx *tx, const struct sl_line *line, u32 count)
{
	return sl_line_push_batch(tx, line, count);
}
bool pop(struct sl_line_rx *rx, struct sl_line *line)
{
	return sl_line_pop(rx, line);
}
u32 pop_batch(struct sl_line_rx *rx, struct sl_line *line, u32 count)
{
	return sl_line_pop_batch(rx, line, count);
}
bool ready(const struct sl_line_rx *rx)
{
	return sl_line_ready(rx);
}
u32 used(const struct sl_line_tx *tx, const struct sl_line_rx *rx)
{
	return sl_line_used(tx, rx);
}
END

look broadcast "sl_broadcast_grow sl_broadcast_enter" <<'END'
#include "ring/broadcast.h"
bool push(struct sl_broadcast *ring, void *event)
{
	return sl_broadcast_push(ring, event);
}
u32 push_batch(struct sl_broadcast *ring, void **event, u32 count)
{
	return sl_broadcast_push_batch(ring, event, count);
}
u32 pop_batch(struct sl_broadcast *ring, u32 number, void **event, u32 count)
{
	return sl_broadcast_pop_batch(ring, number, event, count);
}
bool ready(struct sl_broadcast *ring, u32 number)
{
	return sl_broadcast_ready(ring, number);
}
END

# This test can fail: each of these must be seen.
notice()
{
	compile - bad || return
	expect_something "$1" "$($2 bad)"
}
notice "an atomic increment" costly <<'END'
void f(int *i);
void f(int *i) { __atomic_fetch_add(i, 1, __ATOMIC_RELAXED); }
END
notice "an exchange" costly <<'END'
int f(int *i);
int f(int *i) { return __atomic_exchange_n(i, 1, __ATOMIC_RELAXED); }
END
notice "a full barrier" costly <<'END'
#include <asm/barrier.h>
void f(void);
void f(void) { smp_mb(); }
END
notice "a call" calls <<'END'
#include <linux/slab.h>
void *f(void);
void *f(void) { return kvzalloc(64, GFP_KERNEL); }
END
notice "a call through a pointer" calls <<'END'
int f(int (*g)(void));
int f(int (*g)(void)) { return g() + 1; }
END

echo "$passed passed, $failed failed"
[ $failed = 0 ]
