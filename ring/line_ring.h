/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A ring of messages of one cache line each, by value, for exactly one
 * producer and one consumer that need not trust each other.
 *
 * What they share is an array of lines and nothing else.  The first word of
 * a line is its tag, and a line whose tag is 0 is empty.  So the handshake
 * travels with the message, and there is no index to share (the channels of
 * URPC and Barrelfish, with the empty slots of FastForward).  Positions,
 * limits and the size stay in private memory on either side: the other side
 * may scribble over the lines as it likes, and can make the ring look full
 * or empty or deliver rubbish, but no more than that.
 *
 *   sl_line_push(), sl_line_push_batch()  producer only, never wait
 *   sl_line_pop(), sl_line_pop_batch()    consumer only, never wait
 *   sl_line_ready()                       consumer only
 *   sl_line_used()                        anyone who sees both sides
 *   sl_line_tx_used(), sl_line_rx_used()  a side that sees its own only
 *
 * The lines may be mapped at different addresses: by processes, by guests,
 * by a process and the kernel.  Each word of a message is read from there
 * once, into the consumer's copy: what was checked there is what is used.
 *
 * If a process that is one side is killed, another may take its place.  The
 * side that lives stands still and tells its position, the head or the tail;
 * sl_line_tx_resume() or sl_line_rx_resume() finds the other by the tags.
 * What is promised then:
 *
 *   - A message whose push returned is not lost, and order is kept.
 *   - A message that was being pushed is there whole, or not at all.  The new
 *     producer cannot tell by the ring which; if it must know, the messages
 *     want numbers.
 *   - No message is returned by two pops.  What the dead consumer had popped
 *     died with it: at most the one, or the one batch, that it was popping,
 *     and whatever it had not yet dealt with.
 */
#ifndef SL_LINE_RING_H
#define SL_LINE_RING_H

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/prefetch.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define SL_LINE_WORDS		8
#define SL_LINE_SLOTS_MAX	(1u << 24)

/* Lines on their way at a time; fewer starve, more gained nothing. */
#define SL_LINE_AHEAD		24

/* Lines that a batch reads before it clears them, while they are at hand. */
#define SL_LINE_CHUNK		8

/* The first word is the tag, which is never 0 in a message. */
struct sl_line {
	u64 word[SL_LINE_WORDS];
} ____cacheline_aligned;

/* The producer's side, in memory that it alone writes. */
struct sl_line_tx {
	struct sl_line *line;	/* constant, as is mask */
	u32 mask;
	u32 head;		/* published for observers */
	u32 limit;		/* lines before this one are known empty */
	u32 window;		/* how far to look for the next limit */
	u32 ahead;		/* constant: how far to send for lines */
	u64 full;		/* pushes that found no room */
	u64 refused;		/* pushes of a message whose tag is 0 */
} ____cacheline_aligned;

/* The consumer's side, in memory that it alone writes. */
struct sl_line_rx {
	struct sl_line *line;	/* constant, as is mask */
	u32 mask;
	u32 tail;		/* published for observers */
	u32 limit;		/* lines before this one were promised full */
	u32 window;		/* how far to look for the next limit */
	u32 ahead;		/* constant: how far to send for lines */
	u32 fetch;		/* the same within a batch; falls as it runs dry */
	u64 empty;		/* pops that found nothing */
	u64 malformed;		/* promised lines that turned out empty */
} ____cacheline_aligned;

static_assert(sizeof(struct sl_line) == 64, "a message is one line");
static_assert(sizeof(struct sl_line_tx) % L1_CACHE_BYTES == 0 &&
		      sizeof(struct sl_line_rx) % L1_CACHE_BYTES == 0,
	      "the sides share no line");

size_t sl_line_bytes(u32 slots);
int sl_line_tx_open(struct sl_line_tx *tx, struct sl_line *lines, u32 slots);
int sl_line_rx_open(struct sl_line_rx *rx, struct sl_line *lines, u32 slots);
int sl_line_tx_resume(struct sl_line_tx *tx, struct sl_line *lines, u32 slots,
		      u32 tail);
int sl_line_rx_resume(struct sl_line_rx *rx, struct sl_line *lines, u32 slots,
		      u32 head);
int sl_line_find(const struct sl_line *lines, u32 slots, u32 *tail);
u32 sl_line_tx_used(const struct sl_line_tx *tx);
u32 sl_line_rx_used(const struct sl_line_rx *rx);
bool sl_line_grow(struct sl_line_tx *tx);
bool sl_line_look(struct sl_line_rx *rx);

