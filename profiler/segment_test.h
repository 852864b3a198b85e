/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SL_SEGMENT_TEST_H
#define SL_SEGMENT_TEST_H

/*
 * A stats segment without a pipeline, for tests of what reads segments: a
 * chain of `stages` stages on two cores, whose numbers are made up, and a
 * further edge past the third stage if there are that many.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiler/stats.h"
#include "tools/test.h"

static inline u32 segment_place(u64 *end, u32 count, u32 row_bytes)
{
	u64 at = (*end + 63) / 64 * 64;

	*end = at + (u64)count * row_bytes;
	return at;
}

/* Head alone; for a buffer or a file of head->bytes zeroes behind it. */
static inline void segment_head(struct sl_stats *head, u32 stages)
{
	u64 end = sizeof(*head);

	memset(head, 0, sizeof(*head));
	head->magic = SL_STATS_MAGIC;
	head->version = SL_STATS_VERSION;
	head->head_bytes = sizeof(*head);
	head->stage_count = stages;
	head->stage_bytes = sizeof(struct sl_stats_stage);
	head->stage_at = segment_place(&end, stages, head->stage_bytes);
	head->core_count = 2;
	head->core_bytes = sizeof(struct sl_stats_core);
	head->core_at = segment_place(&end, 2, head->core_bytes);
	head->link_bytes = sizeof(struct sl_stats_link);
	head->link_at = segment_place(&end, SL_STATS_LINKS_MAX,
				      head->link_bytes);
	head->change_count = SL_STATS_CHANGES;
	head->change_bytes = sizeof(struct sl_stats_change);
	head->change_at = segment_place(&end, SL_STATS_CHANGES,
					head->change_bytes);
	head->stage_counters_bytes = sizeof(struct sl_stage_counters);
	head->stage_counters_at = segment_place(&end, stages,
						head->stage_counters_bytes);
	head->core_counters_bytes = sizeof(struct sl_core_counters);
	head->core_counters_at = segment_place(&end, 2,
					       head->core_counters_bytes);
	head->bytes = (end + 4095) / 4096 * 4096;
	head->pid = getpid();
	head->start_ns = head->now_ns = 1000000000;
	head->start_cycles = head->now_cycles = 1000;
	head->state = SL_STATS_RUNNING;
	strcpy(head->name, "made_up");
	strcpy(head->plan, "cpu0: half | cpu1: \"the\" other");
}

static inline void segment_link(struct sl_stats *stats, u32 from, u32 to)
{
	u32 right;

	for (right = 0; right < 2; right++) {
		struct sl_stats_link *row =
			sl_stats_link(stats, stats->link_count++);

		row->from = right ? from : to;
		row->to = right ? to : from;
		row->right = right;
		row->slots = from == stats->stage_count / 2 ? 1024 : 0;
	}
}

static inline void segment_fill(struct sl_stats *stats)
{
	u32 i;

	for (i = 0; i < stats->stage_count; i++) {
		struct sl_stats_stage *row = sl_stats_stage(stats, i);

		snprintf(row->name, sizeof(row->name), "st%u", i);
		strcpy(row->type, i ? "pass" : "source");
		row->worker = i > stats->stage_count / 2;
		row->bank_events = i ? 0 : 512;
	}
	for (i = 0; i + 1 < stats->stage_count; i++)
		segment_link(stats, i, i + 1);
	if (stats->stage_count > 4)
		segment_link(stats, 2, 4);
	sl_stats_core(stats, 1)->cpu = 1;
	/* Rows are set before there are any. */
	sl_stats_change(stats, 0)->at_ns = stats->start_ns;
	strcpy(sl_stats_change(stats, 0)->plan, stats->plan);
	strcpy(sl_stats_change(stats, 0)->why, "it \\ began");
	stats->changes = 1;
}

/* A tenth of a second goes by; stage `slow` is busy and has a queue. */
static inline void segment_pass(struct sl_stats *stats, u32 slow)
{
	u64 ns = 100000000;
	u32 i;

	for (i = 0; i < stats->stage_count; i++) {
		struct sl_stats_stage *row = sl_stats_stage(stats, i);
		struct sl_stage_counters *c = sl_stats_stage_counters(stats, i);

		c->events += 1000 + i;
		c->batches += 100;
		c->busy_cycles += i == slow ? ns * 9 / 10 : ns / 100;
		c->perf.events += 100;
		c->perf.cycles += 100 * 4000;
		c->perf.instructions += 100 * 6000;
		c->perf.cache_misses += 100 * 3;
		c->perf.icache_misses += 100;
		row->queue_now = i == slow ? 300 : 0;
		row->queue_sum += 20 * row->queue_now;
		row->queue_max = row->queue_now;
		row->empty_samples += i == slow ? 0 : 20;
	}
	for (i = 0; i < stats->link_count; i++) {
		struct sl_stats_link *row = sl_stats_link(stats, i);
		u32 at = row->to == slow && row->right ? 9 : 0;

		row->handed += 1000;
		row->length[at] += 20;
		row->used_now = at ? 300 : 0;
		row->used_sum += 20 * row->used_now;
		row->timed += 5;
		row->timed_events += 1000;
		row->timed_ns += 1000 * (at ? 30000 : 70);
	}
	for (i = 0; i < stats->core_count; i++)
		sl_stats_core_counters(stats, i)->busy_cycles += ns / 2;
	stats->samples += 20;
	stats->now_cycles += ns;
	WRITE_ONCE(stats->now_ns, stats->now_ns + ns);
}

/* A file that others may attach to; give it back with munmap() and unlink(). */
static inline struct sl_stats *segment_make(const char *path, u32 stages)
{
	struct sl_stats head, *map;
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);

	segment_head(&head, stages);
	if (!CHECK(fd >= 0) || !CHECK_EQ(ftruncate(fd, head.bytes), 0))
		return NULL;
	map = mmap(NULL, head.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (!CHECK(map != MAP_FAILED))
		return NULL;
	*map = head;
	segment_fill(map);
	return map;
}

#endif /* SL_SEGMENT_TEST_H */
