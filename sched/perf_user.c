// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <asm/barrier.h>
#include <asm/timex.h>

#include "sched/perf_user.h"
#include "stages/stage.h"

/* Reading one does not go on for ever, whatever is in its page. */
#define TRIES_MAX	16

struct sl_perf {
	int fd[SL_PERF_COUNTERS];	/* -1: it is not there */
	struct perf_event_mmap_page *page[SL_PERF_COUNTERS];
	size_t page_bytes;
	bool begun;			/* with all values before a call */
	struct sl_perf_value before[SL_PERF_COUNTERS];
};

static const struct sl_perf_event events[SL_PERF_COUNTERS] = {
	[SL_PERF_CYCLES] = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	[SL_PERF_INSTRUCTIONS] = { PERF_TYPE_HARDWARE,
				   PERF_COUNT_HW_INSTRUCTIONS },
	[SL_PERF_CACHE_MISSES] = { PERF_TYPE_HARDWARE,
				   PERF_COUNT_HW_CACHE_MISSES },
	[SL_PERF_ICACHE_MISSES] = { PERF_TYPE_HW_CACHE,
				    PERF_COUNT_HW_CACHE_L1I |
				    PERF_COUNT_HW_CACHE_OP_READ << 8 |
				    PERF_COUNT_HW_CACHE_RESULT_MISS << 16 },
};

static u64 rdpmc(u32 index)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdpmc(index);
#else
	/* Pages of other machines are never said to be read like this. */
	return index;
#endif
}

/* Nanoseconds since the kernel wrote the page's times, on a 64-bit clock. */
static u64 time_since(const struct perf_event_mmap_page *page, u64 cycles)
{
	u32 shift = READ_ONCE(page->time_shift);
	u64 mult = READ_ONCE(page->time_mult);
	u64 rest;

	if (shift > 63)
		return 0;
	rest = cycles & ((1ull << shift) - 1);
	return READ_ONCE(page->time_offset) + (cycles >> shift) * mult +
	       (rest * mult >> shift);
}

/**
 * sl_perf_page_read() - read a counter, as linux/perf_event.h says
 * @page: its page, which the kernel may write meanwhile
 * @rdpmc: how to read the CPU's part of it
 * @cycles: get_cycles(), for the times
 * @value: where to put it
 *
 * Return: false if it does not count at the moment or cannot be read so.
 */
bool sl_perf_page_read(const struct perf_event_mmap_page *page,
		       sl_perf_rdpmc rdpmc, u64 cycles,
		       struct sl_perf_value *value)
{
	u32 tries, index, width, lock;
	u64 since;
	s64 part;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		/* The kernel writes on this very CPU, while we do not run. */
		lock = READ_ONCE(page->lock);
		barrier();
		index = READ_ONCE(page->index);
		width = READ_ONCE(page->pmc_width);
		if (!page->cap_user_rdpmc || !index || !width || width > 64)
			return false;
		/* It counts from where it was set, and that may be below 0. */
		part = (s64)(rdpmc(index - 1) << (64 - width)) >> (64 - width);
		since = page->cap_user_time ? time_since(page, cycles) : 0;
		value->count = READ_ONCE(page->offset) + part;
		value->enabled_ns = READ_ONCE(page->time_enabled) + since;
		value->running_ns = READ_ONCE(page->time_running) + since;
		barrier();
		if (READ_ONCE(page->lock) == lock && !(lock & 1))
			return true;
	}
	return false;
}

/**
 * sl_perf_between() - how much was counted between two readings
 * @before: the first one
 * @after: the second one
 * @count: set to it; where other events had the counter's place for a part of
 *	the time, to what it would have counted at the same pace
 *
 * Return: false if it did not count at all.
 */
bool sl_perf_between(const struct sl_perf_value *before,
		     const struct sl_perf_value *after, u64 *count)
{
	u64 enabled = after->enabled_ns - before->enabled_ns;
	u64 running = after->running_ns - before->running_ns;

	*count = after->count - before->count;
	if (enabled <= running)
		return true;
	if (!running)
		return false;
	*count = (unsigned __int128)*count * enabled / running;
	return true;
}

static int open_event(const struct sl_perf_event *event, int group, bool kernel)
{
	struct perf_event_attr attr = {
		.type = event->type,
		.size = sizeof(attr),
		.config = event->config,
		.exclude_kernel = !kernel,
		.exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, group,
		       PERF_FLAG_FD_CLOEXEC);
}

static bool is_forbidden(int error)
{
	return error == EACCES || error == EPERM;
}

static u32 state_of(int error)
{
	if (is_forbidden(error))
		return SL_PERF_FORBIDDEN;
	return error == ENOENT || error == ENODEV || error == EOPNOTSUPP ||
	       error == ENOSYS || error == EINVAL ? SL_PERF_ABSENT :
						    SL_PERF_FAILED;
}

