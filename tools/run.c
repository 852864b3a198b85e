// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice run: loads a pipeline file, runs it, and samples its queues until a
 * signal says stop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/timekeeping.h>
#include <asm/timex.h>

#include "membank/manager.h"
#include "pipelines/load.h"
#include "profiler/change.h"
#include "profiler/report.h"
#include "profiler/stats.h"
#include "sched/replan.h"
#include "sched/scheduler.h"
#include "tools/command.h"
#include "tools/distances.h"
#include "tools/facts.h"
#include "tools/site.h"
#include "tools/web.h"

#define SAMPLE_NS	5000000		/* 200 samples a second */
#define IDLE_NS		100000000	/* 10 while nothing moves */
#define DRAIN_NS	5000000000ull
#define MEASURE_NS	10000000	/* how far CPUs are from each other */

struct run {
	struct sl_loaded *loaded;
	struct sl_plan plan;
	struct sl_stats *stats;
	struct sl_pipeline *pipeline;
	struct sl_manager *manager;	/* of memory; NULL: reclaim is off */
	struct sl_scheduler *scheduler;	/* NULL: the plan stays as it is */
	struct sl_distances distances;	/* of its CPUs */
	char path[256];
	const char *web;		/* where the dashboard is to be, or NULL */
	bool summary;
	bool json;
	double seconds;
};

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice run FILE [OPTION]...\n"
"\n"
"  --set STAGE.OPTION=VALUE  override the file; '*' is every stage, and a\n"
"                            name without a stage is of the file itself\n"
"  --seconds N               stop by itself after that time\n"
"  --summary                 print the table of stages at the end\n"
"  --json                    the same as one JSON object\n"
"  --stats FILE              where the stats segment is to be\n"
"  --web ADDRESS:PORT        show it to browsers there, see sluice web\n"
"\n"
"  sluice run pipelines/hello.yaml --set net.listen=127.0.0.1:8081\n"
"  sluice run pipelines/tpcw.yaml --set fs.export=/srv/shop --set '*.core=0'\n"
"\n"
"Stops on SIGINT or SIGTERM, having answered what it had begun.\n");
}

/* Signals are taken one at a time by the main thread, never by a handler. */
static void block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigprocmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static u64 events_of(const struct sl_stats *stats)
{
	u64 events = 0;
	u32 i;

	for (i = 0; i < stats->stage_count; i++)
		events += READ_ONCE(sl_stats_stage_counters(stats, i)->events);
	return events;
}

static void drop_manager(struct run *run)
{
	if (run->manager)
		sl_manager_destroy(run->manager);
	run->manager = NULL;
}

static int make_manager(struct run *run)
{
	struct sl_manager *manager;
	u32 i;
	int err = 0;

	if (!run->loaded->graph.reclaim)
		return 0;
	manager = sl_manager_create("");
	if (IS_ERR(manager))
		return PTR_ERR(manager);
	run->manager = manager;
	for (i = 0; !err && i < run->plan.instance_count; i++) {
		struct sl_bank *bank = sl_pipeline_stage(run->pipeline, i)->bank;

		if (bank)
			err = sl_manager_add(manager, bank);
	}
	return err;
}

static void drop_scheduler(struct run *run)
{
	sl_distances_stop(&run->distances);
	run->distances.scheduler = NULL;
	if (run->scheduler)
		sl_scheduler_destroy(run->scheduler);
	run->scheduler = NULL;
}

/* While no worker runs, for the CPUs are measured. */
static int make_scheduler(struct run *run)
{
	if (!sl_pipeline_movable(run->pipeline) || run->plan.worker_count < 2)
		return 0;
	run->scheduler = sl_scheduler_create(run->pipeline);
	if (IS_ERR(run->scheduler)) {
		int err = PTR_ERR(run->scheduler);

		run->scheduler = NULL;
		return err;
	}
	run->distances.plan = &run->plan;
	run->distances.scheduler = run->scheduler;
	sl_distances_start(&run->distances, MEASURE_NS);
	return 0;
}

static u64 time_of_thread(void)
{
	struct timespec spent;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
	return spent.tv_sec * 1000000000ull + spent.tv_nsec;
}

