// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <asm/timex.h>

#include "profiler/stats.h"

#define MEMORY_NS	10000000000ull	/* huge pages come and go slowly */

/* Where a table goes; moves the end of the file behind it. */
static u32 place(u64 *end, u32 count, u32 row_bytes)
{
	u64 at = ALIGN(*end, (u64)L1_CACHE_BYTES);

	*end = at + (u64)count * row_bytes;
	return at;
}

static void lay_out(struct sl_stats *head, u32 stages, u32 cores, u32 links)
{
	u64 end = sizeof(*head);

	head->magic = SL_STATS_MAGIC;
	head->version = SL_STATS_VERSION;
	head->head_bytes = sizeof(*head);
	head->stage_count = stages;
	head->stage_bytes = sizeof(struct sl_stats_stage);
	head->stage_at = place(&end, stages, head->stage_bytes);
	head->core_count = cores;
	head->core_bytes = sizeof(struct sl_stats_core);
	head->core_at = place(&end, cores, head->core_bytes);
	head->link_bytes = sizeof(struct sl_stats_link);
	head->link_at = place(&end, links, head->link_bytes);
	head->change_count = SL_STATS_CHANGES;
	head->change_bytes = sizeof(struct sl_stats_change);
	head->change_at = place(&end, SL_STATS_CHANGES, head->change_bytes);
	head->stage_counters_bytes = sizeof(struct sl_stage_counters);
	head->stage_counters_at = place(&end, stages,
					head->stage_counters_bytes);
	head->core_counters_bytes = sizeof(struct sl_core_counters);
	head->core_counters_at = place(&end, cores, head->core_counters_bytes);
	head->bytes = ALIGN(end, (u64)4096);
}

/* What pipelines that were killed have left behind. */
static void sweep(void)
{
	DIR *dir = opendir("/dev/shm");
	struct dirent *entry;
	u32 pid;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		pid = sl_stats_pid(entry->d_name);
		if (pid && !sl_stats_runs(pid))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
}

/**
 * sl_stats_create() - make the segment of a pipeline
 * @path: file to make; an existing one is replaced
 * @graph: what runs
 * @plan: and where
 * @stats: set to the mapping
 *
 * Return: 0 or a negative errno.
 */
int sl_stats_create(const char *path, const struct sl_graph *graph,
		    const struct sl_plan *plan, struct sl_stats **stats)
{
	struct sl_stats head = { .pid = getpid() };
	struct sl_stats *map;
	int fd, err;
	u32 i;

	sweep();
	lay_out(&head, plan->instance_count, plan->worker_count, SL_STATS_LINKS_MAX);
	memcpy(head.name, graph->name, SL_NAME_MAX);
	sl_plan_print(plan, graph, head.plan, sizeof(head.plan));

	if (unlink(path) && errno != ENOENT)
		return -errno;
	fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	err = posix_fallocate(fd, 0, head.bytes);
	map = err ? MAP_FAILED : mmap(NULL, head.bytes, PROT_READ | PROT_WRITE,
				      MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED) {
		unlink(path);
		return err ? -err : -ENOMEM;
	}
	*map = head;
	for (i = 0; i < plan->instance_count; i++) {
		const struct sl_instance *at = &plan->instance[i];
		const struct sl_graph_stage *from = &graph->stage[at->stage];
		struct sl_stats_stage *row = sl_stats_stage(map, i);

		snprintf(row->name, SL_NAME_MAX, "%s", from->name);
		snprintf(row->type, SL_NAME_MAX, "%s", from->type->name);
		row->worker = at->worker;
		row->replica = at->replica;
	}
	for (i = 0; i < plan->worker_count; i++) {
		sl_stats_core(map, i)->cpu = plan->worker[i].cpu;
		sl_stats_core(map, i)->thread = plan->worker[i].thread;
	}
	map->start_ns = map->now_ns = ktime_get_ns();
	map->start_cycles = map->now_cycles = get_cycles();
	*stats = map;
	return 0;
}

