/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Chains of stages to put into lanes, for the tests of these.
 */
#ifndef SL_LANE_SITE_TEST_H
#define SL_LANE_SITE_TEST_H

#include "sched/lane.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

/* All but what the name says as their models, see make_types(). */
static struct sl_stage_type serial, serial_source, settled, beside;

static struct sl_source_options source_options;
static struct sl_flow_options flow_options;
static struct sl_graph graph;
static struct sl_plan plan;

static void make_types(void)
{
	serial = settled = beside = sl_pass_stage;
	serial_source = sl_source_stage;
	serial.class = serial_source.class = SL_SERIAL;
	settled.settled = true;
	beside.beside = true;
}

/*
 * Stages by letter: S a source, p a pass, k a sink; O a serial source, x a
 * serial pass, m one that stays, b one that wants callers of its own.  A digit
 * is the number of places of the stage before it.
 */
static int add(const char *name, char kind)
{
	const struct sl_stage_type *const type[128] = {
		['S'] = &sl_source_stage, ['p'] = &sl_pass_stage,
		['k'] = &sl_sink_stage,	  ['O'] = &serial_source,
		['x'] = &serial,	  ['m'] = &settled,
		['b'] = &beside,
	};
	bool source = kind == 'S' || kind == 'O';

	return sl_graph_add(&graph, name, type[(u32)kind],
			    source ? (void *)&source_options : &flow_options);
}

static void make_graph(const char *chain)
{
	u32 i, s = 0;

	sl_graph_init(&graph, "lanes");
	graph.movable = true;
	graph.huge = false;
	for (; *chain; chain++) {
		char name[8] = { 's', '0' + s };

		if (*chain >= '1' && *chain <= '9') {
			struct sl_graph_stage *stage = &graph.stage[s - 1];

			stage->place_count = *chain - '0';
			/* Backwards, so that replica and worker differ. */
			for (i = 0; i < stage->place_count; i++)
				stage->place[i].thread =
					stage->place_count - 1 - i;
			continue;
		}
		CHECK_EQ(add(name, *chain), s);
		if (s)
			CHECK_EQ(sl_graph_join(&graph, s - 1, s), 0);
		s++;
	}
}

static u32 members(u64 on)
{
	u32 n;

	for (n = 0; on; n++)
		on &= on - 1;
	return n;
}

#endif /* SL_LANE_SITE_TEST_H */
