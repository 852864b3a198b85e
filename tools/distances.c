// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>
#include <time.h>

#include "tools/distances.h"

#define IDLE_NS		1000000000ull	/* that long nothing was to be done */
#define IDLE_SHARE	30		/* and less of a CPU used than this part */
#define PERIOD_NS	60000000000ull
#define PROBES		2		/* in each period, */
#define PROBE_NS	500000		/* of this time at most */

static void tell(const struct sl_distances *d)
{
	const struct sl_plan *plan = d->plan;
	u32 i, j;

	for (i = 0; d->scheduler && i < plan->worker_count; i++)
		for (j = 0; j < i; j++)
			sl_scheduler_distance(d->scheduler, i, j,
					      sl_topology_round_ps(
						      &d->topology,
						      plan->worker[i].cpu,
						      plan->worker[j].cpu));
}

/**
 * sl_distances_start() - measure, and tell the scheduler
 * @distances: the distances; no worker runs yet
 * @time_ns: how long that may take
 */
void sl_distances_start(struct sl_distances *distances, u64 time_ns)
{
	sl_topology_measure(&distances->topology, time_ns);
	tell(distances);
}

static void next_pair(struct sl_distances *d)
{
	if (++d->b < d->topology.cpu_count)
		return;
	if (++d->a + 1 >= d->topology.cpu_count)
		d->a = 0;
	d->b = d->a + 1;
}

/* A probe has ended; returns whether it has changed what is known. */
static bool take(struct sl_distances *d)
{
	u32 before_ps = d->topology.round_ps[d->a][d->b];
	u32 now_ps = d->probe.round_ps;
	u32 doubted_ps = d->doubted_ps;

	d->doubted_ps = 0;
	if (!now_ps || !sl_topology_differ(now_ps, before_ps))
		return false;
	if (!doubted_ps || sl_topology_differ(now_ps, doubted_ps)) {
		d->doubted_ps = now_ps;
		return false;
	}
	sl_topology_correct(&d->topology, d->a, d->b, now_ps);
	tell(d);
	snprintf(d->news, sizeof(d->news),
		 "CPUs %u and %u: a cache line takes %u ns there and back now;"
		 " it was %u ns",
		 d->probe.from, d->probe.to, now_ps / 1000, before_ps / 1000);
	return true;
}

static u64 used_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return used.tv_sec * 1000000000ull + used.tv_nsec;
}

/*
 * Once a second at most: was there nothing to do?  Workers that poll without
 * end have nothing to do either, but they would be in the way.
 */
static bool was_idle(struct sl_distances *d, u64 now_ns, u64 events)
{
	u64 cpu_ns, passed_ns = now_ns - d->since_ns;
	bool idle;

	if (d->since_ns && events == d->since_events && passed_ns < IDLE_NS)
		return false;
	cpu_ns = used_ns();
	idle = d->since_ns && events == d->since_events &&
	       cpu_ns - d->since_cpu_ns < passed_ns / IDLE_SHARE;
	d->since_ns = now_ns;
	d->since_cpu_ns = cpu_ns;
	d->since_events = events;
	return idle;
}

static void probe(struct sl_distances *d, u64 now_ns)
{
	if (now_ns >= d->due_ns) {
		d->due_ns = now_ns + PERIOD_NS;
		d->budget = PROBES;
	}
	if (!d->budget)
		return;
	d->budget--;
	if (!d->doubted_ps)
		next_pair(d);
	sl_probe_start(&d->probe, d->topology.cpu[d->a].cpu,
		       d->topology.cpu[d->b].cpu, PROBE_NS);
}

/**
 * sl_distances_look() - measure again, if this is the time to do so
 * @distances: the distances
 * @now_ns: the time
 * @events: that the pipeline's stages have taken in so far
 *
 * To be called some times a second; waits for nothing.
 *
 * Return: a sentence for people if a pair has drifted, until the next call;
 * else NULL.
 */
const char *sl_distances_look(struct sl_distances *distances, u64 now_ns,
			      u64 events)
{
	struct sl_distances *d = distances;
	const char *news = NULL;

	if (d->topology.cpu_count < 2)
		return NULL;
	if (sl_probe_done(&d->probe) && take(d))
		news = d->news;
	if (was_idle(d, now_ns, events) && !d->probe.started)
		probe(d, now_ns);
	return news;
}

/**
 * sl_distances_stop() - measure no longer
 * @distances: the distances; what is known of them stays
 */
void sl_distances_stop(struct sl_distances *distances)
{
	sl_probe_end(&distances->probe);
}
