// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench bank: what memory costs.
 *
 *   take    taking an event from a bank and giving it back, on one core and
 *           from another one, beside other ways to have a stock of pieces
 *   cross   handing a payload of 64 bytes to 2 MiB to a stage that reads all
 *           of it: by pointer, copied, or with pages that change places; and
 *           from which size that is faster than copying
 *   keys    changing the keys of a core, and what that adds to a chain of
 *           stages, where there are protection keys
 *
 * All ways have their turn in each round; figures are medians of rounds.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "bench/bank.h"
#include "tools/command.h"

#define SECONDS		20
#define SECONDS_MAX	3600
#define SIZES		16	/* 64 bytes to 2 MiB */
#define TRIES		8	/* of a slice, to find the CPUs undisturbed */

static const char *const state_name[SL_BENCH_STATES] = { "near", "far",
							 "one core" };

static struct {
	int rounds;
	bool keys;
	u64 wrong;
	struct sl_series take[SL_STOCKS_MAX];
	struct sl_series cross[SIZES][SL_CROSSES];
	struct sl_series change;
	struct sl_series chain[2];
} b;

static u32 bytes_of(int size)
{
	return 64u << size;
}

/* A value that is not finite says that contents were wrong. */
static void add(struct sl_series *series, int state, double ns)
{
	if (isinf(ns))
		b.wrong++;
	else
		sl_series_add(series, state, ns);
}

/* Until it is not disturbed. */
#define MEASURE(series, state, call) do {				\
	double ns = NAN;						\
	int tries;							\
									\
	for (tries = 0; tries < TRIES && isnan(ns); tries++)		\
		ns = (call);						\
	add((series), (state), ns);					\
} while (0)

static void one_round(void)
{
	int size, state = SL_BENCH_ONE;
	u32 i, one;

	for (i = 0; sl_stock_name(i); i++)
		for (one = 0; one < 2; one++)
			MEASURE(&b.take[i], state,
				sl_stock_measure(i, !one, &state));
	for (size = 0; size < SIZES; size++)
		for (i = 0; i < SL_CROSSES; i++)
			for (one = 0; one < 2; one++)
				if (sl_cross_fits(i, bytes_of(size)))
					MEASURE(&b.cross[size][i], state,
						sl_cross_measure(i,
							bytes_of(size), one,
							&state));
	if (b.keys)
		MEASURE(&b.change, SL_BENCH_ONE, sl_key_switch());
	for (i = 0; i < 1u + b.keys; i++)
		MEASURE(&b.chain[i], SL_BENCH_ONE, sl_key_chain(i));
	b.rounds++;
}

/* Was anything met in this state? */
static bool is_met(int state)
{
	return b.cross[0][SL_CROSS_PASS].count[state] ||
	       b.take[0].count[state];
}

/*
 * From which size flipping is faster than copying, and stays so; SIZES if that
 * is nowhere.
 */
static int crossing(int state, u32 flip)
{
	int size = SIZES;

	while (size-- && sl_series_median(&b.cross[size][flip], state) <
			 sl_series_median(&b.cross[size][SL_CROSS_COPY], state))
		;
	return size + 1;
}

static void print_bytes(u32 bytes, const char *end)
{
	printf("%u %s%s", bytes >> (bytes >= 1u << 20 ? 20 :
				    bytes >= 1024 ? 10 : 0),
	       bytes >= 1u << 20 ? "MiB" : bytes >= 1024 ? "KiB" : "B", end);
}

static void print_take(int state)
{
	double ours = sl_series_median(&b.take[0], state);
	u32 i;

	printf("take and give back, %s, ns\n", state_name[state]);
	for (i = 0; sl_stock_name(i); i++) {
		double ns = sl_series_median(&b.take[i], state);

		if (isnan(ns))
			printf("  %-10s         -\n", sl_stock_name(i));
		else if (!i)
			printf("  %-10s %9.2f\n", sl_stock_name(i), ns);
		else
			printf("  %-10s %9.2f  %6.2f x\n", sl_stock_name(i),
			       ns, ns / ours);
	}
}

static void print_cross(int state)
{
	int size;
	u32 i;

	printf("hand a payload over and read it, %s, ns\n  %-10s",
	       state_name[state], "bytes");
	for (i = 0; i < SL_CROSSES; i++)
		printf(" %9s", sl_cross_name(i));
	printf("\n");
	for (size = 0; size < SIZES; size++) {
		printf("  %-10u", bytes_of(size));
		for (i = 0; i < SL_CROSSES; i++) {
			double ns = sl_series_median(&b.cross[size][i], state);

			if (isnan(ns))
				printf(" %9s", "-");
			else
				printf(" %9.0f", ns);
		}
		printf("\n");
	}
	for (i = SL_CROSS_FLIP; i < SL_CROSSES; i++) {
		printf("  %s is faster than copy ", sl_cross_name(i));
		size = crossing(state, i);
		if (size == SIZES)
			printf("nowhere\n");
		else
			print_bytes(bytes_of(size), " and above\n");
	}
}

