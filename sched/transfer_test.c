// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that what crosses an edge is the same whether it passes by pointer,
 * is copied or flipped: contents both ways, order, and nothing left behind;
 * with every cut of three stages, tiny rings and banks, and replicas.
 */
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "sched/transfer.h"
#include "sched/transfer_site_test.h"
#include "sched/wiring.h"

#define COUNT	2000

static const struct {
	const char *name;
	u8 transfer[2];
	const char *cut;	/* a worker per letter, one letter a stage */
	bool fuse;
	u32 slots;
	u32 batch;
	u32 events[2];		/* of asker and answerer */
	u32 relays;
} cases[] = {
	{ "by pointer", { SL_PASS, SL_PASS }, "abc", true, 64, 64, { 64, 16 }, 1 },
	{ "copied, fused", { SL_COPY, SL_COPY }, "aaa", true, 64, 64, { 64, 16 }, 1 },
	{ "copied, rings", { SL_COPY, SL_COPY }, "aaa", false, 64, 64, { 64, 16 }, 1 },
	{ "copied, split", { SL_COPY, SL_COPY }, "abc", true, 64, 64, { 64, 16 }, 1 },
	{ "copied first", { SL_COPY, SL_PASS }, "aab", true, 64, 64, { 64, 16 }, 1 },
	{ "copied last", { SL_PASS, SL_COPY }, "abb", true, 64, 64, { 64, 16 }, 1 },
	{ "tiny rings", { SL_COPY, SL_COPY }, "aba", true, 2, 64, { 64, 16 }, 1 },
	{ "one slot", { SL_COPY, SL_COPY }, "abc", true, 1, 64, { 64, 5 }, 1 },
	{ "one event each", { SL_COPY, SL_COPY }, "aab", true, 64, 64, { 1, 4 }, 1 },
	{ "few to tell with", { SL_COPY, SL_COPY }, "abc", true, 4, 7, { 9, 5 }, 1 },
	{ "single events", { SL_COPY, SL_COPY }, "aab", true, 16, 1, { 64, 16 }, 1 },
	{ "flipped, fused", { SL_FLIP, SL_FLIP }, "aaa", true, 64, 64, { 64, 16 }, 1 },
	{ "flipped, split", { SL_FLIP, SL_FLIP }, "abc", true, 64, 64, { 64, 16 }, 1 },
	{ "flip and copy", { SL_FLIP, SL_COPY }, "aab", true, 8, 9, { 10, 5 }, 1 },
	{ "copy and flip", { SL_COPY, SL_FLIP }, "abb", true, 8, 9, { 10, 5 }, 1 },
	{ "replicas", { SL_COPY, SL_COPY }, "abc", true, 64, 64, { 64, 16 }, 3 },
	{ "replicas, flipped", { SL_FLIP, SL_PASS }, "abc", true, 16, 64, { 64, 16 }, 2 },
	{ "replicas, passed on", { SL_PASS, SL_COPY }, "aaa", true, 16, 64, { 20, 9 }, 2 },
};

static struct sl_graph graph;
static struct sl_plan plan;
static bool copies;		/* at some edge */

static void place(u32 stage, u32 worker)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	graph.stage[stage].place[graph.stage[stage].place_count++] =
		(struct sl_place){ worker % cpus, worker / cpus };
}

static void make_graph(u32 n)
{
	static const char *const names[] = { "asker", "relay", "answerer" };
	static const struct sl_stage_type *const types[] = {
		&asker_type, &relay_type, &answerer_type };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u16 cpu[SL_CORES_MAX];
	u32 i;

	sl_graph_init(&graph, "transfer");
	graph.ring_slots = cases[n].slots;
	graph.batch_max = cases[n].batch;
	for (i = 0; i < 3; i++) {
		sl_graph_add(&graph, names[i], types[i], &copies);
		if (i)
			CHECK_EQ(sl_graph_join(&graph, i - 1, i), 0);
		place(i, cases[n].cut[i] - 'a');
	}
	for (i = 1; i < cases[n].relays; i++)
		place(1, 2 + i);
	graph.stage[0].events = cases[n].events[0];
	graph.stage[2].events = cases[n].events[1];
	for (i = 0; i < 2; i++) {
		graph.edge[i].fuse = cases[n].fuse;
		graph.edge[i].transfer = cases[n].transfer[i];
	}
	copies = cases[n].transfer[0] || cases[n].transfer[1];
	for (i = 0; i < (u32)cpus && i < SL_CORES_MAX; i++)
		cpu[i] = i;
	CHECK_EQ(sl_plan_make(&plan, &graph, cpu, i), 0);
}