/**
 * sl_line_write() - put a message, but for its tag, into a line
 * @slot: line of the ring
 * @line: message, in private memory
 *
 * Word by word and without a loop: a message that was written just before may
 * stay in registers then, while a vector could be read back from memory only
 * after its words have left the store buffer.
 */
static inline void sl_line_write(struct sl_line *slot,
				 const struct sl_line *line)
{
	WRITE_ONCE(slot->word[1], line->word[1]);
	WRITE_ONCE(slot->word[2], line->word[2]);
	WRITE_ONCE(slot->word[3], line->word[3]);
	WRITE_ONCE(slot->word[4], line->word[4]);
	WRITE_ONCE(slot->word[5], line->word[5]);
	WRITE_ONCE(slot->word[6], line->word[6]);
	WRITE_ONCE(slot->word[7], line->word[7]);
}

#ifdef __SSE2__
/* The compiler may use vectors, as in the kernel it may not. */
typedef u64 sl_line_pair __attribute__((__vector_size__(16), __may_alias__));

/**
 * sl_line_copy() - copy a message but for its tag
 * @to: where to; it or @from is a line of the ring
 * @from: where from; each word of it is read once
 *
 * Vectors of four words gained nothing over these of two.  The accesses are
 * plain: it is the tag that orders them, and a race detector shall see it.
 */
static inline void sl_line_copy(struct sl_line *to, const struct sl_line *from)
{
	const sl_line_pair *source = (const sl_line_pair *)from;
	sl_line_pair *target = (sl_line_pair *)to;
	u64 word = from->word[1];
	sl_line_pair a = source[1];
	sl_line_pair b = source[2];
	sl_line_pair c = source[3];

	/* What has been read must not be read again for want of registers. */
	barrier();
	to->word[1] = word;
	target[1] = a;
	target[2] = b;
	target[3] = c;
}
#else
static inline void sl_line_copy(struct sl_line *to, const struct sl_line *from)
{
	WRITE_ONCE(to->word[1], READ_ONCE(from->word[1]));
	WRITE_ONCE(to->word[2], READ_ONCE(from->word[2]));
	WRITE_ONCE(to->word[3], READ_ONCE(from->word[3]));
	WRITE_ONCE(to->word[4], READ_ONCE(from->word[4]));
	WRITE_ONCE(to->word[5], READ_ONCE(from->word[5]));
	WRITE_ONCE(to->word[6], READ_ONCE(from->word[6]));
	WRITE_ONCE(to->word[7], READ_ONCE(from->word[7]));
}
#endif

/**
 * sl_line_push() - copy a message into the ring
 * @tx: producer's side
 * @line: message, in private memory; its tag is not 0
 *
 * Return: true on success, false if the ring is full or the tag is 0.
 */
static inline bool sl_line_push(struct sl_line_tx *tx,
				const struct sl_line *line)
{
	u32 head = tx->head;
	struct sl_line *slot = &tx->line[head & tx->mask];
	u64 tag = line->word[0];

	if (unlikely(!tag)) {
		WRITE_ONCE(tx->refused, tx->refused + 1);
		return false;
	}
	if (likely(tx->limit - head > tx->ahead))
		prefetchw(&tx->line[(head + tx->ahead) & tx->mask]);
	else if (!sl_line_grow(tx))
		return false;
	sl_line_write(slot, line);
	/* Publishes the other words; pairs with sl_line_pop(). */
	smp_store_release(&slot->word[0], tag);
	WRITE_ONCE(tx->head, head + 1);
	return true;
}

/**
 * sl_line_push_batch() - copy several messages into the ring, in order
 * @tx: producer's side
 * @line: messages, in private memory; their tags are not 0
 * @count: how many
 *
 * Return: how many went in, from the front.  The next one found no room, or
 * its tag is 0.
 */
static inline u32 sl_line_push_batch(struct sl_line_tx *tx,
				     const struct sl_line *line, u32 count)
{
	u32 head = tx->head;
	u32 done = 0;

	while (done < count) {
		struct sl_line *slot = &tx->line[head & tx->mask];
		u64 tag = line[done].word[0];

		if (unlikely(!tag)) {
			WRITE_ONCE(tx->refused, tx->refused + 1);
			break;
		}
		if (likely(tx->limit - head > tx->ahead)) {
			prefetchw(&tx->line[(head + tx->ahead) & tx->mask]);
		} else {
			WRITE_ONCE(tx->head, head);
			if (!sl_line_grow(tx))
				break;
		}
		sl_line_copy(slot, &line[done]);
		/* Pairs with sl_line_pop() and sl_line_pop_batch(). */
		smp_store_release(&slot->word[0], tag);
		head++;
		done++;
	}
	WRITE_ONCE(tx->head, head);
	return done;
}

