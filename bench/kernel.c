// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench kernel: what it costs to hand an event to the kernel and have
 * it back, over /dev/sluice, beside
 *
 *	io_uring    a kernel thread polls its submission queue, too (SQPOLL),
 *		    and does nothing for each entry (NOP)
 *	getppid     the shortest system call there is, for each event
 *
 * This thread is on the first CPU, the kernel's on the second.  Slices of the
 * three alternate.  "stream" keeps a window of events under way, in batches;
 * "trip" sends the next event when the last has come back.
 */
#include <errno.h>
#include <getopt.h>
#include <liburing.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>

#include "bench/median.h"
#include "stages/kernel/client_user.h"
#include "tools/command.h"

#define WINDOW		256
#define BATCH		32
#define WAIT_NS		5000000000ll

enum { STREAM, TRIP, KINDS };

static struct sl_client *client;
static struct io_uring uring;

/* Each makes so many events, at most `window` of them under way at once. */
static u64 by_sluice(u64 count, u32 window)
{
	struct sl_device_message m[BATCH] = { 0 };
	u64 pushed = 0, popped = 0, wrong = 0;
	u32 n, i;

	while (popped < count) {
		u64 room = window - (pushed - popped);

		n = min(min(room, count - pushed), (u64)BATCH);
		for (i = 0; i < n; i++) {
			m[i].tag = pushed + i + 1;
			m[i].op = SL_DEVICE_ECHO;
		}
		pushed += sl_client_push(client, m, n);
		n = sl_client_pop(client, m, BATCH);
		for (i = 0; i < n; i++)
			wrong += m[i].tag != ++popped || m[i].status;
		if (!n && sl_client_wait(client, WAIT_NS))
			return count;
	}
	return wrong;
}

static u64 by_uring(u64 count, u32 window)
{
	u64 until = ktime_get_ns() + WAIT_NS;
	struct io_uring_cqe *cqe[BATCH];
	u64 pushed = 0, popped = 0, wrong = 0;
	u32 idle = 0;
	u32 n, i;

	while (popped < count) {
		struct io_uring_sqe *sqe = NULL;
		u64 room = window - (pushed - popped);

		room = min(min(room, count - pushed), (u64)BATCH);
		for (; room && (sqe = io_uring_get_sqe(&uring)); room--) {
			io_uring_prep_nop(sqe);
			sqe->user_data = ++pushed;
		}
		io_uring_submit(&uring);
		n = io_uring_peek_batch_cqe(&uring, cqe, BATCH);
		for (i = 0; i < n; i++)
			wrong += cqe[i]->user_data != ++popped ||
				 cqe[i]->res;
		io_uring_cq_advance(&uring, n);
		if (!n && !(++idle & 0xffff) && ktime_get_ns() > until)
			return count;
	}
	return wrong;
}

static u64 by_call(u64 count, u32 window)
{
	u64 i;

	(void)window;
	for (i = 0; i < count; i++)
		getppid();
	return 0;
}

static struct lane {
	const char *name;
	u64 (*run)(u64 count, u32 window);
	bool missing;
	double ns[KINDS][SL_MEDIAN_MAX];
} lanes[] = {
	{ .name = "sluice", .run = by_sluice },
	{ .name = "io_uring", .run = by_uring },
	{ .name = "getppid", .run = by_call },
};

#define LANES	(sizeof(lanes) / sizeof(lanes[0]))

/* Nanoseconds an event, in about so many milliseconds; adds what was wrong. */
static double measure(const struct lane *lane, int kind, int slice_ms,
		      u64 *wrong)
{
	u32 window = kind == STREAM ? WINDOW : 1;
	u64 start = ktime_get_ns();
	u64 count = 0;
	u64 now;

	do {
		*wrong += lane->run(kind == STREAM ? 4096 : 256, window);
		count += kind == STREAM ? 4096 : 256;
		now = ktime_get_ns();
	} while (!*wrong && now - start < slice_ms * 1000000ull);
	return (double)(now - start) / count;
}