static void print_keys(void)
{
	double without = sl_series_median(&b.chain[0], SL_BENCH_ONE);
	double with = sl_series_median(&b.chain[1], SL_BENCH_ONE);

	printf("isolation, ns\n  an event through a chain of 7 stages and back"
	       "  %7.2f\n", without);
	if (!b.keys) {
		printf("  this machine has no protection keys\n");
		return;
	}
	printf("  the same with isolate: pkey                     %7.2f\n"
	       "  to change the keys of a core                    %7.2f\n",
	       with, sl_series_median(&b.change, SL_BENCH_ONE));
}

static void print(void)
{
	int state;

	printf("medians of %d rounds\n", b.rounds);
	for (state = 0; state < SL_BENCH_STATES; state++) {
		if (!is_met(state)) {
			printf("%s: not met in this run\n", state_name[state]);
			continue;
		}
		print_take(state);
		print_cross(state);
	}
	print_keys();
}

static void print_number(const char *name, double value)
{
	if (isnan(value))
		printf(",\"%s_ns\":null", name);
	else
		printf(",\"%s_ns\":%.3f", name, value);
}

static void json_take(int state)
{
	u32 i;

	printf("{\"case\":\"take\",\"state\":\"%s\",\"rounds\":%d",
	       state_name[state], b.take[0].count[state]);
	for (i = 0; sl_stock_name(i); i++)
		print_number(sl_stock_name(i),
			     sl_series_median(&b.take[i], state));
	printf("},");
}

static void json_cross(int state)
{
	int size;
	u32 i;

	for (size = 0; size < SIZES; size++) {
		printf("{\"case\":\"cross\",\"size\":%u,\"state\":\"%s\","
		       "\"rounds\":%d", bytes_of(size), state_name[state],
		       b.cross[size][SL_CROSS_PASS].count[state]);
		for (i = 0; i < SL_CROSSES; i++)
			print_number(sl_cross_name(i),
				     sl_series_median(&b.cross[size][i],
						      state));
		printf("},");
	}
	printf("{\"case\":\"crossing\",\"state\":\"%s\"", state_name[state]);
	for (i = SL_CROSS_FLIP; i < SL_CROSSES; i++) {
		size = crossing(state, i);
		if (size == SIZES)
			printf(",\"%s_bytes\":null", sl_cross_name(i));
		else
			printf(",\"%s_bytes\":%u", sl_cross_name(i),
			       bytes_of(size));
	}
	printf("},");
}

static void print_json(void)
{
	int state;

	printf("{\"rounds\":%d,\"keys\":%s,\"cases\":[", b.rounds,
	       b.keys ? "true" : "false");
	for (state = 0; state < SL_BENCH_STATES; state++) {
		if (!is_met(state))
			continue;
		json_take(state);
		json_cross(state);
	}
	printf("{\"case\":\"keys\",\"state\":\"%s\",\"rounds\":%d",
	       state_name[SL_BENCH_ONE], b.chain[0].count[SL_BENCH_ONE]);
	print_number("chain", sl_series_median(&b.chain[0], SL_BENCH_ONE));
	print_number("isolated", sl_series_median(&b.chain[1], SL_BENCH_ONE));
	print_number("switch", sl_series_median(&b.change, SL_BENCH_ONE));
	printf("}]}\n");
}

static int measure(double seconds)
{
	u64 until = ktime_get_ns() + (u64)(seconds * 1e9);
	int cpu[2], err;

	if (!sl_slice_cpus(cpu)) {
		fprintf(stderr, "sluice bench bank: needs two CPUs; taskset and"
			" cpusets may have left this process fewer\n");
		return 1;
	}
	err = sl_slice_open(cpu[0], cpu[1]);
	if (err) {
		fprintf(stderr, "sluice bench bank: cannot start a thread: %s\n",
			strerror(-err));
		return 1;
	}
	err = sl_cross_open();
	if (err) {
		fprintf(stderr, "sluice bench bank: %s\n", strerror(-err));
		sl_slice_close();
		return 1;
	}
	b.keys = sl_key_open();
	do
		one_round();
	while (b.rounds < SL_MEDIAN_MAX && ktime_get_ns() < until);
	if (b.keys)
		sl_key_close();
	sl_cross_close();
	sl_slice_close();
	if (b.wrong)
		fprintf(stderr, "sluice bench bank: in %llu slices contents were"
			" not what was sent\n", (unsigned long long)b.wrong);
	return b.wrong != 0;
}

int sl_bench_bank(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	double seconds = SECONDS;
	bool json = false;
	int c, err;

	while ((c = getopt_long(argc, argv, "s:jh", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seconds = atof(optarg);
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			printf("usage: sluice bench bank [--seconds N (%d)]"
			       " [--json]\n", SECONDS);
			return 0;
		default:
			return 2;
		}
	}
	if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
		fprintf(stderr, "sluice bench bank: --seconds is more than 0"
			" and at most %d\n", SECONDS_MAX);
		return 2;
	}
	err = measure(seconds);
	if (!err && json)
		print_json();
	else if (!err)
		print();
	return err;
}
