// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * MCRingBuffer (Lee et al., IPDPS 2010): each side works with a copy of the
 * other's index, looks at the real one only when the copy says full or empty,
 * and publishes its own index once in a batch.
 *
 * Hence items of an unfinished batch are not seen.  A user who has no more to
 * send flushes, and one who waits for an answer makes batches of one; so do
 * the loops here.
 */
#include <linux/kernel.h>
#include <asm/barrier.h>

#include "bench/race_peers.h"

/* For the user to choose; smaller ones are slower, larger ones no faster. */
#define BATCH_MAX	128

struct mcringbuffer {
	/* Shared: what each side has published. */
	u64 write SL_RACE_APART;
	u64 read SL_RACE_APART;
	/* The producer's. */
	u64 next_write SL_RACE_APART;
	u64 local_read;
	u64 unwritten;		/* items not yet published */
	u64 write_batch;
	/* The consumer's. */
	u64 next_read SL_RACE_APART;
	u64 local_write;
	u64 unread;
	/* Constant. */
	u64 mask SL_RACE_APART;
	u64 batch;
	/* Items, or lines. */
	u64 slot[] SL_RACE_APART;
};

static struct mcringbuffer *make(u32 slots, size_t slot_bytes)
{
	struct mcringbuffer *queue =
		sl_race_memory(sizeof(*queue) + slots * slot_bytes);

	if (!queue)
		return NULL;
	queue->mask = slots - 1;
	/* Two unfinished batches must not fill the ring: all would wait. */
	queue->batch = min_t(u64, BATCH_MAX, max_t(u64, slots / 4, 1));
	queue->write_batch = queue->batch;
	return queue;
}

static void *create(u32 slots)
{
	return make(slots, sizeof(u64));
}

static void *create_lines(u32 slots)
{
	return make(slots, sizeof(struct sl_race_line));
}

static inline bool has_room(struct mcringbuffer *queue)
{
	if (queue->next_write - queue->local_read <= queue->mask)
		return true;
	/* Pairs with the release in did_read(). */
	queue->local_read = smp_load_acquire(&queue->read);
	return queue->next_write - queue->local_read <= queue->mask;
}

static inline void flush(struct mcringbuffer *queue)
{
	queue->unwritten = 0;
	/* Publishes the batch's slots; pairs with has_item(). */
	smp_store_release(&queue->write, queue->next_write);
}

static inline void did_write(struct mcringbuffer *queue)
{
	queue->next_write++;
	if (++queue->unwritten >= queue->write_batch)
		flush(queue);
}

static inline bool has_item(struct mcringbuffer *queue)
{
	if (queue->next_read != queue->local_write)
		return true;
	/* Pairs with the release in flush(). */
	queue->local_write = smp_load_acquire(&queue->write);
	return queue->next_read != queue->local_write;
}

static inline void did_read(struct mcringbuffer *queue)
{
	queue->next_read++;
	if (++queue->unread < queue->batch)
		return;
	queue->unread = 0;
	/* Frees the batch's slots; pairs with has_room(). */
	smp_store_release(&queue->read, queue->next_read);
}

static inline bool push(struct mcringbuffer *queue, u64 item)
{
	if (!has_room(queue))
		return false;
	queue->slot[queue->next_write & queue->mask] = item;
	did_write(queue);
	return true;
}

static inline u64 pop(struct mcringbuffer *queue)
{
	u64 item;

	if (!has_item(queue))
		return 0;
	item = queue->slot[queue->next_read & queue->mask];
	did_read(queue);
	return item;
}

static inline bool push_line(struct mcringbuffer *queue,
			     const struct sl_race_line *line)
{
	struct sl_race_line *slot = (void *)queue->slot;

	if (!has_room(queue))
		return false;
	slot[queue->next_write & queue->mask] = *line;
	did_write(queue);
	return true;
}

static inline bool pop_line(struct mcringbuffer *queue,
			    struct sl_race_line *line)
{
	struct sl_race_line *slot = (void *)queue->slot;

	if (!has_item(queue))
		return false;
	*line = slot[queue->next_read & queue->mask];
	did_read(queue);
	return true;
}

#define RACE_PUSH	push
#define RACE_POP	pop
#define RACE_PUSH_LINE	push_line
#define RACE_POP_LINE	pop_line
#include "bench/race_loops.h"

static u64 send(void *queue, const struct sl_lap *lap)
{
	u64 wrong = race_send(queue, lap);

	flush(queue);
	return wrong;
}

static u64 send_batch(void *queue, const struct sl_lap *lap)
{
	u64 wrong = race_send_batch(queue, lap);

	flush(queue);
	return wrong;
}

static u64 send_line(void *queue, const struct sl_lap *lap)
{
	u64 wrong = race_send_line(queue, lap);

	flush(queue);
	return wrong;
}

static u64 ping(void *there, void *back, const struct sl_lap *lap)
{
	struct mcringbuffer *queue = there;
	u64 wrong;

	queue->write_batch = 1;
	wrong = race_ping(there, back, lap);
	queue->write_batch = queue->batch;
	return wrong;
}

static u64 pong(void *there, void *back, const struct sl_lap *lap)
{
	struct mcringbuffer *queue = back;
	u64 wrong;

	queue->write_batch = 1;
	wrong = race_pong(there, back, lap);
	queue->write_batch = queue->batch;
	return wrong;
}

const struct sl_contender sl_race_mcringbuffer = {
	"mcringbuffer", "Lee et al., IPDPS 2010", create, free, create_lines,
	free, send, race_receive, send_batch, race_receive_batch, send_line,
	race_receive_line, ping, pong,
};