static int open_lanes(int cpus)
{
	struct sl_device_setup setup = { .cpu = cpus > 1, .poll_us = 1000,
					 .work_cpu = SL_DEVICE_ANY };
	struct io_uring_params params = {
		.flags = IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF,
		.sq_thread_cpu = cpus > 1,
		.sq_thread_idle = 1000,
	};

	client = sl_client_open(SL_DEVICE_PATH, &setup);
	if (IS_ERR(client)) {
		fprintf(stderr, "sluice bench kernel: %s: %s; to load the"
			" module: make kmod, then insmod build/sluice.ko\n",
			SL_DEVICE_PATH, strerror(-PTR_ERR(client)));
		return 1;
	}
	lanes[1].missing = io_uring_queue_init_params(1024, &uring, &params);
	return 0;
}

static void print(int rounds, double calls, bool json)
{
	u32 i;

	if (json)
		printf("{\"rounds\":%d,\"calls_per_event\":%.6f", rounds, calls);
	else
		printf("an event to the kernel and back, ns, median of %d"
		       " rounds\n  %-10s %9s %9s\n", rounds, "", "stream",
		       "trip");
	for (i = 0; i < LANES; i++) {
		struct lane *lane = &lanes[i];

		if (lane->missing)
			continue;
		printf(json ? ",\"%s\":{\"stream_ns\":%.1f,\"trip_ns\":%.1f}" :
			      "  %-10s %9.1f %9.1f\n", lane->name,
		       sl_median(lane->ns[STREAM], rounds),
		       sl_median(lane->ns[TRIP], rounds));
	}
	if (json)
		printf("}\n");
	else
		printf("system calls of sluice: %.6f an event\n", calls);
}

static int run(int rounds, int slice_ms, bool json)
{
	struct sl_client_counters counters;
	u64 wrong = 0, events = 0;
	u32 i;
	int r, kind;

	for (r = 0; r < rounds && !wrong; r++) {
		for (i = 0; i < LANES && !wrong; i++) {
			for (kind = 0; kind < KINDS; kind++) {
				double ns;

				if (lanes[i].missing)
					continue;
				ns = measure(&lanes[i], kind, slice_ms,
					     &wrong);
				lanes[i].ns[kind][r] = ns;
				if (!i)
					events += slice_ms * 1e6 / ns;
			}
		}
	}
	if (wrong) {
		fprintf(stderr, "sluice bench kernel: %llu wrong answers\n",
			(unsigned long long)wrong);
		return 1;
	}
	sl_client_counters(client, &counters);
	print(rounds, (double)(counters.kicks + counters.waits) / events, json);
	return 0;
}

int sl_bench_kernel(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "slice", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int rounds = 15, slice_ms = 10;
	bool json = false;
	cpu_set_t here;
	int c, err;

	while ((c = getopt_long(argc, argv, "r:s:jh", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			rounds = atoi(optarg);
			break;
		case 's':
			slice_ms = atoi(optarg);
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			printf("usage: sluice bench kernel [--rounds N (15)]"
			       " [--slice MS (10)] [--json]\n");
			return 0;
		default:
			return 2;
		}
	}
	if (rounds < 1 || rounds > SL_MEDIAN_MAX || slice_ms < 1 ||
	    slice_ms > 900) {
		fprintf(stderr, "sluice bench kernel: 1 to %d rounds of 1 to"
			" 900 ms\n", SL_MEDIAN_MAX);
		return 2;
	}
	CPU_ZERO(&here);
	CPU_SET(0, &here);
	if (open_lanes(cpus))
		return 1;
	sched_setaffinity(0, sizeof(here), &here);
	err = run(rounds, slice_ms, json);
	if (!lanes[1].missing)
		io_uring_queue_exit(&uring);
	sl_client_close(client);
	return err;
}
