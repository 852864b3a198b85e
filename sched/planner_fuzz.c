// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The planner, fed with whatever: the input overwrites a sound snapshot from
 * some place on.  It must come to an end, and either refuse or make a plan
 * that it allows itself.
 */
#include <stdlib.h>
#include <string.h>

#include "sched/planner_site_test.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

/* Nothing but whole numbers may be written over these. */
static void mend(struct sl_planner_snapshot *s)
{
	u32 i;

	s->work = 60;
	s->placed = *(u8 *)&s->placed & 1;
	for (i = 0; i < SL_PLANNER_STAGES_MAX; i++)
		s->stage[i].pinned = *(u8 *)&s->stage[i].pinned & 1;
	for (i = 0; i < SL_PLANNER_EDGES_MAX; i++)
		s->edge[i].fuse = *(u8 *)&s->edge[i].fuse & 1;
	for (i = 0; i < SL_PLANNER_CORES_MAX; i++)
		s->core[i].usable = *(u8 *)&s->core[i].usable & 1;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static struct sl_planner_scratch *scratch;
	static struct sl_planner_snapshot s;
	static struct sl_planner_plan plan;
	static struct sl_planner_state state;
	u64 seed;
	u32 at;

	if (!scratch)
		scratch = malloc(sl_planner_scratch_bytes());
	if (!scratch || bytes < 8)
		return 0;
	seed = data[0] | data[1] << 8;
	make_random(&s, 1 + data[2] % 20, 1 + data[3] % 4, 1 + data[4] % 4,
		    &seed);
	at = (data[5] | data[6] << 8 | data[7] << 16) % sizeof(s);
	bytes = bytes - 8 < sizeof(s) - at ? bytes - 8 : sizeof(s) - at;
	memcpy((u8 *)&s + at, data + 8, bytes);
	mend(&s);
	if (sl_planner_make(&s, scratch, &plan))
		return 0;
	if (!sl_planner_allowed(scratch, plan.on))
		abort();
	memset(&state, data[0], sizeof(state));
	state.begun = data[1] & 1;
	sl_planner_decide(&state, &s, scratch, &plan, seed);
	return 0;
}
