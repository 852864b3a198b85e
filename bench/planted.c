// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench planted: is a bottleneck that was put there found?
 *
 * A chain of seven stages, all of which have some work, is cut at random over
 * one or two cores.  One stage, or two, get several times the work; what the
 * profiler names must be these, the slower one first.
 */
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "bench/slice.h"
#include "profiler/pace.h"
#include "sched/waited.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/command.h"

#define CHAIN		7	/* stages, from the source to the sink */
#define WORK_NS		200	/* of a stage that nothing was planted in */
#define SAMPLE_NS	2000000
#define WARM_SAMPLES	5
/* Per mille of its time that a run may have waited for CPUs; some is for the
   sampler, which takes them itself. */
#define WAITED_MOST	60
#define TRIES		50	/* of a run, to find the CPUs undisturbed */

struct planted {
	u32 runs;
	u32 samples;
	u64 seed;
	u32 right[2];		/* of one, of two */
	u32 made[2];
	u32 disturbed;		/* runs that were done again */
};

/* What one run is to be. */
struct plant {
	u32 count;		/* 1 or 2 */
	u32 stage[2];		/* the slower one first */
	u32 factor[2];
	u32 cut;		/* first stage on the second core; CHAIN: none */
};

static struct sl_source_options source_options = { .flows = 1 };
static struct sl_flow_options work[CHAIN];

/* xorshift64*, so that a seed means the same everywhere. */
static u32 dice(u64 *seed, u32 sides)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * 0x2545f4914f6cdd1dull >> 33) % sides;
}

static void plan_plant(struct plant *plant, u64 *seed)
{
	plant->count = 1 + dice(seed, 2);
	plant->stage[0] = 1 + dice(seed, CHAIN - 1);
	do
		plant->stage[1] = 1 + dice(seed, CHAIN - 1);
	while (plant->stage[1] == plant->stage[0]);
	/* The second must still stand out, and not be taken for the first. */
	plant->factor[0] = 12 + dice(seed, 20);
	plant->factor[1] = plant->factor[0] / 2;
	plant->cut = 1 + dice(seed, CHAIN);
}

static struct sl_pipeline *make(const struct plant *plant, const int *cpu,
				const char *path, struct sl_stats **stats)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	u16 cpus[] = { cpu[0], cpu[1] };
	struct sl_pipeline_memory memory;
	struct sl_pipeline *p;
	u32 i;

	sl_graph_init(&graph, "planted");
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 1; i < CHAIN; i++) {
		char name[8];

		snprintf(name, sizeof(name), "s%u", i);
		work[i].work_ns = WORK_NS;
		sl_graph_add(&graph, name, i == CHAIN - 1 ? &sl_sink_stage :
			     &sl_pass_stage, &work[i]);
		sl_graph_join(&graph, i - 1, i);
	}
	for (i = 0; i < plant->count; i++)
		work[plant->stage[i]].work_ns = WORK_NS * plant->factor[i];
	for (i = 0; i < CHAIN; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0].cpu = cpus[i >= plant->cut];
	}
	if (sl_plan_make(&plan, &graph, cpus, 2) ||
	    sl_stats_create(path, &graph, &plan, stats))
		return NULL;
	sl_stats_bind(*stats, &memory);
	p = sl_pipeline_open(&graph, &plan, &memory);
	if (IS_ERR(p)) {
		sl_stats_destroy(*stats, path);
		return NULL;
	}
	sl_stats_links(*stats, p);
	return p;
}

static void sample(struct sl_stats *stats, struct sl_pipeline *p, u32 times)
{
	struct timespec wait = { 0, SAMPLE_NS };

	while (times--) {
		nanosleep(&wait, NULL);
		sl_stats_sample(stats, p);
	}
}

/*
 * How long threads of ours have waited for a CPU that others had, all in all:
 * workers for each other's sampler and for other processes.
 */
static u64 waited_ns(void)
{
	DIR *dir = opendir("/proc/self/task");
	u64 run_ns, wait_ns, sum = 0;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (sl_thread_waited(strtoul(entry->d_name, NULL, 10), &run_ns,
				     &wait_ns))
			sum += wait_ns;
	if (dir)
		closedir(dir);
	return sum;
}

