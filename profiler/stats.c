// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <asm/timex.h>

#include "profiler/stats.h"

#define BYTES_MAX	(64u << 20)
#define LINKS_MAX	1024
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
	head->stage_counters_bytes = sizeof(struct sl_stage_counters);
	head->stage_counters_at = place(&end, stages,
					head->stage_counters_bytes);
	head->core_counters_bytes = sizeof(struct sl_core_counters);
	head->core_counters_at = place(&end, cores, head->core_counters_bytes);
	head->bytes = ALIGN(end, (u64)4096);
}

static bool is_alive(u32 pid)
{
	return pid && (!kill(pid, 0) || errno == EPERM);
}

/* Pid at the end of "sluice.NAME.PID", or 0. */
static u32 pid_of(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (strncmp(file, "sluice.", 7) || !dot || dot < file + 7)
		return 0;
	return strtoul(dot + 1, NULL, 10);
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
		pid = pid_of(entry->d_name);
		if (pid && !is_alive(pid))
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
	lay_out(&head, plan->instance_count, plan->worker_count, LINKS_MAX);
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
	u32 count = min_t(u32, sl_pipeline_link_count(pipeline), LINKS_MAX);
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

/**
 * sl_stats_sample() - look at every queue once
 * @stats: the segment
 * @pipeline: the running pipeline
 */
void sl_stats_sample(struct sl_stats *stats, struct sl_pipeline *pipeline)
{
	u64 queue[SL_INSTANCES_MAX] = { 0 };
	struct sl_pipeline_link link;
	u32 i;

	for (i = 0; i < stats->link_count; i++) {
		struct sl_stats_link *row = sl_stats_link(stats, i);

		sl_pipeline_link(pipeline, i, &link);
		if (link.right)
			queue[link.to] += link.used;
		WRITE_ONCE(row->handed, link.handed);
		WRITE_ONCE(row->used_now, link.used);
		WRITE_ONCE(row->used_sum, row->used_sum + link.used);
		if (link.used > row->used_max)
			WRITE_ONCE(row->used_max, link.used);
	}
	for (i = 0; i < stats->stage_count; i++)
		sample_stage(stats, i, queue[i],
			     sl_pipeline_stage(pipeline, i));
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

/**
 * sl_stats_path() - file of a running pipeline
 * @name: its name, or NULL for the one that was started last
 * @path: where to put it
 * @bytes: room there
 *
 * Return: 0, or -ENOENT if none runs.
 */
int sl_stats_path(const char *name, char *path, size_t bytes)
{
	DIR *dir = opendir("/dev/shm");
	time_t newest = -1;
	struct dirent *entry;

	if (!dir)
		return -ENOENT;
	while ((entry = readdir(dir))) {
		const char *at = entry->d_name + strlen("sluice.");
		struct stat st;
		u32 pid = pid_of(entry->d_name);
		size_t length;

		if (!pid || !is_alive(pid))
			continue;
		length = strrchr(at, '.') - at;
		if (name && (strncmp(at, name, length) || name[length]))
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		    st.st_ctime < newest)
			continue;
		newest = st.st_ctime;
		snprintf(path, bytes, "/dev/shm/%s", entry->d_name);
	}
	closedir(dir);
	return newest < 0 ? -ENOENT : 0;
}

static bool table_fits(const struct sl_stats *s, u32 at, u32 count, u32 bytes,
		       u32 least)
{
	return bytes >= least && at >= sizeof(*s) &&
	       at % sizeof(u64) == 0 && bytes % sizeof(u64) == 0 &&
	       (u64)at + (u64)count * bytes <= s->bytes;
}

static bool is_sound(const struct sl_stats *s, u64 bytes)
{
	u32 i;

	if (s->head_bytes != sizeof(*s) || s->bytes != bytes ||
	    s->stage_count > SL_INSTANCES_MAX || s->core_count > SL_CORES_MAX ||
	    s->link_count > LINKS_MAX ||
	    !memchr(s->name, 0, sizeof(s->name)) ||
	    !memchr(s->plan, 0, sizeof(s->plan)) ||
	    !table_fits(s, s->stage_at, s->stage_count, s->stage_bytes,
			sizeof(struct sl_stats_stage)) ||
	    !table_fits(s, s->core_at, s->core_count, s->core_bytes,
			sizeof(struct sl_stats_core)) ||
	    !table_fits(s, s->link_at, LINKS_MAX, s->link_bytes,
			sizeof(struct sl_stats_link)) ||
	    !table_fits(s, s->stage_counters_at, s->stage_count,
			s->stage_counters_bytes,
			sizeof(struct sl_stage_counters)) ||
	    !table_fits(s, s->core_counters_at, s->core_count,
			s->core_counters_bytes,
			sizeof(struct sl_core_counters)))
		return false;
	for (i = 0; i < s->stage_count; i++) {
		const struct sl_stats_stage *row = sl_stats_stage(s, i);

		if (row->worker >= s->core_count ||
		    !memchr(row->name, 0, SL_NAME_MAX) ||
		    !memchr(row->type, 0, SL_NAME_MAX))
			return false;
	}
	for (i = 0; i < s->link_count; i++)
		if (sl_stats_link(s, i)->from >= s->stage_count ||
		    sl_stats_link(s, i)->to >= s->stage_count)
			return false;
	return true;
}

/**
 * sl_stats_attach() - map a segment to read it
 * @path: its file
 * @stats: set to the mapping
 *
 * Return: 0, -ENOENT, -EPROTO if it is of another version, -EBADMSG if it is
 * no whole segment, or another negative errno.
 */
int sl_stats_attach(const char *path, const struct sl_stats **stats)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct sl_stats *map;
	struct stat st;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_size < (off_t)sizeof(*map) ||
	    st.st_size > BYTES_MAX) {
		close(fd);
		return -EBADMSG;
	}
	map = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	if (map->magic != SL_STATS_MAGIC)
		err = -EBADMSG;
	else if (map->version != SL_STATS_VERSION)
		err = -EPROTO;
	else if (!is_sound(map, st.st_size))
		err = -EBADMSG;
	if (err)
		munmap(map, st.st_size);
	else
		*stats = map;
	return err;
}

void sl_stats_detach(const struct sl_stats *stats)
{
	munmap((void *)stats, stats->bytes);
}

bool sl_stats_alive(const struct sl_stats *stats)
{
	return READ_ONCE(stats->state) != SL_STATS_ENDED &&
	       is_alive(stats->pid);
}

/**
 * sl_stats_copy() - a snapshot, to be freed with free()
 * @stats: an attached segment
 *
 * Return: the snapshot, or NULL if there is no memory.
 */
struct sl_stats *sl_stats_copy(const struct sl_stats *stats)
{
	const u64 *from = (const u64 *)stats;
	u64 *to = malloc(stats->bytes);
	u64 i;

	/* Word by word, for others go on counting meanwhile. */
	for (i = 0; to && i < stats->bytes / sizeof(*to); i++)
		to[i] = READ_ONCE(from[i]);
	return (struct sl_stats *)to;
}
