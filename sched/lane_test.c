// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves which stages are in lanes and who is joined with whom, and that a set
 * of workers becomes a plan which uses all of it, evenly, and keeps lanes
 * together.
 */
#include "sched/lane_site_test.h"

static void test_reasons(void)
{
	static const struct {
		const char *chain;
		u32 lanes, max;		/* of the last stage */
		u32 count;
		u8 why[5];		/* by stage */
	} rows[] = {
		{ "Sppk",  2, 0, 4, { 0, 0, 0, 0 } },
		{ "Sppk",  1, 0, 0, { 0, 0, 0, 0 } },
		{ "Sppk",  0, 0, 0, { 0, 0, 0, 0 } },
		{ "Sxpk",  3, 0, 3, { 0, SL_LANE_SERIAL, 0, 0 } },
		{ "Smpk",  2, 0, 3, { 0, SL_LANE_SETTLED, 0, 0 } },
		{ "Sp1pk", 2, 0, 3, { 0, SL_LANE_PLACED, 0, 0 } },
		{ "Sp2pk", 2, 0, 3, { 0, SL_LANE_PLACED, 0, 0 } },
		{ "Spbk",  2, 0, 4, { 0, 0, 0, 0 } },
		{ "Oxbx",  2, 0, 0, { 0, 0, 0, 0 } },
		/* Lanes that do not begin where events enter. */
		{ "Oppk",  2, 0, 3, { SL_LANE_SERIAL, 0, 0, 0 } },
		{ "Opbk",  2, 0, 2, { SL_LANE_SERIAL, 0, SL_LANE_CALLERS, 0 } },
		{ "Sxpbk", 2, 0, 3, { 0, SL_LANE_SERIAL, 0, SL_LANE_CALLERS } },
		{ "Spbk",  2, 2, 4, { 0, 0, 0, 0 } },
		{ "Spbk",  3, 2, 3, { 0, 0, 0, SL_LANE_LIMITED } },
	};
	u32 i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool good = true;

		make_graph(rows[i].chain);
		graph.stage[graph.stage_count - 1].replicas_max = rows[i].max;
		good &= CHECK_EQ(sl_lane_make(&graph, rows[i].lanes),
				 rows[i].count);
		good &= CHECK_EQ(graph.lanes, rows[i].count ? rows[i].lanes : 0);
		for (j = 0; rows[i].count && j < graph.stage_count; j++) {
			u8 why = rows[i].why[j];

			good &= CHECK_EQ(sl_lane_why(&graph, j), why);
			good &= CHECK_EQ(graph.stage[j].lanes,
					 why == SL_LANE_IN ? graph.lanes : 0);
		}
		if (!good)
			fprintf(stderr, "with: row %u, %s\n", i, rows[i].chain);
	}
}

static void test_crowded(void)
{
	u32 stage, i;

	make_graph("Sxpk");
	sl_lane_make(&graph, 8);
	CHECK_EQ(sl_lane_crowded(&graph, &stage), SL_LANE_FIT);
	sl_lane_make(&graph, 9);
	CHECK_EQ(sl_lane_crowded(&graph, &stage), SL_LANE_EDGES);
	CHECK_EQ(stage, 1);
	make_graph("Sppppppk");
	sl_lane_make(&graph, 32);
	CHECK_EQ(sl_lane_crowded(&graph, &stage), SL_LANE_FIT);
	sl_lane_make(&graph, 33);
	CHECK_EQ(sl_lane_crowded(&graph, &stage), SL_LANE_INSTANCES);

	/* A net of passes, each of which calls eight others. */
	sl_graph_init(&graph, "net");
	for (i = 0; i < 24; i++) {
		char name[8] = { 's', 'a' + i };

		CHECK_EQ(add(name, 'p'), i);
	}
	for (i = 0; i < 128; i++)
		CHECK_EQ(sl_graph_join(&graph, i / 8, 16 + i % 8), 0);
	sl_lane_make(&graph, 4);
	CHECK_EQ(sl_lane_crowded(&graph, &stage), SL_LANE_FIT);
	sl_lane_make(&graph, 5);
	CHECK_EQ(sl_lane_crowded(&graph, &stage), SL_LANE_WAYS);
}

static void set_workers(u32 count)
{
	u32 i;

	plan.worker_count = count;
	for (i = 0; i < count; i++)
		plan.worker[i] = (struct sl_place){ 0, i };
}