static struct sl_stage *last_of(struct sl_pipeline *p)
{
	return sl_pipeline_stage(p, plan.instance_count - 1);
}

static bool is_done(struct sl_pipeline *p)
{
	const struct asker *asker = sl_pipeline_stage(p, 0)->private;
	const struct answerer *answerer = last_of(p)->private;

	return READ_ONCE(asker->answered) == COUNT &&
	       READ_ONCE(asker->told) == READ_ONCE(answerer->told);
}

static void run_threads(struct sl_pipeline *p)
{
	struct timespec ms = { 0, 1000000 };
	u32 left;

	CHECK_EQ(sl_pipeline_start(p), 0);
	for (left = 30000; left && !is_done(p); left--)
		nanosleep(&ms, NULL);
	CHECK_EQ(sl_pipeline_stop(p, 2000000000), 0);
}

static void check_home(const struct sl_bank *bank)
{
	CHECK_EQ(bank->free_count, bank->event_count);
	CHECK_EQ(bank->refused, 0);
}

static void check(struct sl_pipeline *p)
{
	const struct asker *asker = sl_pipeline_stage(p, 0)->private;
	const struct answerer *answerer = last_of(p)->private;
	u64 refused = 0;
	u32 long_ones = 0, i;

	for (i = 0; i < COUNT; i++)
		long_ones += shape_for(i) == FAR_LONG;
	CHECK_EQ(asker->answered, COUNT);
	CHECK_EQ(asker->wrong, 0);
	CHECK_EQ(answerer->wrong, 0);
	CHECK_EQ(asker->told, answerer->told);
	CHECK_EQ(asker->kept.count, 0);
	CHECK_EQ(asker->refused, copies ? long_ones : 0);
	CHECK(long_ones > 10);

	sl_bank_collect(sl_pipeline_stage(p, 0)->bank);
	sl_bank_collect(last_of(p)->bank);
	check_home(sl_pipeline_stage(p, 0)->bank);
	check_home(last_of(p)->bank);
	for (i = 0; i < p->way_count; i++) {
		struct sl_transfer *t = p->way[i].transfer;
		struct sl_pipeline_link link;

		sl_pipeline_link(p, i, &link);
		CHECK_EQ(link.used, 0);
		refused += link.refused - !!t;
		if (!t || !t->land.event_count)
			continue;
		check_home(&t->land);
		CHECK_EQ(t->land.exhausted, 0);
	}
	/* Requests that are too long, and answers, each at the first edge. */
	for (i = 0; i < COUNT; i++)
		long_ones += shape_for(i) == ANSWER_LONG;
	CHECK_EQ(refused, copies ? long_ones : 0);
}

static void run(u32 n, bool threads)
{
	unsigned long failed = sl_test_failed;
	struct sl_pipeline *p;
	u32 i;

	make_graph(n);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!CHECK(!IS_ERR(p)))
		return;
	((struct asker *)sl_pipeline_stage(p, 0)->private)->count = COUNT;
	/* What cannot be copied is told once, to people. */
	for (i = 0; i < p->way_count; i++)
		if (p->way[i].transfer)
			p->way[i].transfer->refused = 1;
	if (threads)
		run_threads(p);
	/* Things come home a turn later, and nothing moves by that. */
	for (i = 0; i < 20; i++)
		if (sl_pipeline_turn(p))
			i = 0;
	check(p);
	sl_pipeline_close(p);
	if (sl_test_failed != failed)
		fprintf(stderr, "with: %s\n", cases[n].name);
}

int main(void)
{
	u32 n;

	paint(afar, sizeof(afar), 3);
	paint(answer_afar, sizeof(answer_afar), 5);
	for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		run(n, false);
		run(n, true);
	}
	TEST_END();
}
