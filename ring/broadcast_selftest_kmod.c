// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Self-test of the broadcast ring: a slow reader holds up the producer, a late
 * one sees only what comes after it; then a reader on another CPU must see all
 * events in order, while one on this CPU comes and goes.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "ring/broadcast.h"
#include "ring/selftest_kmod.h"

#define BATCH	16

/* Event n is an even number that is not 0. */
static void *event_of(u64 n)
{
	return (void *)(unsigned long)(2 * n + 2);
}

static bool expect_events(struct sl_broadcast *ring, u32 reader, u64 first,
			  u32 count)
{
	void *event[BATCH];
	u32 i;

	if (!SL_EXPECT(sl_broadcast_pop_batch(ring, reader, event, BATCH) ==
		       count))
		return false;
	for (i = 0; i < count; i++)
		if (!SL_EXPECT(event[i] == event_of(first + i)))
			return false;
	return true;
}

static bool take_steps(struct sl_broadcast *ring)
{
	int early, late;
	u64 n;

	early = sl_broadcast_join(ring);
	if (!SL_EXPECT(early >= 0))
		return false;
	sl_broadcast_done(ring);
	for (n = 0; n < 8; n++)
		if (!SL_EXPECT(sl_broadcast_push(ring, event_of(n))))
			return false;
	if (!SL_EXPECT(!sl_broadcast_push(ring, event_of(n))) ||
	    !expect_events(ring, early, 0, 8) ||
	    !SL_EXPECT(sl_broadcast_done(ring) == 0) ||
	    !expect_events(ring, early, 8, 0) ||
	    !SL_EXPECT(sl_broadcast_done(ring) == 8))
		return false;

	late = sl_broadcast_join(ring);
	if (!SL_EXPECT(late >= 0 && late != early) ||
	    !SL_EXPECT(sl_broadcast_join(ring) < 0))
		return false;
	sl_broadcast_done(ring);
	return SL_EXPECT(sl_broadcast_push(ring, event_of(8))) &&
	       expect_events(ring, late, 8, 1) &&
	       expect_events(ring, early, 8, 1) &&
	       SL_EXPECT(!sl_broadcast_leave(ring, late)) &&
	       SL_EXPECT(!sl_broadcast_leave(ring, early));
}

/* The sender's own reader: in for a while, out for a while. */
struct guest {
	int number;
	u64 next;	/* 0: the first that it sees says */
};

static bool look_in(struct sl_broadcast *ring, struct guest *guest, u64 sent)
{
	void *event[BATCH];
	u32 count, i;

	if (guest->number < 0) {
		guest->number = sl_broadcast_join(ring);
		guest->next = 0;
		return true;
	}
	count = sl_broadcast_pop_batch(ring, guest->number, event, BATCH);
	for (i = 0; i < count; i++) {
		u64 n = (unsigned long)event[i] / 2 - 1;

		if (!SL_EXPECT(n < sent) ||
		    !SL_EXPECT(!guest->next || n == guest->next))
			return false;
		guest->next = n + 1;
	}
	if (guest->next % 512 > 500) {
		sl_broadcast_leave(ring, guest->number);
		guest->number = -1;
	}
	return true;
}

static int send(struct sl_pair *pair)
{
	struct sl_broadcast *ring = pair->arg;
	struct guest guest = { .number = -1 };
	void *event[BATCH];
	u64 sent = 0;

	while (!sl_pair_enough(pair, sent)) {
		u32 count = sent % BATCH + 1;
		u32 i;

		for (i = 0; i < count; i++)
			event[i] = event_of(sent + i);
		count = sl_broadcast_push_batch(ring, event, count);
		sent += count;
		if (!look_in(ring, &guest, sent))
			return -EIO;
		if (!count && !sl_pair_pause(pair))
			return -EIO;
	}
	if (guest.number >= 0)
		sl_broadcast_leave(ring, guest.number);
	return 0;
}

static int receive(struct sl_pair *pair)
{
	void *event[BATCH];
	u64 next = 0;

	while (sl_pair_expects(pair, next)) {
		u32 count = sl_broadcast_pop_batch(pair->arg, 0, event,
						   next % BATCH + 1);
		u32 i;

		for (i = 0; i < count; i++, next++)
			if (!SL_EXPECT(event[i] == event_of(next)))
				return -EIO;
		if (!count && !sl_pair_pause(pair))
			return -EIO;
	}
	return 0;
}

static int stress(struct sl_broadcast *ring)
{
	struct sl_pair pair = { .send = send, .receive = receive, .arg = ring };

	if (!SL_EXPECT(sl_broadcast_join(ring) == 0))
		return -EIO;
	sl_broadcast_done(ring);
	return sl_pair_run(&pair);
}

static int with_ring(u32 slots, int (*run)(struct sl_broadcast *ring))
{
	struct sl_broadcast *ring = sl_broadcast_create(slots, 2);
	int err;

	if (IS_ERR(ring))
		return PTR_ERR(ring);
	err = run(ring);
	sl_broadcast_destroy(ring);
	return err;
}

static int steps(struct sl_broadcast *ring)
{
	return take_steps(ring) ? 0 : -EIO;
}

int sl_broadcast_selftest(void)
{
	int err = with_ring(8, steps);

	if (!err)
		err = with_ring(32, stress);
	if (!err)
		err = with_ring(1024, stress);
	return err;
}
