// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice sim: a pipeline file on a machine that one need not have.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>

#include "pipelines/load.h"
#include "tools/command.h"
#include "tools/sim_input.h"
#include "tools/sim_print.h"
#include "tools/site.h"

#define GROUP		8	/* cores that share a cache, unless told */

/*
 * What waking a core costs whoever wakes it, and until it runs: medians of what
 * bench/wake.h measured 40 times on two CPUs of a virtual machine.
 */
#define WAKE_NS		23500
#define ROUSE_NS	23500

struct request {
	struct sl_loaded *loaded;
	struct sl_planner_scratch *scratch;
	struct sl_planner_snapshot s;
	struct sl_sim_config config;
	const char *cores, *costs, *plan, *svg;
	const char *shift[SL_SIM_SHIFTS_MAX];
	double near_ns, far_ns;
	bool json, plot;
	u32 row_count;
	struct sl_sim_row row[SL_SIM_ROWS_MAX];
};

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice sim FILE [OPTION]...\n"
"\n"
"  --cores LIST        numbers of cores, as 4,16,64; one number is 1 up to it;\n"
"                      AxB is A groups of B that share a cache (4)\n"
"  --distance NEAR,FAR round trip of a cache line in a group and between two,\n"
"                      in nanoseconds (110,460)\n"
"  --wake COST,DELAY   what waking a core costs its waker, and until it runs, in\n"
"                      nanoseconds; 0,0: they never sleep (23500,23500)\n"
"  --costs FILE        what sluice run FILE --json has told; else rough costs\n"
"  --load WHAT         closed, a number of events a second that come by chance,\n"
"                      or even:NUMBER (closed)\n"
"  --plan PLAN         auto, file, or as \"cpu0: a+b | cpu1: c\" (auto)\n"
"  --policy NAME       turns, as the executor, frames or each (turns)\n"
"  --seconds N         that are simulated (0.1)\n"
"  --variation X       deviation over mean of service times (0)\n"
"  --shift T:STAGE:X   at T seconds that stage takes X times as long\n"
"  --look MS           let the planner look so often (never)\n"
"  --noise X           deviation over mean of what it measures (0)\n"
"  --set KEY=VALUE     override the file\n"
"  --seed N            of all that is left to chance (1)\n"
"  --plot              bars instead of plans\n"
"  --svg FILE          a picture\n"
"  --json              one JSON object\n"
"\n"
"  sluice run pipelines/chain.yaml --seconds 5 --json >costs.json\n"
"  sluice sim pipelines/chain.yaml --costs costs.json --cores 4,16,64\n");
}

static int complain(const char *option, const char *value, const char *wanted)
{
	fprintf(stderr, "sluice sim: --%s: '%.40s' is not %s\n", option, value,
		wanted);
	return 2;
}

/* "4", "2x8": groups and cores in each; false if it is neither. */
static bool read_machine(const char *text, char **end, u32 *groups, u32 *cores)
{
	unsigned long a = strtoul(text, end, 10), b = 1;

	if (*end == text)
		return false;
	if (**end == 'x') {
		text = *end + 1;
		b = strtoul(text, end, 10);
		*groups = a;
		*cores = b;
		return *end != text && a && b && a * b <= SL_PLANNER_CORES_MAX;
	}
	*groups = a <= GROUP ? 1 : (a + GROUP - 1) / GROUP;
	*cores = a <= GROUP ? a : GROUP;
	return a && a <= SL_PLANNER_CORES_MAX;
}

static void set_machine(struct request *r, u32 groups, u32 cores, u32 count)
{
	sl_planner_cores(&r->s, groups, cores, r->near_ns * 1e3,
			 r->far_ns * 1e3);
	if (count && count < r->s.core_count)
		r->s.core_count = count;
}

/* The plan of the file itself. */
static int plan_of_file(struct request *r)
{
	static struct sl_place place[SL_PLANNER_CORES_MAX];
	static struct sl_plan plan;
	u16 cpus[SL_PLANNER_CORES_MAX];
	u32 i;
	int err;

	for (i = 0; i < r->s.core_count; i++) {
		cpus[i] = i;
		place[i].cpu = i;
	}
	err = sl_plan_make(&plan, &r->loaded->graph, cpus, r->s.core_count);
	if (!err)
		err = sl_planner_from_plan(&r->s, &plan, place);
	if (err)
		fprintf(stderr, "sluice sim: --plan file: it needs other cores"
			" than 0 to %u: %s\n", r->s.core_count - 1,
			strerror(-err));
	return err;
}

