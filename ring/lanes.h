/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Moves of a whole cache line of slots at a time.
 *
 * A line costs eight scalar moves, or four of 16 bytes where the compiler may
 * use vector registers, which in the kernel it may not.  Aligned moves of 16
 * bytes are atomic on every x86 that has AVX (Intel SDM volume 3, 9.1.1; AMD64
 * APM volume 2, 7.3.2), stores become visible in order, and a load is not
 * overtaken by a later one: so eight slots filled by four stores are seen to
 * fill from the first to the last, as if stored one by one.  Wider stores
 * promise no such thing.
 *
 * ThreadSanitizer sees slots as it sees all else, one by one; so does whoever
 * defines SL_LANES_SCALAR, to measure what the kernel gets.
 */
#ifndef SL_LANES_H
#define SL_LANES_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define SL_LANES	8u	/* slots of a cache line */

#ifndef __has_feature		/* clang's; gcc says it with a macro */
#define __has_feature(name)	0
#endif

#if defined(__SSE2__) && !defined(SL_LANES_SCALAR) && \
	!defined(__SANITIZE_THREAD__) && !__has_feature(thread_sanitizer)

typedef u64 sl_pair __attribute__((__vector_size__(16), __may_alias__));
typedef u64 sl_loose_pair
	__attribute__((__vector_size__(16), __may_alias__, __aligned__(8)));

/* As a release of each slot in turn: neither compiler nor CPU reorders. */
static inline void sl_lanes_fill(void **slot, void *const *from)
{
	/* By halves: who stored them one by one would wait for a wider load. */
	sl_pair a = { (u64)from[0], (u64)from[1] };
	sl_pair b = { (u64)from[2], (u64)from[3] };
	sl_pair c = { (u64)from[4], (u64)from[5] };
	sl_pair d = { (u64)from[6], (u64)from[7] };

	asm volatile("movdqa %4, %0\n\t"
		     "movdqa %5, %1\n\t"
		     "movdqa %6, %2\n\t"
		     "movdqa %7, %3"
		     : "=m"(((sl_pair *)slot)[0]), "=m"(((sl_pair *)slot)[1]),
		       "=m"(((sl_pair *)slot)[2]), "=m"(((sl_pair *)slot)[3])
		     : "x"(a), "x"(b), "x"(c), "x"(d)
		     : "memory");
}

/* Takes eight full slots; whoever calls has acquired them already. */
static inline void sl_lanes_take(void **to, void *const *slot)
{
	sl_loose_pair *value = (void *)to;
	const sl_pair *from = (const void *)slot;
	sl_pair a, b, c, d;

	barrier();
	a = from[0];
	b = from[1];
	c = from[2];
	d = from[3];
	value[0] = a;
	value[1] = b;
	value[2] = c;
	value[3] = d;
	barrier();
}

static inline void sl_lanes_clear(void **slot)
{
	sl_pair zero = { 0, 0 };

	asm volatile("movdqa %4, %0\n\t"
		     "movdqa %4, %1\n\t"
		     "movdqa %4, %2\n\t"
		     "movdqa %4, %3"
		     : "=m"(((sl_pair *)slot)[0]), "=m"(((sl_pair *)slot)[1]),
		       "=m"(((sl_pair *)slot)[2]), "=m"(((sl_pair *)slot)[3])
		     : "x"(zero)
		     : "memory");
}

#else

static inline void sl_lanes_fill(void **slot, void *const *from)
{
	u32 i;

	for (i = 0; i < SL_LANES; i++)
		/* Pairs with sl_ring_look(). */
		smp_store_release(&slot[i], from[i]);
}

static inline void sl_lanes_take(void **to, void *const *slot)
{
	u32 i;

	for (i = 0; i < SL_LANES; i++)
		to[i] = READ_ONCE(slot[i]);
}

static inline void sl_lanes_clear(void **slot)
{
	u32 i;

	for (i = 0; i < SL_LANES; i++)
		/* Pairs with sl_ring_grow(). */
		smp_store_release(&slot[i], NULL);
}

#endif

#endif /* SL_LANES_H */
