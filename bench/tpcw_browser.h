/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_BROWSER_H
#define BENCH_TPCW_BROWSER_H

/*
 * Emulated browsers: many visits to the shop at once, in one thread.
 *
 * Each browser has a connection and a closed loop: a page is asked for, read
 * and checked, then its images, up to 16 asked for at once, and after some
 * thinking the next page.  The time of an interaction ends with the last of
 * its images.
 *
 * As the load generator shares its machine with the server, it is sparing:
 * one read and one write for what is ready, nothing allocated on the way.
 */
#include <netinet/in.h>

#include <linux/types.h>
#include "bench/tpcw_latency.h"
#include "bench/tpcw_mix.h"
#include "bench/tpcw_shop.h"

/* Messages about what went wrong first. */
#define SL_TPCW_MESSAGES 8

/**
 * struct sl_tpcw_load - what the browsers are to do
 * @address: the shop's
 * @browsers: how many
 * @mix: what follows what
 * @think: mean thinking time in seconds; 0 for none
 * @images: are they to be fetched?
 * @seed: of what the browsers do
 * @shop: what they know, and write down
 */
struct sl_tpcw_load {
	struct sockaddr_in address;
	u32 browsers;
	const struct sl_tpcw_mix *mix;
	double think;
	bool images;
	u64 seed;
	struct sl_tpcw_shop *shop;
};

/**
 * struct sl_tpcw_result - what came of it
 * @done: interactions in all
 * @images: images in all
 * @bytes: received in all
 * @errors: pages that were wrong, connections that failed
 * @interrupted: interactions lost while the shop was said to be away
 * @message: the first errors, one line each
 * @measured: interactions since sl_tpcw_browsers_measure()
 * @latency: times of these
 */
struct sl_tpcw_result {
	u64 done;
	u64 images;
	u64 bytes;
	u64 errors;
	u64 interrupted;
	char message[SL_TPCW_MESSAGES][224];
	u64 measured;
	struct sl_tpcw_latency latency[SL_TPCW_INTERACTIONS];
};

struct sl_tpcw_browsers;

/**
 * sl_tpcw_browsers_create() - open the browsers; they begin when run
 * @load: what they are to do; copied
 *
 * Return: the browsers, or NULL with errno.
 */
struct sl_tpcw_browsers *
sl_tpcw_browsers_create(const struct sl_tpcw_load *load);
void sl_tpcw_browsers_destroy(struct sl_tpcw_browsers *browsers);

/**
 * sl_tpcw_browsers_run() - let them browse
 * @browsers: who
 * @until_ns: on CLOCK_MONOTONIC
 * @stop: returns early once this is not 0; may be set by a signal handler
 */
void sl_tpcw_browsers_run(struct sl_tpcw_browsers *browsers, u64 until_ns,
			  const int *stop);

/* From now on measure, afresh; or no longer. */
void sl_tpcw_browsers_measure(struct sl_tpcw_browsers *browsers, bool on);

/* The shop is away on purpose: what fails until it is back is no error. */
void sl_tpcw_browsers_outage(struct sl_tpcw_browsers *browsers, bool on);

/**
 * sl_tpcw_browsers_finish() - let them finish what they have begun
 * @browsers: who; they cannot be run again
 * @until_ns: those not done by then leave, and nobody knows what they did
 */
void sl_tpcw_browsers_finish(struct sl_tpcw_browsers *browsers, u64 until_ns);

const struct sl_tpcw_result *
sl_tpcw_browsers_result(const struct sl_tpcw_browsers *browsers);

/* Return: CLOCK_MONOTONIC in nanoseconds. */
u64 sl_tpcw_now(void);

#endif