static int find_plan(struct request *r)
{
	static struct sl_planner_plan plan;
	const char *stage;

	if (!strcmp(r->plan, "file"))
		return plan_of_file(r);
	if (strcmp(r->plan, "auto"))
		return sl_sim_plan(&r->s, &r->loaded->graph, r->plan);
	r->s.placed = false;
	if (sl_planner_make(&r->s, r->scratch, &plan)) {
		stage = r->loaded->graph.stage[plan.fault_stage].name;
		fprintf(stderr, "sluice sim: no plan: %s (%s)\n",
			sl_planner_fault_name(plan.fault), stage);
		return -EINVAL;
	}
	memcpy(r->s.on, plan.on, sizeof(r->s.on));
	r->s.placed = true;
	return 0;
}

static void name_plan(struct request *r, const u64 *on, char *text, u32 bytes)
{
	static struct sl_place place[SL_PLANNER_CORES_MAX];
	static struct sl_planner_plan planned;
	static struct sl_plan plan;
	u32 i;

	for (i = 0; i < SL_PLANNER_CORES_MAX; i++)
		place[i].cpu = i;
	memcpy(planned.on, on, sizeof(planned.on));
	snprintf(text, bytes, "too many replicas to run");
	if (!sl_planner_to_plan(&planned, r->s.stage_count, place, &plan))
		sl_plan_print(&plan, &r->loaded->graph, text, bytes);
}

/* One row: a machine, a plan, a simulation. */
static int simulate(struct request *r, u32 groups, u32 cores, u32 count)
{
	struct sl_sim_row *row = &r->row[r->row_count];
	struct sl_sim_result *result;

	if (r->row_count == SL_SIM_ROWS_MAX)
		return 0;
	set_machine(r, groups, cores, count);
	if (find_plan(r))
		return 1;
	if (sl_planner_begin(&r->s, r->scratch))
		return 1;
	row->cores = r->s.core_count;
	row->expected = sl_planner_rate(r->scratch, r->s.on) / 1e3;
	result = sl_sim_run(&r->config);
	if (IS_ERR(result)) {
		fprintf(stderr, "sluice sim: cannot simulate %u cores: %s\n",
			row->cores, strerror(-PTR_ERR(result)));
		return 1;
	}
	row->result = result;
	name_plan(r, result->on, row->plan, sizeof(row->plan));
	r->row_count++;
	return 0;
}

static int simulate_all(struct request *r)
{
	const char *at = r->cores;
	u32 groups, cores, n;
	char *end;
	int status = 0;

	/* 1 up to it, but not all of many; a given plan wants its cores. */
	if (!strpbrk(at, ",x") && !strcmp(r->plan, "auto")) {
		if (!read_machine(at, &end, &groups, &cores) || *end)
			return complain("cores", at, "1 to 64");
		for (n = 1; n < groups * cores && n < strtoul(at, NULL, 10) &&
		     !status; n += n < GROUP ? 1 : n)
			status = simulate(r, (n + GROUP - 1) / GROUP,
					  n < GROUP ? n : GROUP, n);
	}
	for (; !status; at = end + 1) {
		if (!read_machine(at, &end, &groups, &cores) ||
		    (*end && *end != ','))
			return complain("cores", r->cores,
					"numbers up to 64, as 4,16 or 2x8");
		status = simulate(r, groups, cores, strchr(at, 'x') ? 0 :
				  strtoul(at, NULL, 10));
		if (!*end)
			break;
	}
	return status;
}

static int read_shift(struct request *r, const char *text)
{
	struct sl_sim_shift *shift = &r->config.shift[r->config.shift_count];
	char name[SL_NAME_MAX];
	int stage, used = 0;

	if (sscanf(text, "%lf:%31[^:]:%lf%n", &shift->at_s, name,
		   &shift->factor, &used) < 3 || text[used] ||
	    shift->at_s < 0 || shift->factor <= 0 || shift->factor > 1000)
		return complain("shift", text, "as 0.5:STAGE:3");
	stage = sl_graph_find(&r->loaded->graph, name);
	if (stage < 0)
		return complain("shift", name, "a stage of the file");
	shift->stage = stage;
	r->config.shift_count++;
	return 0;
}

