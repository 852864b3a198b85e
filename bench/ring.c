// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench ring: our rings beside other queues for one producer and one
 * consumer, in one run.
 *
 * Each case is a heat (bench/heat.h) of two threads on two CPUs: numbers one
 * by one, in batches, messages of a cache line, round trips over a pair of
 * queues, and, with our ring alone, a backlog of events of which two lines are
 * touched.  Ours has 4096 slots throughout, each peer its best of three sizes;
 * all have their best of three back-offs.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "bench/heat.h"
#include "bench/race_peers.h"
#include "bench/race_sluice.h"
#include "tools/command.h"

#define SECONDS		60
#define SECONDS_MAX	3600

static const struct {
	const char *name;
	enum sl_discipline discipline;
	u32 batch;
	/* Our ring against itself; else against all peers. */
	const struct sl_contender *with;
	const struct sl_contender *without;
} cases[] = {
	{ "single", SL_SINGLE, 1, NULL, NULL },
	{ "batch 8", SL_BATCH, 8, NULL, NULL },
	{ "batch 32", SL_BATCH, 32, NULL, NULL },
	{ "batch 64", SL_BATCH, 64, NULL, NULL },
	{ "line", SL_LINE, 1, NULL, NULL },
	{ "trip", SL_TRIP, 1, NULL, NULL },
	{ "payload", SL_DRAIN, 1, &sl_race_choice_fetched, &sl_race_choice },
	{ "payload, summed", SL_DRAIN, 1, &sl_race_sum_fetched, &sl_race_sum },
};

/* Ours is entry 0; whether an entry is a peer, or ours in another form. */
static bool is_peer(const struct sl_heat *heat, u32 entry)
{
	return entry && heat->entry[entry].contender != &sl_race_scalar;
}

static double best_ratio(const struct sl_heat *heat, enum sl_distance where)
{
	double best = NAN;
	u32 i;

	for (i = 1; i < heat->entry_count; i++)
		if (is_peer(heat, i))
			best = fmin(best, sl_heat_ratio(heat, i, where));
	return best;
}

static void print_case(const struct sl_heat *heat, enum sl_distance where)
{
	u32 i;

	printf("%s, %s: ns per %s, %d rounds, best peer %.2f x\n", heat->name,
	       sl_distance_name[where],
	       heat->discipline == SL_TRIP ? "round trip" : "item",
	       heat->rounds[where], best_ratio(heat, where));
	for (i = 0; i < heat->entry_count; i++) {
		const struct sl_entry *entry = &heat->entry[i];

		printf("  %-14s %8.2f", entry->contender->name,
		       sl_heat_ns(heat, i, where));
		if (i)
			printf("  %6.2f x", sl_heat_ratio(heat, i, where));
		else
			printf("          ");
		printf("   %5u slots, back-off %u\n", entry->slots,
		       entry->pause);
	}
}

static void print_number(const char *name, double value)
{
	if (isnan(value))
		printf("\"%s\":null", name);
	else
		printf("\"%s\":%.4f", name, value);
}

static void print_case_json(const struct sl_heat *heat, enum sl_distance where)
{
	const char *comma = "";
	u32 i;

	printf("{\"case\":\"%s\",\"state\":\"%s\",", heat->name,
	       sl_distance_name[where]);
	print_number("ours_ns", sl_heat_ns(heat, 0, where));
	for (i = 1; i < heat->entry_count; i++) {
		if (is_peer(heat, i))
			continue;
		printf(",");
		print_number("scalar_ns", sl_heat_ns(heat, i, where));
	}
	printf(",\"peers\":{");
	for (i = 1; i < heat->entry_count; i++) {
		if (!is_peer(heat, i))
			continue;
		printf("%s", comma);
		print_number(heat->entry[i].contender->name,
			     sl_heat_ns(heat, i, where));
		comma = ",";
	}
	printf("},\"ratios\":{");
	for (comma = "", i = 1; i < heat->entry_count; i++) {
		printf("%s", comma);
		print_number(heat->entry[i].contender->name,
			     sl_heat_ratio(heat, i, where));
		comma = ",";
	}
	printf("},");
	print_number("ratio_best", best_ratio(heat, where));
	printf(",\"rounds\":%d,\"dropped\":%llu}", heat->rounds[where],
	       (unsigned long long)heat->dropped);
}

static void enter_peers(struct sl_heat *heat)
{
	const struct sl_contender *peer;
	u32 i;

	sl_heat_enter(heat, &sl_race_sluice, true);
	if (heat->discipline == SL_SINGLE || heat->discipline == SL_BATCH)
		sl_heat_enter(heat, &sl_race_scalar, true);
	for (i = 0; (peer = sl_race_peer(i)); i++)
		sl_heat_enter(heat, peer, false);
}

static int race(double seconds, bool json)
{
	static struct sl_heat heat;
	const char *comma = "";
	u64 wrong = 0;
	size_t i;
	int where;

	if (json)
		printf("{\"cases\":[");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		sl_heat_init(&heat, cases[i].name, cases[i].discipline,
			     cases[i].batch);
		if (cases[i].with) {
			sl_heat_enter(&heat, cases[i].with, true);
			sl_heat_enter(&heat, cases[i].without, true);
		} else {
			enter_peers(&heat);
		}
		sl_heat_run(&heat, seconds / ARRAY_SIZE(cases));
		wrong += heat.wrong;
		if (!heat.rounds[SL_NEAR] && !heat.rounds[SL_FAR])
			fprintf(stderr, "sluice bench ring: %s: others took the"
				" CPUs in each slice; try again, or longer\n",
				cases[i].name);
		for (where = 0; where < SL_DISTANCES; where++) {
			if (!heat.rounds[where])
				continue;
			if (json) {
				printf("%s", comma);
				print_case_json(&heat, where);
				comma = ",";
			} else {
				print_case(&heat, where);
			}
		}
		fflush(stdout);
	}
	if (json)
		printf("]}\n");
	if (wrong)
		fprintf(stderr, "sluice bench ring: %llu items were not"
			" what was sent; do not trust the queue or the machine\n",
			(unsigned long long)wrong);
	return wrong != 0;
}

int sl_bench_ring(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	double seconds = SECONDS;
	bool json = false;
	int cpu[2], c, err;

	while ((c = getopt_long(argc, argv, "s:jh", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seconds = atof(optarg);
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			printf("usage: sluice bench ring [--seconds N (%d)]"
			       " [--json]\n", SECONDS);
			return 0;
		default:
			return 2;
		}
	}
	if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
		fprintf(stderr, "sluice bench ring: --seconds is more than 0"
			" and at most %d\n", SECONDS_MAX);
		return 2;
	}
	if (!sl_slice_cpus(cpu)) {
		fprintf(stderr, "sluice bench ring: needs two CPUs; taskset and"
			" cpusets may have left this process fewer\n");
		return 1;
	}
	err = sl_slice_open(cpu[0], cpu[1]);
	if (err) {
		fprintf(stderr, "sluice bench ring: cannot start a thread: %s\n",
			strerror(-err));
		return 1;
	}
	err = race(seconds, json);
	sl_slice_close();
	return err;
}
