// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves whose events each stage may meet, in a graph of the shape of the
 * bookstore's, with edges that pass and edges that copy; and that landing
 * banks have as many events as can come to them.
 */
#include <linux/err.h>

#include "sched/isolate.h"
#include "sched/reach.h"
#include "sched/transfer.h"
#include "tools/test.h"

enum { NET, HTTP, APP, DB, NFS, BLOCK, STAGES };
enum { NET_HTTP, HTTP_APP, APP_DB, APP_NFS, DB_NFS, NFS_BLOCK, EDGES };

#define BIT(stage)	(1u << (stage))

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	(void)stage;
	(void)edge;
	return batch->count;
}

#define BANK(count)	.events = (count), .event_bytes = 1000, .run = run

static const struct sl_stage_type types[STAGES] = {
	[NET] = { .name = "net", .port = { { "r", "bytes", true, false } },
		  BANK(3) },
	[HTTP] = { .name = "http", .port = { { "l", "bytes", false, false },
					     { "r", "http", true, false } },
		   .own_requests = true, .sends = 1, BANK(5) },
	[APP] = { .name = "app", .port = { { "l", "http", false, false },
					   { "db", "query", true, false },
					   { "nfs", "file", true, false } },
		  .own_requests = true, .sends = 1, BANK(7) },
	[DB] = { .name = "db", .port = { { "l", "query", false, false },
					 { "r", "file", true, false } },
		 .own_requests = true, BANK(11) },
	[NFS] = { .name = "nfs", .port = { { "l", "file", false, false },
					   { "r", "block", true, false } },
		  .run = run },
	[BLOCK] = { .name = "block", .port = { { "l", "block", false, false } },
		    .run = run },
};

/* By whose memory, not whose events: what has landed is of who got it. */
static const struct {
	u8 transfer[EDGES];
	u32 replicas;		/* of app */
	u32 meets[STAGES];	/* bits of stages */
	u32 land[EDGES][2];	/* events: of requests, of what is sent left */
} cases[] = {
	{ { 0 }, 1,
	  { [NET] = BIT(NET) | BIT(HTTP) | BIT(APP),
	    [HTTP] = BIT(NET) | BIT(HTTP) | BIT(APP),
	    [APP] = BIT(HTTP) | BIT(APP),
	    [DB] = BIT(APP) | BIT(DB),
	    [NFS] = BIT(APP) | BIT(DB),
	    [BLOCK] = BIT(APP) | BIT(DB) },
	  { { 0 } } },
	{ { [DB_NFS] = SL_COPY, [APP_NFS] = SL_COPY }, 1,
	  { [NET] = BIT(NET) | BIT(HTTP) | BIT(APP),
	    [HTTP] = BIT(NET) | BIT(HTTP) | BIT(APP),
	    [APP] = BIT(HTTP) | BIT(APP),
	    [DB] = BIT(APP) | BIT(DB),
	    [NFS] = BIT(NFS),
	    [BLOCK] = BIT(NFS) },
	  { [DB_NFS] = { 11, 0 }, [APP_NFS] = { 7, 0 } } },
	{ { [NET_HTTP] = SL_COPY, [NFS_BLOCK] = SL_FLIP }, 1,
	  { [NET] = BIT(NET),
	    [HTTP] = BIT(HTTP) | BIT(APP),
	    [APP] = BIT(HTTP) | BIT(APP),
	    [DB] = BIT(APP) | BIT(DB),
	    [NFS] = BIT(APP) | BIT(DB),
	    [BLOCK] = BIT(BLOCK) },
	  { [NET_HTTP] = { 3, 12 }, [NFS_BLOCK] = { 18, 0 } } },
	{ { SL_COPY, SL_COPY, SL_COPY, SL_COPY, SL_COPY, SL_COPY }, 1,
	  { BIT(NET), BIT(HTTP), BIT(APP), BIT(DB), BIT(NFS), BIT(BLOCK) },
	  { { 3, 12 }, { 5, 7 }, { 7, 0 }, { 7, 0 }, { 11, 0 }, { 18, 0 } } },
	{ { [HTTP_APP] = SL_COPY }, 2,
	  { [NET] = BIT(NET) | BIT(HTTP),
	    [HTTP] = BIT(NET) | BIT(HTTP),
	    [APP] = BIT(APP),
	    [DB] = BIT(APP) | BIT(DB),
	    [NFS] = BIT(APP) | BIT(DB),
	    [BLOCK] = BIT(APP) | BIT(DB) },
	  { [HTTP_APP] = { 5, 7 } } },
	{ { [NFS_BLOCK] = SL_COPY }, 3,
	  { [NET] = BIT(NET) | BIT(HTTP) | BIT(APP),
	    [HTTP] = BIT(NET) | BIT(HTTP) | BIT(APP),
	    [APP] = BIT(HTTP) | BIT(APP),
	    [DB] = BIT(APP) | BIT(DB),
	    [NFS] = BIT(APP) | BIT(DB),
	    [BLOCK] = BIT(BLOCK) },
	  { [NFS_BLOCK] = { 32, 0 } } },
};