/* Events that the banks have where they enter. */
static u32 bank_events(const struct sl_graph *graph)
{
	u32 i, e, found = 0;

	for (i = 0; i < graph->stage_count; i++) {
		for (e = 0; e < graph->edge_count; e++)
			if (graph->edge[e].right == i)
				break;
		if (e == graph->edge_count)
			found = max(found, graph->stage[i].events);
	}
	return found ? found : 512;
}

static int prepare(struct request *r)
{
	const struct sl_graph *graph = &r->loaded->graph;
	u32 i;

	r->scratch = malloc(sl_planner_scratch_bytes());
	if (!r->scratch)
		return 1;
	sl_planner_graph(&r->s, graph);
	set_machine(r, 1, 2, 0);	/* of which costs are read */
	if (r->costs && sl_sim_costs(&r->s, graph, r->costs))
		return 1;
	r->config.snapshot = &r->s;
	r->config.ring_slots = graph->ring_slots;
	r->config.batch_max = graph->batch_max;
	r->config.poll_ns = graph->poll_ns;
	r->config.in_flight = bank_events(graph);
	r->s.in_flight = r->config.in_flight;
	for (i = 0; i < SL_SIM_SHIFTS_MAX && r->shift[i]; i++)
		if (read_shift(r, r->shift[i]))
			return 2;
	if (r->config.shift_count || r->config.look_s > 0)
		r->config.window_s = r->config.seconds / 100;
	return simulate_all(r);
}

static int tell(struct request *r)
{
	const char *name = r->loaded->graph.name;
	int err;

	if (r->json)
		sl_sim_json(r->row, r->row_count, name);
	else
		sl_sim_print(r->row, r->row_count, r->plot);
	if (!r->svg)
		return 0;
	err = sl_sim_svg(r->row, r->row_count, name, r->svg);
	if (err)
		fprintf(stderr, "sluice sim: %s: %s\n", r->svg, strerror(-err));
	return err ? 1 : 0;
}

static bool in_range(const char *text, double low, double high, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && *value >= low && *value <= high;
}

static int read_load(struct request *r, const char *text)
{
	if (!strcmp(text, "closed")) {
		r->config.rate = 0;
		return 0;
	}
	r->config.even = !strncmp(text, "even:", 5);
	if (in_range(text + (r->config.even ? 5 : 0), 1, 1e9, &r->config.rate))
		return 0;
	return complain("load", text, "closed, a number or even:NUMBER");
}

static int read_policy(struct request *r, const char *text)
{
	static const char *const names[] = { "turns", "frames", "each" };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(text, names[i])) {
			r->config.policy = i;
			return 0;
		}
	return complain("policy", text, "turns, frames or each");
}

/* Options that are a number: their ranges, and where they go. */
static int read_number(struct request *r, int option, const char *text)
{
	double value;

	switch (option) {
	case 't':
		return in_range(text, 1e-6, 3600, &r->config.seconds) ? 0 :
		       complain("seconds", text, "a number above 0");
	case 'v':
		return in_range(text, 0, 10, &r->config.variation) ? 0 :
		       complain("variation", text, "0 to 10");
	case 'n':
		return in_range(text, 0, 2, &r->config.noise) ? 0 :
		       complain("noise", text, "0 to 2");
	case 'L':
		if (!in_range(text, 0.01, 1e6, &value))
			return complain("look", text, "milliseconds");
		r->config.look_s = value / 1e3;
		return 0;
	default:
		if (!in_range(text, 0, 1e15, &value))
			return complain("seed", text, "a number");
		r->config.seed = value;
		return 0;
	}
}

