// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Dispatch: the queue that weighs most is chosen, none that cannot be served;
 * frames grow with the backlog, but slower; nobody is passed over for ever;
 * and a core that follows it stands a load at which choosing anew for each
 * event, which pays for each change, is lost.
 */
#include "sched/dispatch.h"
#include "tools/test.h"

#define SWITCH_NS	400

/* Time is in ns. */
static const struct sl_dispatch standard = {
	.switch_time = SWITCH_NS,
	.batch = 1,
	.frame_max = 1 << 20,
};

#define Q(here, below, room, rate, passed) { here, below, room, rate, passed, false, false }
#define COLLECTS(here) { here, 0, 9, 10, 0, true, false }
#define FIRST(here) { here, 0, 9, 10, 0, false, true }

static const struct {
	struct sl_dispatch_queue queue[3];
	u32 chosen;
} choices[] = {
	{ { Q(0, 0, 9, 10, 0), Q(0, 0, 9, 10, 0), Q(0, 0, 9, 10, 0) }, 3 },
	{ { Q(5, 0, 9, 10, 0), Q(6, 0, 9, 10, 0), Q(4, 0, 9, 10, 0) }, 1 },
	{ { Q(5, 0, 9, 10, 0), Q(6, 4, 9, 10, 0), Q(4, 0, 9, 10, 0) }, 0 },
	{ { Q(5, 0, 9, 10, 0), Q(6, 0, 9, 10, 0), Q(4, 0, 9, 90, 0) }, 2 },
	{ { Q(5, 0, 0, 10, 0), Q(6, 0, 0, 10, 0), Q(4, 0, 1, 10, 0) }, 2 },
	{ { Q(5, 0, 0, 10, 0), Q(6, 0, 0, 10, 0), Q(4, 0, 0, 10, 0) }, 3 },
	/* The core has nothing better to do. */
	{ { Q(5, 9, 1, 10, 0), Q(0, 0, 9, 10, 0), Q(0, 0, 9, 10, 0) }, 0 },
	/* It has waited for long. */
	{ { Q(9, 0, 9, 10, 0), Q(1, 0, 9, 10, 255), Q(0, 0, 9, 10, 0) }, 0 },
	{ { Q(9, 0, 9, 10, 0), Q(1, 0, 9, 10, 256), Q(0, 0, 9, 10, 0) }, 1 },
	/* It may collect, up to four times as many. */
	{ { Q(5, 0, 9, 10, 0), COLLECTS(19), Q(0, 0, 9, 10, 0) }, 0 },
	{ { Q(5, 0, 9, 10, 0), COLLECTS(21), Q(0, 0, 9, 10, 0) }, 1 },
	{ { Q(0, 0, 9, 10, 0), COLLECTS(1), Q(0, 0, 9, 10, 0) }, 1 },
	/* It goes first, and so does another. */
	{ { Q(9, 0, 9, 10, 9999), FIRST(1), Q(9, 0, 9, 10, 0) }, 1 },
	{ { FIRST(1), FIRST(2), Q(9, 0, 9, 10, 0) }, 1 },
	{ { Q(9, 0, 9, 10, 0), FIRST(2), FIRST(1) }, 1 },
	{ { Q(9, 0, 9, 10, 0), FIRST(0), Q(8, 0, 9, 10, 0) }, 0 },
	/* No numbers are too large. */
	{ { Q(~0u, 0, ~0u, ~0u, ~0u), Q(1, 0, 1, 1, 0), { 0 } }, 0 },
};

static void test_choices(void)
{
	u32 i, frame;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct sl_dispatch d = standard;
		struct sl_dispatch_queue queue[3];

		memcpy(queue, choices[i].queue, sizeof(queue));
		CHECK_EQ(sl_dispatch_choose(&d, queue, 3, &frame),
			 choices[i].chosen);
		if (choices[i].chosen < 3)
			CHECK(frame >= 1);
	}
}

static u32 frame_at(u32 backlog)
{
	struct sl_dispatch d = standard;
	struct sl_dispatch_queue queue = Q(backlog, 0, ~0u, 10000, 0);
	u32 frame = 0;

	CHECK_EQ(sl_dispatch_choose(&d, &queue, 1, &frame), 0);
	return frame;
}

/* Twice the backlog: a longer frame, of less than twice the length. */
static void test_frames(void)
{
	u32 backlog;

	for (backlog = 16; backlog < 1u << 15; backlog *= 2) {
		CHECK(frame_at(2 * backlog) > frame_at(backlog));
		CHECK(frame_at(2 * backlog) < 2 * frame_at(backlog));
	}
}

/* As long as the caller says, whatever the backlog. */
static void test_bounds(void)
{
	struct sl_dispatch d = standard;
	struct sl_dispatch_queue queue = Q(1 << 20, 0, ~0u, ~0u, 0);
	u32 frame;

	d.frame_max = 100;
	sl_dispatch_choose(&d, &queue, 1, &frame);
	CHECK_EQ(frame, 100);
	queue = (struct sl_dispatch_queue)Q(1, 0, ~0u, 1, 0);
	d.batch = 64;
	sl_dispatch_choose(&d, &queue, 1, &frame);
	CHECK_EQ(frame, 64);
	d.frame_max = 1;
	sl_dispatch_choose(&d, &queue, 1, &frame);
	CHECK_EQ(frame, 1);
}

static void test_fair(void)
{
	struct sl_dispatch d = standard;
	struct sl_dispatch_queue queue[2] = {
		Q(64, 0, 64, 100000, 0), Q(1, 0, 64, 100, 0)
	};
	u32 i, frame;

	for (i = 0; i < 1000000; i++)
		if (sl_dispatch_choose(&d, queue, 2, &frame) == 1)
			break;
	/* As often as it can be passed over, see dispatch.c. */
	CHECK(i <= 16 << 6);
}

/* What waits at the end, of four queues at so much of what a core can do. */
static u64 left_over(u32 per_cent, bool frames)
{
	enum { SERVICE_NS = 500, EVENTS = 200000 };
	struct sl_dispatch d = standard;
	struct sl_dispatch_queue queue[4] = { { 0 } };
	u64 now = 0, come = 0, done = 0;
	u32 last = 0, at, frame, i;

	while (come < EVENTS) {
		/* Events come in turn, evenly. */
		while (come * SERVICE_NS * 100 < now * per_cent)
			queue[come++ % 4].here++;
		for (i = 0; i < 4; i++) {
			queue[i].room = ~0u;
			queue[i].rate = SL_DISPATCH_RATE_ONE / SERVICE_NS;
		}
		at = sl_dispatch_choose(&d, queue, 4, &frame);
		if (at == 4) {
			now += SERVICE_NS;
			continue;
		}
		if (!frames)
			frame = 1;
		if (frame > queue[at].here)
			frame = queue[at].here;
		now += frame * SERVICE_NS + (at == last ? 0 : SWITCH_NS);
		last = at;
		queue[at].here -= frame;
		done += frame;
	}
	return come - done;
}

int main(void)
{
	test_choices();
	test_frames();
	test_bounds();
	test_fair();
	CHECK(left_over(97, true) < 2000);
	CHECK(left_over(97, false) > 20000);
	CHECK(left_over(30, false) < 100);
	TEST_END();
}