/* Writes down why the plan is what it is now; the first time, why it began so. */
static void note_plan(struct run *run, const struct sl_scheduler_change *done)
{
	struct sl_stats_change change = {
		.kind = done->move,
		.rate_before = done->rate_before,
		.rate_expected = done->rate_expected,
		.pause_ns = sl_pipeline_pause_ns(run->pipeline),
	};

	snprintf(change.why, sizeof(change.why), "%s", done->why);
	sl_stats_plan(run->stats, &run->loaded->graph, run->pipeline, &change);
}

static void schedule(struct run *run, u64 now, u64 events)
{
	const char *news = sl_distances_look(&run->distances, now, events);
	struct sl_scheduler_change change;
	u64 start = time_of_thread();
	u64 spent;

	if (news)
		fprintf(stderr, "sluice: %s\n", news);
	if (sl_scheduler_look(run->scheduler, now, get_cycles(), &change)) {
		note_plan(run, &change);
		fprintf(stderr, "sluice: plan: %s (%s: %s)\n",
			run->stats->plan, sl_report_change(change.move),
			change.why);
	}
	spent = time_of_thread() - start;
	sl_scheduler_spent(run->scheduler, spent);
	WRITE_ONCE(run->stats->scheduler_ns, run->stats->scheduler_ns + spent);
}

/* Samples until a signal or the time comes. */
static void watch(struct run *run, const sigset_t *signals)
{
	u64 until = run->seconds > 0 ?
		    ktime_get_ns() + (u64)(run->seconds * 1e9) : UINT64_MAX;
	u64 last = 0, look = 0;

	for (;;) {
		u64 events = events_of(run->stats);
		u64 now = ktime_get_ns();
		u64 wait_ns = events == last ? IDLE_NS : SAMPLE_NS;
		struct timespec wait;

		last = events;
		sl_stats_sample(run->stats, run->pipeline);
		if (run->manager)
			WRITE_ONCE(run->stats->pressure,
				   sl_manager_look(run->manager, now));
		if (run->scheduler && now - look >= SL_SCHEDULER_LOOK_NS) {
			schedule(run, now, events);
			look = now;
		}
		if (now >= until)
			return;
		if (wait_ns > until - now)
			wait_ns = until - now;
		wait = (struct timespec){ 0, wait_ns };
		if (sigtimedwait(signals, NULL, &wait) > 0)
			return;
	}
}

static void print_summary(struct run *run, const struct sl_stats *before)
{
	static struct sl_report report;

	sl_report_make(&report, before, run->stats);
	if (run->json) {
		putchar('{');
		sl_report_json_whole(&report, run->stats, stdout);
		puts("}");
	} else if (run->summary) {
		sl_report_print(&report, run->stats, stdout);
	}
}

/* What is known of the CPUs, for those who look. */
static void note_cores(struct run *run)
{
	const struct sl_topology *topology = &run->distances.topology;
	u32 i, j;

	for (i = 0; i < run->stats->core_count; i++) {
		struct sl_stats_core *core = sl_stats_core(run->stats, i);

		for (j = 0; j < topology->cpu_count; j++) {
			if (topology->cpu[j].cpu != core->cpu)
				continue;
			core->node = max(topology->cpu[j].node, 0);
			core->speed = topology->cpu[j].speed;
		}
	}
}

