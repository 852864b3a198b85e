/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A session within one process: memory, a gate and a buffer stage, and what
 * the device does for the two sides: a fence and two bells.
 */
#ifndef SL_KERNEL_SITE_TEST_H
#define SL_KERNEL_SITE_TEST_H

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "sched/pipeline.h"
#include "stages/kernel/buffer.h"
#include "stages/kernel/client_user.h"
#include "stages/kernel/gate.h"
#include "stages/stage.h"

struct site {
	struct sl_session session;	/* first, so that it leads to the site */
	struct sl_gate_options options;
	struct sl_pipeline *pipeline;
	struct sl_client *client;
	struct sl_stage *gate;
	void *memory;
	pthread_mutex_t lock;
	pthread_cond_t bell;
	bool rung;
	u64 fences;
	u64 wakes;
	u64 kicks;
	u64 slept;
};

static void site_fence(struct sl_session *session)
{
	struct site *site = (struct site *)session;

	site->fences++;
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static void site_wake(struct sl_session *session)
{
	struct site *site = (struct site *)session;

	pthread_mutex_lock(&site->lock);
	site->wakes++;
	site->rung = true;
	pthread_cond_signal(&site->bell);
	pthread_mutex_unlock(&site->lock);
}

static const struct sl_session_host site_host = {
	.fence = site_fence,
	.wake = site_wake,
};

static inline int site_kick(void *arg)
{
	struct site *site = arg;

	site->kicks++;
	/* As the device does it: first the flag, then the bell. */
	WRITE_ONCE(site->session.control->kernel.sleeping, 0);
	sl_stage_wake(site->gate);
	return 0;
}

/* Steps S1 to S4 of device.h for the client. */
static inline int site_wait(void *arg, const struct sl_device_wait *wait)
{
	struct site *site = arg;
	struct sl_session *session = &site->session;
	struct timespec until;
	int err = 0;

	WRITE_ONCE(session->user_sleeping, 1);
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	if (READ_ONCE(site->gate->counters->held))
		sl_stage_wake(site->gate);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += wait->timeout_ns < 0 ? 60 : wait->timeout_ns /
						    1000000000;
	pthread_mutex_lock(&site->lock);
	while (!err && !site->rung &&
	       !sl_session_answered(session, wait->slot)) {
		site->slept++;
		err = -pthread_cond_timedwait(&site->bell, &site->lock,
					      &until);
	}
	site->rung = false;
	pthread_mutex_unlock(&site->lock);
	WRITE_ONCE(session->user_sleeping, 0);
	return err;
}

static inline void site_leave(void *arg)
{
	(void)arg;
}

/* work_cpu: 0 for one thread, 1 for two.  Returns false if it went wrong. */
static inline bool site_open(struct site *site,
			     const struct sl_device_setup *wanted)
{
	struct sl_client_host host = { site_kick, site_wait, site_leave, site };
	struct sl_device_setup setup = *wanted;
	static struct sl_graph graph;
	static struct sl_plan plan;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	*site = (struct site){ .options.session = &site->session };
	pthread_mutex_init(&site->lock, NULL);
	pthread_cond_init(&site->bell, NULL);
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0,
		0);
	/* No byte more than there must be, for a sanitizer to watch over. */
	if (sl_session_layout(&setup, L1_CACHE_BYTES))
		return false;
	site->memory = aligned_alloc(L1_CACHE_BYTES, setup.map_bytes);
	memset(site->memory, 0, setup.map_bytes);
	if (sl_session_open(&site->session, &setup, site->memory, &site_host))
		return false;

	sl_graph_init(&graph, "session");
	graph.poll_ns = setup.poll_us * 1000ull;
	sl_graph_add(&graph, "gate", &sl_gate_stage, &site->options);
	sl_graph_add(&graph, "buffer", &sl_buffer_stage, NULL);
	sl_graph_join(&graph, 0, 1);
	graph.stage[0].place_count = graph.stage[1].place_count = 1;
	graph.stage[0].place[0].cpu = cpus - 1;
	graph.stage[1].place[0] = graph.stage[0].place[0];
	if (setup.work_cpu > 0)
		graph.stage[1].place[0].thread = 1;
	if (sl_plan_make(&plan, &graph, (u16[]){ cpus - 1 }, 1))
		return false;
	site->pipeline = sl_pipeline_open(&graph, &plan, NULL);
	if (IS_ERR(site->pipeline))
		return false;
	site->gate = sl_pipeline_stage(site->pipeline, 0);
	site->client = sl_client_attach(&host, &setup, site->memory);
	return !IS_ERR(site->client);
}

static inline void site_close(struct site *site)
{
	sl_client_close(site->client);
	sl_pipeline_close(site->pipeline);
	free(site->memory);
}

#endif /* SL_KERNEL_SITE_TEST_H */
