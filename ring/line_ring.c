// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "ring/line_ring.h"

static bool is_full(const struct sl_line *line, u32 mask, u32 position)
{
	/*
	 * A full line pairs with the release in sl_line_push(), an empty one
	 * with that in sl_line_pop().
	 */
	return smp_load_acquire(&line[position & mask].word[0]);
}

static bool are_usable(const struct sl_line *lines, u32 slots)
{
	return lines && !((unsigned long)lines % sizeof(*lines)) &&
	       sl_line_bytes(slots);
}

/**
 * sl_line_bytes() - how much memory a ring's lines take
 * @slots: number of lines, a power of two, at most SL_LINE_SLOTS_MAX
 *
 * Return: bytes of memory to share, or 0 if there is no such ring.
 */
size_t sl_line_bytes(u32 slots)
{
	if (!is_power_of_2(slots) || slots > SL_LINE_SLOTS_MAX)
		return 0;
	return slots * sizeof(struct sl_line);
}

/* A small ring has not so many lines to be on their way. */
static u32 ahead_of(u32 slots)
{
	return min_t(u32, slots / 8, SL_LINE_AHEAD);
}

static void start_tx(struct sl_line_tx *tx, struct sl_line *lines, u32 slots,
		     u32 head)
{
	*tx = (struct sl_line_tx){
		.line = lines,
		.mask = slots - 1,
		.head = head,
		.limit = head,
		.window = 1,
		.ahead = ahead_of(slots),
	};
}

static void start_rx(struct sl_line_rx *rx, struct sl_line *lines, u32 slots,
		     u32 tail)
{
	*rx = (struct sl_line_rx){
		.line = lines,
		.mask = slots - 1,
		.tail = tail,
		.limit = tail,
		.window = 1,
		.ahead = ahead_of(slots),
	};
}

/**
 * sl_line_tx_open() - become the producer of a new ring
 * @tx: producer's side, in private memory
 * @lines: memory of sl_line_bytes(), all of it 0, aligned to a line
 * @slots: number of lines, a power of two, at most SL_LINE_SLOTS_MAX
 *
 * Return: 0, or -EINVAL for such slots or such memory.
 */
int sl_line_tx_open(struct sl_line_tx *tx, struct sl_line *lines, u32 slots)
{
	if (!are_usable(lines, slots))
		return -EINVAL;
	start_tx(tx, lines, slots, 0);
	return 0;
}

/**
 * sl_line_rx_open() - become the consumer of a new ring
 * @rx: consumer's side, in private memory
 * @lines: memory of sl_line_bytes(), all of it 0, aligned to a line
 * @slots: number of lines, a power of two, at most SL_LINE_SLOTS_MAX
 *
 * Return: 0, or -EINVAL for such slots or such memory.
 */
int sl_line_rx_open(struct sl_line_rx *rx, struct sl_line *lines, u32 slots)
{
	if (!are_usable(lines, slots))
		return -EINVAL;
	start_rx(rx, lines, slots, 0);
	return 0;
}

/* How many lines in a row from this one on are full, and all others empty. */
static int count_full(const struct sl_line *lines, u32 slots, u32 from)
{
	u32 full, n;

	for (full = 0; full < slots; full++)
		if (!is_full(lines, slots - 1, from + full))
			break;
	for (n = full; n < slots; n++)
		if (is_full(lines, slots - 1, from + n))
			return -EPROTO;
	return full;
}

/**
 * sl_line_tx_resume() - become the producer in place of one that died
 * @tx: producer's side, in private memory
 * @lines: memory of the ring
 * @slots: number of its lines
 * @tail: the consumer's tail
 *
 * The old producer is dead for certain (it has been waited for, or its end
 * of a socket was closed), and the consumer stands still, as by itself it
 * does once it has emptied the ring.  The tags alone do not tell: in an empty
 * ring all lines look alike.
 *
 * Return: 0; -EINVAL for such slots or such memory; -EPROTO if no producer
 * and consumer that keep to the rules left the lines as they are.
 */
int sl_line_tx_resume(struct sl_line_tx *tx, struct sl_line *lines, u32 slots,
		      u32 tail)
{
	int full;

	if (!are_usable(lines, slots))
		return -EINVAL;
	full = count_full(lines, slots, tail);
	if (full < 0)
		return full;
	start_tx(tx, lines, slots, tail + full);
	return 0;
}

/**
 * sl_line_rx_resume() - become the consumer in place of one that died
 * @rx: consumer's side, in private memory
 * @lines: memory of the ring
 * @slots: number of its lines
 * @head: the producer's head
 *
 * The old consumer is dead for certain, and the producer stands still, as by
 * itself it does once the ring is full.  The tags alone do not tell: in a full
 * ring all lines look alike.
 *
 * Return: 0; -EINVAL for such slots or such memory; -EPROTO if no producer
 * and consumer that keep to the rules left the lines as they are.
 */
int sl_line_rx_resume(struct sl_line_rx *rx, struct sl_line *lines, u32 slots,
		      u32 head)
{
	u32 full;

	if (!are_usable(lines, slots))
		return -EINVAL;
	for (full = 0; full < slots; full++)
		if (!is_full(lines, slots - 1, head - full - 1))
			break;
	if (count_full(lines, slots, head - full) != (int)full)
		return -EPROTO;
	start_rx(rx, lines, slots, head - full);
	return 0;
}

