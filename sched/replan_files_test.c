// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a database on files may change its plan at work: SQLite on its
 * fibres, nfs, fs and block change threads every millisecond or so while money
 * is moved between accounts and summed up; every query is answered, every sum
 * is right, and the ledger adds up afterwards.  Then the same in two lanes, which
 * are replicas that write one database, on one thread now and on two then.
 */
#include <time.h>

#include "sched/lane.h"
#include "sched/replan.h"
#include "stages/db/ledger_test.h"

#define WORKERS		3
#define RUN_NS		1500000000ull
#define WAIT_NS		40000000000ull
#define CHANGES_MIN	20

static bool ending;
static u64 asked, done, moved;	/* by all lanes */
static u64 seed = 1;

static u32 dice(u32 sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % sides;
}

static bool ask(struct sl_stage *stage, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	u64 n;

	(void)stage;
	if (READ_ONCE(ending))
		return false;
	n = __atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
	q->a = n % ACCOUNTS + 1;
	q->b = n * 7 % ACCOUNTS + 1;
	q->c = n % 300;
	event->op = n % 10 == 9 ? LEDGER_SUM : n % 2 ? LEDGER_BALANCE
						     : LEDGER_TRANSFER;
	return true;
}

static void answer(struct sl_stage *stage, struct sl_event *event)
{
	const struct ledger_query *q = ledger_query(event);

	(void)stage;
	if (event->op == LEDGER_TRANSFER) {
		CHECK(!event->status || event->status == -EINVAL);
		__atomic_fetch_add(&moved, !event->status, __ATOMIC_RELAXED);
	} else {
		CHECK_EQ(event->status, 0);
	}
	if (event->op == LEDGER_SUM)
		CHECK_EQ(q->result, ACCOUNTS * BALANCE);
	__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
}

static bool start(struct ledger *l, u32 lanes)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	u32 i;

	l->graph.movable = true;
	l->replicas = lanes;
	CHECK_EQ(sl_lane_make(&l->graph, lanes),
		 lanes > 1 ? l->graph.stage_count : 0);
	if (!CHECK_EQ(sl_plan_make(&l->plan, &l->graph, (u16[]){ 0 }, 1), 0))
		return false;
	l->plan.worker_count = WORKERS;
	for (i = 0; i < WORKERS; i++)
		l->plan.worker[i] = (struct sl_place){ i % cpus, i / cpus };
	l->pipeline = sl_pipeline_open(&l->graph, &l->plan, NULL);
	return CHECK(!IS_ERR(l->pipeline)) &&
	       CHECK_EQ(sl_pipeline_start(l->pipeline), 0);
}

/* Run to completion on two workers, as many as there are lanes. */
static void complete(struct ledger *l)
{
	u64 both = 3ull << dice(WORKERS - 1);
	u64 on[SL_GRAPH_STAGES_MAX];
	u32 i;

	for (i = 0; i < l->graph.stage_count; i++)
		on[i] = both;
	sl_lane_spread(&l->plan, &l->graph, on);
}

/* A stage or two go elsewhere; false if a core was too busy to stand still. */
static bool change(struct ledger *l)
{
	struct sl_plan kept = l->plan;
	u32 moves = 1 + dice(2);
	int err;

	while (moves--)
		l->plan.instance[dice(l->plan.instance_count)].worker =
			dice(WORKERS);
	if (l->replicas > 1 && !dice(4))
		complete(l);
	err = sl_pipeline_replan(l->pipeline, &l->plan);
	if (err == -ETIMEDOUT) {
		l->plan = kept;
		return false;
	}
	return CHECK_EQ(err, 0);
}

static void run(u32 lanes)
{
	struct timespec ms = { 0, 1000000 };
	struct ledger l;
	u32 changes = 0;
	u64 start_ns, spent;

	ending = false;
	asked = done = moved = 0;
	ledger_init(&l, true);
	l.client.ask = ask;
	l.client.answer = answer;
	l.sqlite.sync = SL_SQLITE_NORMAL;
	if (start(&l, lanes)) {
		start_ns = ktime_get_ns();
		do {
			nanosleep(&ms, NULL);
			changes += change(&l);
			spent = ktime_get_ns() - start_ns;
		} while (changes < CHANGES_MIN || !READ_ONCE(done) ?
			 spent < WAIT_NS : spent < RUN_NS);
		WRITE_ONCE(ending, true);
		CHECK_EQ(sl_pipeline_stop(l.pipeline, WAIT_NS), 0);
		CHECK_EQ(done, asked);
		CHECK(moved);
		CHECK(changes >= CHANGES_MIN);
	}
	ledger_close(&l);
}

int main(void)
{
	run(1);
	run(2);
	TEST_END();
}