static int start(struct run *run)
{
	static struct sl_scheduler_change first = {
		.move = SL_PLANNER_START,
		.why = "as the file has it, and by the weights of stages",
	};
	struct sl_pipeline_memory memory;
	struct sl_graph *graph = &run->loaded->graph;
	int err;

	sl_topology_describe(&run->distances.topology, sl_site()->cpus,
			     sl_site()->cpu_count);
	if (sl_facts_read(&run->distances.topology, graph))
		strcpy(first.why,
		       "as the file has it, and by costs of earlier runs");
	if (!*run->path)
		snprintf(run->path, sizeof(run->path), SL_STATS_PREFIX "%s.%d",
			 graph->name, getpid());
	err = sl_plan_make(&run->plan, graph, sl_site()->cpus,
			   sl_site()->cpu_count);
	if (err) {
		fprintf(stderr, "sluice: cannot place the stages: %s\n",
			strerror(-err));
		return err;
	}
	err = sl_stats_create(run->path, graph, &run->plan, &run->stats);
	if (err) {
		fprintf(stderr, "sluice: cannot make the stats segment %s: %s;"
			" choose another place with --stats\n", run->path,
			strerror(-err));
		return err;
	}
	note_cores(run);
	sl_stats_bind(run->stats, &memory);
	run->pipeline = sl_pipeline_open(graph, &run->plan, &memory);
	if (IS_ERR(run->pipeline)) {
		err = PTR_ERR(run->pipeline);
		fprintf(stderr, "sluice: pipeline '%s' cannot start: %s\n",
			graph->name, strerror(-err));
		sl_stats_destroy(run->stats, run->path);
		return err;
	}
	sl_stats_links(run->stats, run->pipeline);
	note_plan(run, &first);
	err = make_manager(run);
	if (!err)
		err = make_scheduler(run);
	if (!err)
		err = sl_pipeline_start(run->pipeline);
	if (err) {
		fprintf(stderr, "sluice: cannot start the workers: %s\n",
			strerror(-err));
		drop_scheduler(run);
		drop_manager(run);
		sl_pipeline_close(run->pipeline);
		sl_stats_destroy(run->stats, run->path);
		return err;
	}
	WRITE_ONCE(run->stats->state, SL_STATS_RUNNING);
	return 0;
}

static int run_loaded(struct run *run)
{
	struct sl_web_options options = {
		.who = "sluice run", .listen = run->web, .name = run->path,
	};
	struct sl_web *web = NULL;
	struct sl_stats *before;
	sigset_t signals;
	int err;

	block_signals(&signals);
	err = start(run);
	if (err)
		return 1;
	fprintf(stderr, "sluice: %s runs: %s\n", run->stats->name,
		run->stats->plan);
	sl_stats_sample(run->stats, run->pipeline);
	before = sl_stats_copy(run->stats);
	if (run->web)
		web = sl_web_start(&options);
	if (web || !run->web)
		watch(run, &signals);
	err = sl_pipeline_stop(run->pipeline, DRAIN_NS);
	sl_stats_sample(run->stats, run->pipeline);
	sl_stats_memory(run->stats, run->pipeline);
	if (err)
		fprintf(stderr, "sluice: stopped with work left undone\n");
	if (before && (web || !run->web)) {
		print_summary(run, before);
		sl_facts_write(&run->distances.topology, before, run->stats);
	}
	free(before);
	drop_scheduler(run);
	drop_manager(run);
	sl_pipeline_close(run->pipeline);
	sl_web_stop(web);
	sl_stats_destroy(run->stats, run->path);
	return run->web && !web;
}

/* Returns an exit status, or -1 to go on. */
static int parse(struct run *run, const char **set, int argc, char **argv)
{
	static const struct option options[] = {
		{ "set", required_argument, NULL, 's' },
		{ "stats", required_argument, NULL, 'S' },
		{ "web", required_argument, NULL, 'w' },
		{ "seconds", required_argument, NULL, 't' },
		{ "summary", no_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int c, n = 0;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			set[n++] = optarg;
			break;
		case 'S':
			snprintf(run->path, sizeof(run->path), "%s", optarg);
			break;
		case 'w':
			run->web = optarg;
			break;
		case 't':
			run->seconds = strtod(optarg, &end);
			if (!*end && run->seconds > 0)
				break;
			fprintf(stderr, "sluice run: --seconds takes a number"
				" above 0, not '%s'\n", optarg);
			return 2;
		case 'u':
			run->summary = true;
			break;
		case 'j':
			run->json = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (optind + 1 == argc)
		return -1;
	usage(stderr);
	return 2;
}

int sl_command_run(int argc, char **argv)
{
	const char **set = calloc(argc + 1, sizeof(*set));
	struct sl_complaint complaint;
	static struct run run;
	int status;

	if (!set)
		return 1;
	status = parse(&run, set, argc, argv);
	if (status < 0) {
		run.loaded = sl_load_file(sl_site(), argv[optind], set,
					  &complaint);
		if (run.loaded) {
			status = run_loaded(&run);
			sl_loaded_close(run.loaded);
		} else {
			fprintf(stderr, "%s\n", complaint.text);
			status = 1;
		}
	}
	free(set);
	return status;
}