/* Were the right ones named?  Says so if not. */
static bool judge(const struct plant *plant, const struct sl_stats *before,
		  const struct sl_stats *after)
{
	static struct sl_report report;
	static struct sl_pace pace;
	u32 i;

	sl_report_make(&report, before, after);
	sl_pace_make(&pace, &report);
	for (i = 0; i < plant->count; i++)
		if (pace.order[i] != plant->stage[i])
			break;
	if (i == plant->count && pace.stage == (int)plant->stage[0])
		return true;
	fprintf(stderr, "planted in");
	for (i = 0; i < plant->count; i++)
		fprintf(stderr, " s%u (%u x)", plant->stage[i],
			plant->factor[i]);
	fprintf(stderr, ", cut before s%u; what is said:\n", plant->cut);
	sl_pace_print(&pace, &report, after, stderr);
	return false;
}

/*
 * Returns whether it was found, or a negative errno; -EAGAIN if others had the
 * CPUs, which slows down whatever stage happens to run.
 */
static int run_once(const struct planted *all, const struct plant *plant,
		    const int *cpu, bool last)
{
	struct sl_stats *stats, *before, *after = NULL;
	struct sl_pipeline *p;
	char path[64];
	u64 waited, start, took;
	int right = -EIO;

	snprintf(path, sizeof(path), SL_STATS_PREFIX "planted.%d", getpid());
	p = make(plant, cpu, path, &stats);
	if (!p)
		return -EIO;
	if (!sl_pipeline_start(p)) {
		sample(stats, p, WARM_SAMPLES);
		before = sl_stats_copy(stats);
		waited = waited_ns();
		start = ktime_get_ns();
		sample(stats, p, all->samples);
		waited = waited_ns() - waited;
		took = ktime_get_ns() - start;
		after = sl_stats_copy(stats);
		if (before && after)
			right = waited > took * WAITED_MOST / 1000 && !last ?
				-EAGAIN : judge(plant, before, after);
		free(before);
		free(after);
	}
	sl_pipeline_stop(p, 0);
	sl_pipeline_close(p);
	sl_stats_destroy(stats, path);
	return right;
}

static int run_one(struct planted *all, const struct plant *plant,
		   const int *cpu)
{
	int right = -EAGAIN;
	int i;

	for (i = 0; right == -EAGAIN && i < TRIES; i++)
		right = run_once(all, plant, cpu, i == TRIES - 1);
	all->disturbed += i - 1;
	return right;
}

static int run(struct planted *all, bool json)
{
	int cpu[2];
	u32 i;

	if (!sl_slice_cpus(cpu)) {
		fprintf(stderr, "sluice bench planted: needs two CPUs\n");
		return 1;
	}
	for (i = 0; i < all->runs; i++) {
		struct plant plant;
		int right;

		plan_plant(&plant, &all->seed);
		right = run_one(all, &plant, cpu);
		if (right < 0) {
			fprintf(stderr, "sluice bench planted: cannot run\n");
			return 1;
		}
		all->made[plant.count - 1]++;
		all->right[plant.count - 1] += right;
	}
	if (json)
		printf("{\"one\":%u,\"one_named\":%u,\"two\":%u,"
		       "\"two_named\":%u}\n", all->made[0], all->right[0],
		       all->made[1], all->right[1]);
	else
		printf("one bottleneck planted: named %u times of %u\n"
		       "two planted: both named in the right order %u times"
		       " of %u\n%u runs were disturbed and done again\n",
		       all->right[0], all->made[0], all->right[1],
		       all->made[1], all->disturbed);
	return 0;
}

int sl_bench_planted(int argc, char **argv)
{
	static const struct option options[] = {
		{ "runs", required_argument, NULL, 'r' },
		{ "samples", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct planted all = { .runs = 200, .samples = 25, .seed = 1 };
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			all.runs = atoi(optarg);
			break;
		case 's':
			all.samples = atoi(optarg);
			break;
		case 'S':
			all.seed = strtoull(optarg, NULL, 0);
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			printf("usage: sluice bench planted [--runs N (200)]"
			       " [--samples N (25)] [--seed N (1)] [--json]\n");
			return 0;
		default:
			return 2;
		}
	}
	if (optind != argc || !all.runs || all.runs > 100000 || !all.seed ||
	    !all.samples || all.samples > 10000) {
		fprintf(stderr, "sluice bench planted: 1 to 100000 runs of 1"
			" to 10000 samples, and a seed above 0\n");
		return 2;
	}
	return run(&all, json);
}