/**
 * sl_line_find() - where the oldest message lies, if neither side lives
 * @lines: memory of the ring, which nobody uses now
 * @slots: number of its lines
 * @tail: set to what to give to sl_line_tx_resume(); the head of the side
 *	which that starts is what to give to sl_line_rx_resume()
 *
 * Return: 0; -EINVAL for such slots or such memory; -EPROTO if the tags do
 * not tell, as when more lines than one are all full.
 */
int sl_line_find(const struct sl_line *lines, u32 slots, u32 *tail)
{
	u32 from = 0;
	int full;

	if (!are_usable(lines, slots))
		return -EINVAL;
	/* Behind the last empty line, or at the first if there are no others. */
	while (from < slots && is_full(lines, slots - 1, from))
		from++;
	if (from == slots && slots > 1)
		return -EPROTO;
	while (from < slots && !is_full(lines, slots - 1, from))
		from++;
	from &= slots - 1;
	full = count_full(lines, slots, from);
	if (full < 0)
		return full;
	*tail = from;
	return 0;
}

/**
 * sl_line_tx_used() - how many messages wait, as far as a producer sees
 * @tx: producer's side
 *
 * Looks at some of the lines, so it is for the producer alone, and not for
 * every message.  The consumer clears in order: what it has taken and what it
 * has not meet at one line.
 *
 * Return: a number of messages between 0 and the ring's size.
 */
u32 sl_line_tx_used(const struct sl_line_tx *tx)
{
	u32 low = 0;
	u32 high = tx->mask + 1;

	while (low < high) {
		u32 middle = high - (high - low) / 2;

		if (is_full(tx->line, tx->mask, tx->head - middle))
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/**
 * sl_line_rx_used() - how many messages wait, as far as a consumer sees
 * @rx: consumer's side
 *
 * The counterpart of sl_line_tx_used(), for the consumer alone.
 *
 * Return: a number of messages between 0 and the ring's size.
 */
u32 sl_line_rx_used(const struct sl_line_rx *rx)
{
	u32 low = 0;
	u32 high = rx->mask + 1;

	while (low < high) {
		u32 middle = high - (high - low) / 2;

		if (is_full(rx->line, rx->mask, rx->tail + middle - 1))
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Sends for so many lines that are known to be one's own. */
static void send_for(struct sl_line *line, u32 mask, u32 from, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		prefetchw(&line[(from + i) & mask]);
}

/**
 * sl_line_grow() - look ahead for empty lines
 * @tx: producer's side that has no line left to send for, or none to fill
 *
 * The consumer clears in ascending order, so an empty line at the end of a
 * window means that the whole window is empty.  It looks twice: when there is
 * nothing more to send for, lest lines stop coming, and when it must.  The
 * window doubles while it is found empty, and halves if it is not: each line
 * looked at in vain is taken away from a consumer that is about to read and
 * clear it, and a producer that does this to all of them slows both down
 * threefold.
 *
 * Return: false if the ring is full.
 */
bool sl_line_grow(struct sl_line_tx *tx)
{
	u32 known = tx->limit - tx->head;
	u32 window = tx->window;
	u32 window_max = (tx->mask + 1) / 4;

	if (known && known != tx->ahead)
		return true;
	if (window > 1 || known) {
		if (!is_full(tx->line, tx->mask, tx->limit + window - 1)) {
			send_for(tx->line, tx->mask, tx->limit,
				 known ? 1 : min(window, tx->ahead + 1));
			tx->limit += window;
			if (window < window_max)
				tx->window = 2 * window;
			return true;
		}
		if (known)
			return true;
		tx->window = window / 2;
	}
	if (!is_full(tx->line, tx->mask, tx->head)) {
		tx->limit = tx->head + 1;
		if (window == 1 && window_max > 1)
			tx->window = 2;
		return true;
	}
	tx->window = 1;
	WRITE_ONCE(tx->full, tx->full + 1);
	return false;
}

/**
 * sl_line_look() - look ahead for messages
 * @rx: consumer's side that has no line left to send for, or none promised
 *
 * The counterpart of sl_line_grow().  A line known to be full can be sent for
 * without taking it away from a producer that is about to write it.
 *
 * Return: false if the ring is empty.
 */
bool sl_line_look(struct sl_line_rx *rx)
{
	u32 known = rx->limit - rx->tail;
	u32 window = rx->window;
	u32 window_max = (rx->mask + 1) / 8;

	if (known && known != rx->ahead)
		return true;
	if (window > 1 || known) {
		if (is_full(rx->line, rx->mask, rx->limit + window - 1)) {
			send_for(rx->line, rx->mask, rx->limit,
				 known ? 1 : min(window, rx->ahead + 1));
			rx->limit += window;
			if (window < window_max)
				rx->window = 2 * window;
			return true;
		}
		if (known)
			return true;
		rx->window = window / 2;
	}
	if (is_full(rx->line, rx->mask, rx->tail)) {
		rx->limit = rx->tail + 1;
		if (window == 1 && window_max > 1)
			rx->window = 2;
		return true;
	}
	rx->window = 1;
	WRITE_ONCE(rx->empty, rx->empty + 1);
	return false;
}