static int read_option(struct request *r, int option, const char *text,
		       u32 *shifts)
{
	char end;

	switch (option) {
	case 'c':
		r->cores = text;
		return 0;
	case 'd':
		if (sscanf(text, "%lf,%lf%c", &r->near_ns, &r->far_ns, &end) == 2 &&
		    r->near_ns >= 0 && r->far_ns >= 0 &&
		    r->near_ns <= 1e5 && r->far_ns <= 1e5)
			return 0;
		return complain("distance", text, "nanoseconds, as 110,460");
	case 'w':
		if (sscanf(text, "%lf,%lf%c", &r->config.wake_ns,
			   &r->config.rouse_ns, &end) == 2 &&
		    r->config.wake_ns >= 0 && r->config.rouse_ns >= 0 &&
		    r->config.wake_ns <= 1e7 && r->config.rouse_ns <= 1e7)
			return 0;
		return complain("wake", text, "nanoseconds, as 3000,20000");
	case 'C':
		r->costs = text;
		return 0;
	case 'p':
		r->plan = text;
		return 0;
	case 'g':
		r->svg = text;
		return 0;
	case 'l':
		return read_load(r, text);
	case 'P':
		return read_policy(r, text);
	case 'S':
		if (*shifts == SL_SIM_SHIFTS_MAX)
			return complain("shift", text, "one of at most 8");
		r->shift[(*shifts)++] = text;
		return 0;
	case 'j':
		r->json = true;
		return 0;
	case 'b':
		r->plot = true;
		return 0;
	default:
		return read_number(r, option, text);
	}
}

static const struct option options[] = {
	{ "cores", required_argument, NULL, 'c' },
	{ "distance", required_argument, NULL, 'd' },
	{ "wake", required_argument, NULL, 'w' },
	{ "costs", required_argument, NULL, 'C' },
	{ "load", required_argument, NULL, 'l' },
	{ "plan", required_argument, NULL, 'p' },
	{ "policy", required_argument, NULL, 'P' },
	{ "seconds", required_argument, NULL, 't' },
	{ "variation", required_argument, NULL, 'v' },
	{ "shift", required_argument, NULL, 'S' },
	{ "look", required_argument, NULL, 'L' },
	{ "noise", required_argument, NULL, 'n' },
	{ "set", required_argument, NULL, 's' },
	{ "seed", required_argument, NULL, 'e' },
	{ "plot", no_argument, NULL, 'b' },
	{ "svg", required_argument, NULL, 'g' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* A file may name CPUs that this machine has not. */
static const struct sl_load_site *any_site(void)
{
	static u16 cpus[SL_PLANNER_CORES_MAX];
	static struct sl_load_site site;
	u32 i;

	for (i = 0; i < SL_PLANNER_CORES_MAX; i++)
		cpus[i] = i;
	site = *sl_site();
	site.cpus = cpus;
	site.cpu_count = SL_PLANNER_CORES_MAX;
	return &site;
}

static int run(struct request *r, const char *path, const char **set)
{
	struct sl_complaint complaint;
	int status;
	u32 i;

	r->loaded = sl_load_file(any_site(), path, set, &complaint);
	if (!r->loaded) {
		fprintf(stderr, "%s\n", complaint.text);
		return 1;
	}
	status = prepare(r);
	if (!status)
		status = tell(r);
	for (i = 0; i < r->row_count; i++)
		sl_sim_free(r->row[i].result);
	free(r->scratch);
	sl_loaded_close(r->loaded);
	return status;
}

int sl_command_sim(int argc, char **argv)
{
	static struct request r = { .cores = "4", .plan = "auto",
				    .near_ns = 110, .far_ns = 460 };
	const char **set = calloc(argc + 1, sizeof(*set));
	u32 sets = 0, shifts = 0;
	int c, status = 0;

	if (!set)
		return 1;
	sl_sim_defaults(&r.config, &r.s);
	r.config.wake_ns = WAKE_NS;
	r.config.rouse_ns = ROUSE_NS;
	while (!status &&
	       (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 's') {
			set[sets++] = optarg;
		} else if (c == 'h') {
			usage(stdout);
			free(set);
			return 0;
		} else {
			status = c == '?' ? 2 : read_option(&r, c, optarg, &shifts);
		}
	}
	if (!status && optind + 1 != argc) {
		usage(stderr);
		status = 2;
	}
	if (!status)
		status = run(&r, argv[optind], set);
	free(set);
	return status;
}