static u32 stage_of(const struct sl_pipeline *p, u32 instance)
{
	return p->plan.instance[instance].stage;
}

static struct sl_pipeline *open_case(u32 n)
{
	static const u8 edges[EDGES][2] = {
		{ NET, HTTP }, { HTTP, APP }, { APP, DB }, { APP, NFS },
		{ DB, NFS }, { NFS, BLOCK } };
	static struct sl_graph graph;
	static struct sl_plan plan;
	u32 i;

	sl_graph_init(&graph, "reach");
	for (i = 0; i < STAGES; i++) {
		sl_graph_add(&graph, types[i].name, &types[i], NULL);
		graph.stage[i].place_count = 1;
	}
	for (i = 1; i < cases[n].replicas; i++)
		graph.stage[APP].place[graph.stage[APP].place_count++] =
			(struct sl_place){ 0, i };
	for (i = 0; i < EDGES; i++) {
		CHECK_EQ(sl_graph_join(&graph, edges[i][0], edges[i][1]), 0);
		graph.edge[i].transfer = cases[n].transfer[i];
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	return sl_pipeline_open(&graph, &plan, NULL);
}

static u32 meets(const struct sl_pipeline *p, const struct sl_reach *reach,
		 u32 instance)
{
	u32 stages = 0;
	u32 i;

	for (i = 0; i < SL_INSTANCES_MAX; i++)
		if (sl_reach_has(&reach->meets[instance], i))
			stages |= BIT(stage_of(p, i));
	for (i = 0; i < p->way_count; i++)
		if (sl_reach_has(&reach->meets[instance],
				 SL_INSTANCES_MAX + i))
			stages |= BIT(stage_of(p, p->way[i].to));
	return stages;
}

static void check(u32 n)
{
	unsigned long failed = sl_test_failed;
	struct sl_pipeline *p = open_case(n);
	struct sl_reach *reach;
	u32 i;

	if (!CHECK(!IS_ERR(p)))
		return;
	reach = sl_reach_create(p);
	for (i = 0; reach && i < p->plan.instance_count; i++) {
		CHECK_EQ(meets(p, reach, i), cases[n].meets[stage_of(p, i)]);
		CHECK_EQ(stage_of(p, sl_isolate_domain(p, i)), stage_of(p, i));
		CHECK_EQ(p->plan.instance[sl_isolate_domain(p, i)].replica, 0);
	}
	for (i = 0; i < p->way_count; i++) {
		const struct sl_way *way = &p->way[i];

		CHECK_EQ(!way->transfer, !cases[n].transfer[way->edge]);
		if (way->transfer)
			CHECK_EQ(way->transfer->land.event_count,
				 cases[n].land[way->edge][!way->out->right]);
	}
	sl_reach_destroy(reach);
	sl_pipeline_close(p);
	if (sl_test_failed != failed)
		fprintf(stderr, "in case %u\n", n);
}

int main(void)
{
	u32 n;

	for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++)
		check(n);
	TEST_END();
}