/**
 * sl_stats_bind() - let a pipeline write its counters into the segment
 * @stats: segment of the same plan
 * @memory: to be given to sl_pipeline_open()
 */
void sl_stats_bind(struct sl_stats *stats, struct sl_pipeline_memory *memory)
{
	memory->stages = sl_stats_stage_counters(stats, 0);
	memory->cores = sl_stats_core_counters(stats, 0);
}

/**
 * sl_stats_links() - write down how the stages are joined
 * @stats: the segment
 * @pipeline: an open pipeline
 */
void sl_stats_links(struct sl_stats *stats, struct sl_pipeline *pipeline)
{
	u32 count = min_t(u32, sl_pipeline_link_count(pipeline), SL_STATS_LINKS_MAX);
	struct sl_pipeline_link link;
	u32 i;

	for (i = 0; i < count; i++) {
		struct sl_stats_link *row = sl_stats_link(stats, i);

		sl_pipeline_link(pipeline, i, &link);
		row->from = link.from;
		row->to = link.to;
		row->right = link.right;
		row->slots = link.slots;
	}
	for (i = 0; i < stats->stage_count; i++) {
		const struct sl_stage *stage = sl_pipeline_stage(pipeline, i);
		struct sl_stats_stage *row = sl_stats_stage(stats, i);

		row->bank_events = stage->bank ? stage->bank->event_count : 0;
		row->node = sl_region_node(stage->region);
	}
	sl_stats_memory(stats, pipeline);
	WRITE_ONCE(stats->link_count, count);
}

/* Stages of a group have one region, which counts once. */
static bool has_region_before(struct sl_pipeline *pipeline, u32 stage)
{
	const struct sl_region *region = sl_pipeline_stage(pipeline,
							   stage)->region;
	u32 i;

	for (i = 0; i < stage; i++)
		if (sl_pipeline_stage(pipeline, i)->region == region)
			return true;
	return false;
}

/**
 * sl_stats_memory() - look at the pipeline's memory
 * @stats: the segment
 * @pipeline: an open pipeline
 *
 * Takes milliseconds; sl_stats_sample() does it now and then.
 */
void sl_stats_memory(struct sl_stats *stats, struct sl_pipeline *pipeline)
{
	u64 huge_bytes = 0;
	u32 i;

	for (i = 0; i < stats->stage_count; i++)
		if (!has_region_before(pipeline, i))
			huge_bytes += sl_region_huge_bytes(
				sl_pipeline_stage(pipeline, i)->region);
	WRITE_ONCE(stats->huge_bytes, huge_bytes);
	WRITE_ONCE(stats->bank_bytes, sl_pipeline_bytes(pipeline));
	WRITE_ONCE(stats->memory_ns, ktime_get_ns());
}

static void sample_bank(struct sl_stats_stage *row, const struct sl_bank *bank)
{
	struct sl_bank_use use;

	sl_bank_use(bank, &use);
	WRITE_ONCE(row->bank_in_use, use.in_use);
	WRITE_ONCE(row->bank_peak, use.peak);
	WRITE_ONCE(row->bank_lately, use.lately);
	WRITE_ONCE(row->bank_advice, use.advice);
	WRITE_ONCE(row->bank_exhausted, use.exhausted);
	WRITE_ONCE(row->bank_refused, use.refused);
	WRITE_ONCE(row->bank_released, use.released_bytes);
	WRITE_ONCE(row->bank_sum, row->bank_sum + use.in_use);
}

static void sample_stage(struct sl_stats *stats, u32 i, u64 queue,
			 const struct sl_stage *stage)
{
	struct sl_stats_stage *row = sl_stats_stage(stats, i);
	struct sl_stage_counters *c = sl_stats_stage_counters(stats, i);
	bool blocked = READ_ONCE(c->blocked);

	queue += READ_ONCE(c->held);
	WRITE_ONCE(row->queue_now, queue);
	WRITE_ONCE(row->queue_sum, row->queue_sum + queue);
	if (queue > row->queue_max)
		WRITE_ONCE(row->queue_max, queue);
	WRITE_ONCE(row->blocked_samples, row->blocked_samples + blocked);
	WRITE_ONCE(row->empty_samples,
		   row->empty_samples + (!queue && !blocked));
	if (stage->bank)
		sample_bank(row, stage->bank);
}