/**
 * sl_line_ready() - is there something to pop
 * @rx: consumer's side
 */
static inline bool sl_line_ready(const struct sl_line_rx *rx)
{
	return READ_ONCE(rx->line[rx->tail & rx->mask].word[0]);
}

/**
 * sl_line_pop() - copy the oldest message out of the ring
 * @rx: consumer's side
 * @line: private memory for the message; left alone if there is none
 *
 * Return: true if there was a message; its tag is not 0.
 */
static inline bool sl_line_pop(struct sl_line_rx *rx, struct sl_line *line)
{
	u32 tail = rx->tail;
	struct sl_line *slot = &rx->line[tail & rx->mask];
	u64 tag;

	if (likely(rx->limit - tail > rx->ahead))
		prefetchw(&rx->line[(tail + rx->ahead) & rx->mask]);
	else if (!sl_line_look(rx))
		return false;

	/* Pairs with the release in sl_line_push(). */
	tag = smp_load_acquire(&slot->word[0]);
	if (unlikely(!tag)) {
		/* The limit is a guess about what the other side does. */
		WRITE_ONCE(rx->malformed, rx->malformed + 1);
		rx->limit = tail;
		return false;
	}
	line->word[0] = tag;
	sl_line_copy(line, slot);
	/*
	 * The line has been read; pairs with the look ahead of the producer.
	 * Clearing the other words as well costs stores and buys nothing.
	 */
	smp_store_release(&slot->word[0], 0);
	WRITE_ONCE(rx->tail, tail + 1);
	return true;
}

/**
 * sl_line_pop_batch() - copy the oldest messages out of the ring, in order
 * @rx: consumer's side
 * @line: private memory for so many messages
 * @count: how many at most
 *
 * Return: how many were taken; 0 if the ring is empty.
 */
static inline u32 sl_line_pop_batch(struct sl_line_rx *rx,
				    struct sl_line *line, u32 count)
{
	/* Lines that are read but not yet cleared must not be met again. */
	u32 chunk = rx->mask < SL_LINE_CHUNK ? rx->mask + 1 : SL_LINE_CHUNK;
	u32 ahead = rx->fetch;
	u32 tail = rx->tail;
	u32 done = 0;
	u32 cleared = 0;
	u64 tag = 1;

	while (tag && done < count) {
		u32 end = count - done > chunk ? done + chunk : count;

		for (; done < end; done++) {
			struct sl_line *slot =
				&rx->line[(tail + done) & rx->mask];

			/* Pairs with the release in sl_line_push(). */
			tag = smp_load_acquire(&slot->word[0]);
			if (!tag)
				break;
			prefetch(&rx->line[(tail + done + ahead) & rx->mask]);
			/* Lines not yet written had better be left alone. */
			if (ahead < rx->ahead)
				ahead++;
			line[done].word[0] = tag;
			sl_line_copy(&line[done], slot);
		}
		for (; cleared < done; cleared++)
			/* Pairs with the look ahead of the producer. */
			smp_store_release(
				&rx->line[(tail + cleared) & rx->mask].word[0],
				0);
	}
	if (!tag)
		ahead /= 2;
	if (!tag && !done)
		WRITE_ONCE(rx->empty, rx->empty + 1);
	rx->fetch = ahead;
	rx->limit = tail + done;
	WRITE_ONCE(rx->tail, tail + done);
	return done;
}

/**
 * sl_line_used() - how many messages wait in the ring
 * @tx: producer's side
 * @rx: consumer's side of the same ring
 *
 * Racy by design, as sl_ring_used() is.
 *
 * Return: a number of messages between 0 and the ring's size.
 */
static inline u32 sl_line_used(const struct sl_line_tx *tx,
			       const struct sl_line_rx *rx)
{
	/* Pairs with nothing: it only keeps the two loads in this order. */
	u32 tail = smp_load_acquire(&rx->tail);
	u32 used = READ_ONCE(tx->head) - tail;

	if (unlikely((s32)used < 0))
		return 0;
	return used <= tx->mask ? used : tx->mask + 1;
}

#endif /* SL_LINE_RING_H */