/* Opens one and maps its page.  Returns 0 or an errno. */
static int add_event(struct sl_perf *perf, u32 i,
		     const struct sl_perf_event *event, bool kernel)
{
	int fd = open_event(event, i ? perf->fd[0] : -1, kernel);
	void *page;
	int error;

	if (fd < 0)
		return errno;
	page = mmap(NULL, perf->page_bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		error = errno;
		close(fd);
		return error;
	}
	perf->fd[i] = fd;
	perf->page[i] = page;
	return 0;
}

static bool is_readable(const struct sl_perf *perf)
{
#if defined(__x86_64__)
	return perf->page[SL_PERF_CYCLES]->cap_user_rdpmc;
#else
	return !perf;
#endif
}

/**
 * sl_perf_open_events() - count events of the calling thread
 * @event: one for each counter; what the first cannot do none does
 * @status: set to what works, and why the rest does not
 *
 * Return: the counters, or NULL if there are none that can be read.
 */
struct sl_perf *sl_perf_open_events(const struct sl_perf_event *event,
				    struct sl_perf_status *status)
{
	struct sl_perf *perf = calloc(1, sizeof(*perf));
	u32 works = 0;
	bool kernel = true;
	int error;
	u32 i;

	*status = (struct sl_perf_status){ .state = SL_PERF_FAILED,
					   .error = ENOMEM };
	if (!perf)
		return NULL;
	perf->page_bytes = sysconf(_SC_PAGESIZE);
	for (i = 0; i < SL_PERF_COUNTERS; i++)
		perf->fd[i] = -1;
	status->error = 0;
	error = add_event(perf, 0, &event[0], kernel);
	if (is_forbidden(error)) {
		kernel = false;
		error = add_event(perf, 0, &event[0], kernel);
	}
	status->state = error ? state_of(error) : SL_PERF_COUNTS;
	status->error = error;
	if (!error && !is_readable(perf))
		status->state = SL_PERF_UNREADABLE;
	if (status->state != SL_PERF_COUNTS) {
		sl_perf_close(perf);
		return NULL;
	}
	works = 1 | (kernel ? SL_PERF_KERNEL : 0);
	for (i = 1; i < SL_PERF_COUNTERS; i++) {
		error = add_event(perf, i, &event[i], kernel);
		if (!error)
			works |= 1u << i;
		else if (!status->error)
			status->error = error;
	}
	status->works = works;
	return perf;
}

/**
 * sl_perf_open() - count what the calling thread does from now on
 * @status: as of sl_perf_open_events()
 *
 * Return: as of sl_perf_open_events().
 */
struct sl_perf *sl_perf_open(struct sl_perf_status *status)
{
	return sl_perf_open_events(events, status);
}

void sl_perf_close(struct sl_perf *perf)
{
	u32 i;

	for (i = 0; i < SL_PERF_COUNTERS; i++) {
		if (perf->page[i])
			munmap(perf->page[i], perf->page_bytes);
		if (perf->fd[i] >= 0)
			close(perf->fd[i]);
	}
	free(perf);
}

/**
 * sl_perf_begin() - a stage is about to be called
 * @perf: counters of the calling thread
 */
void sl_perf_begin(struct sl_perf *perf)
{
	u64 cycles = get_cycles();
	bool good = true;
	u32 i;

	/* Cycles last here and first at the end: reading costs some, too. */
	for (i = SL_PERF_COUNTERS; i--;)
		if (perf->page[i])
			good &= sl_perf_page_read(perf->page[i], rdpmc, cycles,
						  &perf->before[i]);
	perf->begun = good;
}

static void add(u64 *counter, u64 by)
{
	WRITE_ONCE(*counter, *counter + by);
}

/**
 * sl_perf_end() - the stage was called
 * @perf: as for sl_perf_begin(), which was called before
 * @counters: of the stage
 * @events: how many it took
 */
void sl_perf_end(struct sl_perf *perf, struct sl_stage_counters *counters,
		 u32 events)
{
	u64 count[SL_PERF_COUNTERS] = { 0 };
	u64 cycles = get_cycles();
	struct sl_perf_value after;
	u32 i;

	for (i = 0; perf->begun && i < SL_PERF_COUNTERS; i++)
		if (perf->page[i])
			perf->begun = sl_perf_page_read(perf->page[i], rdpmc,
							cycles, &after) &&
				      sl_perf_between(&perf->before[i], &after,
						      &count[i]);
	if (!perf->begun)
		return;
	perf->begun = false;
	add(&counters->perf.events, events);
	add(&counters->perf.cycles, count[SL_PERF_CYCLES]);
	add(&counters->perf.instructions, count[SL_PERF_INSTRUCTIONS]);
	add(&counters->perf.cache_misses, count[SL_PERF_CACHE_MISSES]);
	add(&counters->perf.icache_misses, count[SL_PERF_ICACHE_MISSES]);
}