/* Row of sl_stats_link.length that counts queues of this length. */
static u32 length_row(u64 used)
{
	u32 row = used ? 64 - __builtin_clzll(used) : 0;

	return min_t(u32, row, SL_STATS_LENGTHS - 1);
}

/* What came since the last sample, lest the sum ever shrink. */
static void sample_waits(struct sl_stats_link *row,
			 const struct sl_pipeline_link *link,
			 double ns_per_cycle)
{
	u64 cycles = link->timed_cycles - row->timed_cycles;

	WRITE_ONCE(row->timed, link->timed);
	WRITE_ONCE(row->timed_events, link->timed_events);
	WRITE_ONCE(row->timed_cycles, link->timed_cycles);
	WRITE_ONCE(row->timed_ns,
		   row->timed_ns + (u64)(cycles * ns_per_cycle + 0.5));
}

static void sample_link(struct sl_stats_link *row,
			const struct sl_pipeline_link *link)
{
	u64 *length = &row->length[length_row(link->used)];

	/* A change of the plan fuses a link, or gives it a ring. */
	WRITE_ONCE(row->slots, link->slots);
	WRITE_ONCE(row->handed, link->handed);
	WRITE_ONCE(row->used_now, link->used);
	WRITE_ONCE(row->used_sum, row->used_sum + link->used);
	if (link->used > row->used_max)
		WRITE_ONCE(row->used_max, link->used);
	/* A producer gives up some slots early, so nearly full is full. */
	if (link->slots && link->used >= link->slots - link->slots / 8)
		WRITE_ONCE(row->full_samples, row->full_samples + 1);
	WRITE_ONCE(*length, *length + 1);
}

static void sample_perf(struct sl_stats *stats, struct sl_pipeline *pipeline)
{
	struct sl_perf_status status;

	sl_pipeline_perf(pipeline, &status);
	WRITE_ONCE(stats->perf, status.works);
	WRITE_ONCE(stats->perf_state, status.state);
	WRITE_ONCE(stats->perf_error, status.error);
}

/* Since the start; the longer it runs, the better that is known. */
static double ns_per_cycle(const struct sl_stats *stats)
{
	u64 cycles = get_cycles() - stats->start_cycles;

	return (double)(ktime_get_ns() - stats->start_ns) / max_t(u64, cycles, 1);
}

/**
 * sl_stats_sample() - look at every queue once
 * @stats: the segment
 * @pipeline: the running pipeline
 */
void sl_stats_sample(struct sl_stats *stats, struct sl_pipeline *pipeline)
{
	u64 queue[SL_INSTANCES_MAX] = { 0 };
	struct sl_pipeline_link link;
	double ratio = ns_per_cycle(stats);
	u32 i;

	for (i = 0; i < stats->link_count; i++) {
		sl_pipeline_link(pipeline, i, &link);
		if (link.right)
			queue[link.to] += link.used;
		sample_link(sl_stats_link(stats, i), &link);
		sample_waits(sl_stats_link(stats, i), &link, ratio);
	}
	for (i = 0; i < stats->stage_count; i++)
		sample_stage(stats, i, queue[i],
			     sl_pipeline_stage(pipeline, i));
	sample_perf(stats, pipeline);
	WRITE_ONCE(stats->now_ns, ktime_get_ns());
	WRITE_ONCE(stats->now_cycles, get_cycles());
	WRITE_ONCE(stats->samples, stats->samples + 1);
	if (stats->now_ns - stats->memory_ns > MEMORY_NS)
		sl_stats_memory(stats, pipeline);
}

void sl_stats_destroy(struct sl_stats *stats, const char *path)
{
	WRITE_ONCE(stats->state, SL_STATS_ENDED);
	munmap(stats, stats->bytes);
	unlink(path);
}
