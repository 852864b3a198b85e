// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a web server may change its plan under load: sockets and the
 * http stage change threads every millisecond or so, together and apart, while
 * clients ask on connections that stay, many requests at once or one at a time;
 * every request is answered, whole and in its turn.  The same in two lanes that
 * are cut, run to completion and dealt out at will, with connections that come
 * and go.  It ends with clients that ask a server asleep: what a moved stage
 * waits for wakes its new core.
 */
#include <pthread.h>

#include <linux/timekeeping.h>

#include "sched/lane.h"
#include "sched/replan.h"
#include "stages/net/server_site_test.h"

#define CLIENTS		6
#define AT_ONCE		8
#define WORKERS		3
#define LOAD_NS		1500000000ull
#define SLEEPY_MOVES	30
#define STAY		64	/* times a client asks before it comes anew */

static bool ending;
static u64 answered[CLIENTS];
static u64 seed = 1;

static u32 dice(u32 sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % sides;
}

/* As server_start(), but for any plan. */
static void start(u32 lanes)
{
	struct sl_graph *graph = &server.graph;
	struct sl_plan *plan = &server.plan;
	u32 net, http, i;

	sl_graph_init(graph, "server");
	graph->huge = false;
	graph->movable = true;
	net = sl_graph_add(graph, "net", &sl_socket_stage, &server.net);
	http = sl_graph_add(graph, "http", &sl_http_stage, &server.http);
	graph->stage[http].event_bytes = server.http_event_bytes;
	CHECK_EQ(sl_graph_join(graph, net, http), 0);
	CHECK_EQ(sl_lane_make(graph, lanes), lanes > 1 ? 2 : 0);
	server.replicas = lanes;
	CHECK_EQ(sl_plan_make(plan, graph, (u16[]){ 0 }, 1), 0);
	plan->worker_count = WORKERS;
	for (i = 0; i < WORKERS; i++)
		plan->worker[i].thread = i;
	plan->worker[1].cpu = sysconf(_SC_NPROCESSORS_ONLN) > 1;
	server.pipeline = sl_pipeline_open(graph, plan, NULL);
	if (!CHECK(!IS_ERR(server.pipeline)) ||
	    !CHECK_EQ(sl_pipeline_start(server.pipeline), 0))
		exit(1);
}

/* A cut, run to completion, or each replica anywhere. */
static void deal(void)
{
	u64 all = (1 << WORKERS) - 1;
	u32 i;

	switch (server.replicas > 1 ? dice(3) : 2) {
	case 0:
		sl_lane_spread(&server.plan, &server.graph,
			       (u64[]){ 1 << dice(WORKERS), 1 << dice(WORKERS) });
		break;
	case 1:
		all &= ~(1ull << dice(WORKERS));
		sl_lane_spread(&server.plan, &server.graph,
			       (u64[]){ all, all });
		break;
	default:
		for (i = 0; i < server.plan.instance_count; i++)
			server.plan.instance[i].worker = dice(WORKERS);
	}
}

/* Deals all out anew; a core may take too long on a busy machine. */
static bool change(void)
{
	struct sl_plan kept = server.plan;
	int err;

	deal();
	err = sl_pipeline_replan(server.pipeline, &server.plan);
	if (err == -ETIMEDOUT) {
		server.plan = kept;
		return false;
	}
	return CHECK_EQ(err, 0);
}

/* Odd clients ask several things at once. */
static void *ask(void *arg)
{
	u64 *count = arg;
	u32 batch = (count - answered) % 2 ? AT_ONCE : 1;
	int fd = client_connect();
	u32 asked = 0;
	u32 i;

	while (!__atomic_load_n(&ending, __ATOMIC_RELAXED)) {
		/* In lanes, perhaps in the other one. */
		if (server.replicas > 1 && ++asked % STAY == 0) {
			close(fd);
			fd = client_connect();
		}
		for (i = 0; i < batch; i++)
			client_say(fd, GET);
		for (i = 0; i < batch; i++)
			client_expect(fd, 200);
		*count += batch;
	}
	close(fd);
	return NULL;
}

static void test_load(u32 lanes)
{
	u64 until_ns = ktime_get_ns() + LOAD_NS;
	pthread_t client[CLIENTS];
	u32 changes = 0;
	u32 i;

	ending = false;
	memset(answered, 0, sizeof(answered));
	server_default();
	start(lanes);
	for (i = 0; i < CLIENTS; i++)
		CHECK(!pthread_create(&client[i], NULL, ask, &answered[i]));
	while (ktime_get_ns() < until_ns || changes < SLEEPY_MOVES) {
		usleep(1000);
		changes += change();
	}
	__atomic_store_n(&ending, true, __ATOMIC_RELAXED);
	for (i = 0; i < CLIENTS; i++) {
		pthread_join(client[i], NULL);
		CHECK(answered[i]);
	}
	for (i = 0; i < lanes; i++) {
		const struct sl_stage_counters *c =
			sl_pipeline_stage(server.pipeline, i)->counters;

		CHECK(READ_ONCE(c->events));
		CHECK_EQ(READ_ONCE(c->drops[SL_SOCKET_DROP_RESET]), 0);
	}
	server_stop();
}

/* Between two questions all cores are asleep, and the stages move. */
static void test_asleep(void)
{
	u32 i;
	int fd;

	server_default();
	start(1);
	fd = client_connect();
	for (i = 0; i < SLEEPY_MOVES; i++) {
		usleep(2000);
		change();
		usleep(dice(2) ? 2000 : 0);
		client_say(fd, GET);
		client_expect(fd, 200);
	}
	close(fd);
	server_stop();
}

/* A server whose places are given has no rings to spare, and says so. */
static void test_settled(void)
{
	server_default();
	server_start();
	CHECK(!sl_pipeline_movable(server.pipeline));
	CHECK_EQ(sl_pipeline_replan(server.pipeline, &server.plan),
		 -EOPNOTSUPP);
	server_stop();
}

int main(void)
{
	test_settled();
	test_load(1);
	test_load(2);
	test_asleep();
	TEST_END();
}