/* Every set of up to six workers, for up to nine lanes. */
static void test_spread(void)
{
	u32 lanes, workers, i;
	u64 set;

	make_graph("Spk");
	for (lanes = 2; lanes < 10; lanes++) {
		sl_lane_make(&graph, lanes);
		CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
		CHECK_EQ(plan.instance_count, 3 * lanes);
		for (workers = 1; workers < 7; workers++) {
			set_workers(workers);
			for (set = 1; set < 1ull << workers; set++) {
				u64 on[] = { set, 1, set };
				u32 each[6] = { 0 };
				u32 k = members(set);

				if (k > lanes)
					continue;
				sl_lane_spread(&plan, &graph, on);
				for (i = 0; i < lanes; i++) {
					u32 at = plan.instance[i].worker;

					CHECK(set >> at & 1);
					each[at]++;
					CHECK_EQ(plan.instance[lanes + i].worker,
						 0);
					CHECK_EQ(plan.instance[2 * lanes + i].worker,
						 at);
				}
				for (i = 0; i < workers; i++)
					CHECK(!(set >> i & 1) ||
					      (each[i] && each[i] <=
					       (lanes + k - 1) / k));
			}
		}
	}
}

/* What has places stays, and lanes go where its replicas are. */
static void test_homes(void)
{
	static const u64 all[] = { 3, 3, 3, 3 };

	make_graph("Sp2xk");
	sl_lane_make(&graph, 2);
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	set_workers(2);
	/* Its first replica is on the second worker. */
	plan.instance[2].worker = 1;
	plan.instance[3].worker = 0;
	sl_lane_spread(&plan, &graph, (u64[]){ 3, 3, 2, 3 });
	CHECK_EQ(plan.instance[0].worker, 1);
	CHECK_EQ(plan.instance[1].worker, 0);
	CHECK_EQ(plan.instance[2].worker, 1);
	CHECK_EQ(plan.instance[3].worker, 0);
	CHECK_EQ(plan.instance[4].worker, 1);
	CHECK_EQ(plan.instance[5].worker, 1);
	CHECK_EQ(plan.instance[6].worker, 0);

	make_graph("Smk");
	sl_lane_make(&graph, 2);
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	set_workers(2);
	sl_lane_spread(&plan, &graph, all);
	CHECK_EQ(plan.instance[1].worker, 1);
	CHECK_EQ(plan.instance[2].worker, 0);
}

/* Whom each instance calls, by the number of its replica. */
static void test_pairing(void)
{
	static const struct {
		const char *chain;
		enum sl_pairing pairing[3];	/* by edge */
	} rows[] = {
		{ "Sppk", { SL_PAIR_LANE, SL_PAIR_LANE, SL_PAIR_LANE } },
		{ "Sxpk", { SL_PAIR_ALL, SL_PAIR_ALL, SL_PAIR_LANE } },
		{ "Sp2pk", { SL_PAIR_LANE, SL_PAIR_LANE, SL_PAIR_LANE } },
		{ "Sp3pk", { SL_PAIR_ALL, SL_PAIR_ALL, SL_PAIR_LANE } },
		{ "Sp3p3k", { SL_PAIR_ALL, SL_PAIR_WORKER, SL_PAIR_ALL } },
		{ "Op1x1k", { SL_PAIR_WORKER, SL_PAIR_WORKER, SL_PAIR_ALL } },
	};
	char line[128];
	u32 i, e;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_graph(rows[i].chain);
		sl_lane_make(&graph, 2);
		CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0, 1 }, 2), 0);
		/* Where its ends happen to be now does not matter. */
		if (graph.stage[0].lanes)
			plan.instance[1].worker = 1;
		for (e = 0; e < graph.edge_count; e++)
			if (!CHECK_EQ(sl_plan_pairing(&plan, &graph, e, e + 1),
				      rows[i].pairing[e]))
				fprintf(stderr, "with: %s, edge %u\n",
					rows[i].chain, e);
	}
	make_graph("Sxk");
	sl_lane_make(&graph, 3);
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0, 1 }, 2), 0);
	sl_lane_spread(&plan, &graph, (u64[]){ 3, 1, 2 });
	sl_plan_print(&plan, &graph, line, sizeof(line));
	CHECK_STR(line, "cpu0: s0*2+s1 | cpu1: s0+s2*3");
}

int main(void)
{
	make_types();
	test_reasons();
	test_crowded();
	test_spread();
	test_homes();
	test_pairing();
	TEST_END();
}
