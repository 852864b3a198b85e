// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The readers' side of the stats segment.  What is in a file is believed only
 * after it was checked; what is in a snapshot cannot change afterwards.
 */
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
#include <asm/barrier.h>

#include "profiler/stats.h"

#define BYTES_MAX	(64u << 20)

/*
 * How often a snapshot is tried again while the plan changes, and how long to
 * wait between.  A writer that was killed half-way leaves it odd for good.
 */
#define TRIES_MAX	40
#define TRY_NS		50000

bool sl_stats_runs(u32 pid)
{
	return pid && (!kill(pid, 0) || errno == EPERM);
}

/* Pid at the end of "sluice.NAME.PID", or 0. */
u32 sl_stats_pid(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (strncmp(file, "sluice.", 7) || !dot || dot < file + 7)
		return 0;
	return strtoul(dot + 1, NULL, 10);
}

/**
 * sl_stats_list() - which pipelines run here
 * @list: where to put them, the one started last first
 * @count_max: room there
 *
 * Return: how many there are in @list.
 */
u32 sl_stats_list(struct sl_stats_running *list, u32 count_max)
{
	DIR *dir = opendir("/dev/shm");
	struct dirent *entry;
	u32 count = 0;
	u32 at;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name + strlen("sluice.");
		struct sl_stats_running one = {
			.pid = sl_stats_pid(entry->d_name)
		};
		struct stat st;
		size_t length;

		if (!one.pid || !sl_stats_runs(one.pid) ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0))
			continue;
		length = strrchr(name, '.') - name;
		if (length >= sizeof(one.name))
			continue;
		memcpy(one.name, name, length);
		one.since_ns = st.st_ctim.tv_sec * 1000000000ull +
			       st.st_ctim.tv_nsec;
		snprintf(one.path, sizeof(one.path), "/dev/shm/%s",
			 entry->d_name);
		for (at = 0; at < count && list[at].since_ns >= one.since_ns;)
			at++;
		if (at == count_max)
			continue;
		if (count == count_max)
			count--;
		memmove(list + at + 1, list + at,
			(count - at) * sizeof(*list));
		list[at] = one;
		count++;
	}
	if (dir)
		closedir(dir);
	return count;
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
	struct sl_stats_running list[64];
	u32 count = sl_stats_list(list, ARRAY_SIZE(list));
	u32 i;

	for (i = 0; i < count; i++) {
		if (name && strcmp(name, list[i].name))
			continue;
		snprintf(path, bytes, "%s", list[i].path);
		return 0;
	}
	return -ENOENT;
}

/**
 * sl_stats_path_of() - file of the pipeline that a process runs
 * @pid: the process
 * @path: where to put it
 * @bytes: room there
 *
 * Return: 0, or -ENOENT if it runs none.
 */
int sl_stats_path_of(u32 pid, char *path, size_t bytes)
{
	struct sl_stats_running list[64];
	u32 count = sl_stats_list(list, ARRAY_SIZE(list));
	u32 i;

	for (i = 0; i < count; i++) {
		if (list[i].pid != pid)
			continue;
		snprintf(path, bytes, "%s", list[i].path);
		return 0;
	}
	return -ENOENT;
}

static bool table_fits(const struct sl_stats *s, u32 at, u32 count, u32 bytes,
		       u32 least)
{
	return bytes >= least && at >= sizeof(*s) &&
	       at % sizeof(u64) == 0 && bytes % sizeof(u64) == 0 &&
	       (u64)at + (u64)count * bytes <= s->bytes;
}

static bool tables_fit(const struct sl_stats *s)
{
	return table_fits(s, s->stage_at, s->stage_count, s->stage_bytes,
			  sizeof(struct sl_stats_stage)) &&
	       table_fits(s, s->core_at, s->core_count, s->core_bytes,
			  sizeof(struct sl_stats_core)) &&
	       table_fits(s, s->link_at, SL_STATS_LINKS_MAX, s->link_bytes,
			  sizeof(struct sl_stats_link)) &&
	       s->change_count == SL_STATS_CHANGES &&
	       table_fits(s, s->change_at, s->change_count, s->change_bytes,
			  sizeof(struct sl_stats_change)) &&
	       table_fits(s, s->stage_counters_at, s->stage_count,
			  s->stage_counters_bytes,
			  sizeof(struct sl_stage_counters)) &&
	       table_fits(s, s->core_counters_at, s->core_count,
			  s->core_counters_bytes,
			  sizeof(struct sl_core_counters));
}

/* What pipelines and stages may be called: no quotes, no terminal's escapes. */
static bool is_name(const char *name)
{
	return memchr(name, 0, SL_NAME_MAX) && *name &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ-.")];
}

static bool is_sound(const struct sl_stats *s, u64 bytes)
{
	u32 i;

	if (s->head_bytes != sizeof(*s) || s->bytes != bytes ||
	    s->stage_count > SL_INSTANCES_MAX || s->core_count > SL_CORES_MAX ||
	    s->link_count > SL_STATS_LINKS_MAX || !is_name(s->name) ||
	    !memchr(s->plan, 0, sizeof(s->plan)) || !tables_fit(s))
		return false;
	for (i = 0; i < s->stage_count; i++) {
		const struct sl_stats_stage *row = sl_stats_stage(s, i);

		if (row->worker >= s->core_count || !is_name(row->name) ||
		    !is_name(row->type))
			return false;
	}
	for (i = 0; i < s->link_count; i++)
		if (sl_stats_link(s, i)->from >= s->stage_count ||
		    sl_stats_link(s, i)->to >= s->stage_count)
			return false;
	return true;
}

/**
 * sl_stats_check() - is this a whole segment
 * @stats: at least sizeof(*@stats) bytes
 * @bytes: how many there are
 *
 * Return: 0, -EPROTO if it is of another version, or -EBADMSG.
 */
int sl_stats_check(const struct sl_stats *stats, u64 bytes)
{
	if (bytes < sizeof(*stats) || stats->magic != SL_STATS_MAGIC)
		return -EBADMSG;
	if (stats->version != SL_STATS_VERSION)
		return -EPROTO;
	return is_sound(stats, bytes) ? 0 : -EBADMSG;
}

/* Ends a text, and takes out what a terminal might act on. */
static void make_printable(char *text, size_t bytes)
{
	text[bytes - 1] = 0;
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/**
 * sl_stats_tidy() - make the texts of a snapshot fit to be shown
 * @stats: a snapshot that was checked
 */
void sl_stats_tidy(struct sl_stats *stats)
{
	u32 i;

	make_printable(stats->plan, sizeof(stats->plan));
	for (i = 0; i < stats->change_count; i++) {
		struct sl_stats_change *row = sl_stats_change(stats, i);

		make_printable(row->why, sizeof(row->why));
		make_printable(row->plan, sizeof(row->plan));
	}
}

/* Opens a segment's file, of a size that can be one. */
static int open_file(const char *path, u64 *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size < (off_t)sizeof(struct sl_stats) ||
	    st.st_size > BYTES_MAX) {
		close(fd);
		return -EBADMSG;
	}
	*bytes = st.st_size;
	return fd;
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
	struct sl_stats *map;
	u64 bytes;
	int fd = open_file(path, &bytes);
	int err;

	if (fd < 0)
		return fd;
	map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -errno;
	err = sl_stats_check(map, bytes);
	if (err)
		munmap(map, bytes);
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
	       sl_stats_runs(stats->pid);
}

static void wait_a_little(void)
{
	struct timespec wait = { 0, TRY_NS };

	nanosleep(&wait, NULL);
}

/**
 * sl_stats_copy() - a snapshot, to be freed with free()
 * @stats: an attached segment
 *
 * Waits a moment if the plan changes just now.
 *
 * Return: the snapshot, or NULL if there is no memory.
 */
struct sl_stats *sl_stats_copy(const struct sl_stats *stats)
{
	const u64 *from = (const u64 *)stats;
	const u64 words = stats->bytes / sizeof(*from);
	u64 *to = malloc(stats->bytes);
	u32 tries = TRIES_MAX;
	u64 i;

	while (to) {
		/* Pairs with what makes it odd before rows change. */
		u32 version = smp_load_acquire(&stats->plan_version);

		/* Word by word, for others go on counting meanwhile. */
		for (i = 0; i < words; i++)
			to[i] = READ_ONCE(from[i]);
		/* Rows are read before it is seen that they have not changed. */
		smp_mb();
		if ((!(version & 1) &&
		     version == READ_ONCE(stats->plan_version)) || !tries--)
			break;
		wait_a_little();
	}
	return (struct sl_stats *)to;
}

static int read_whole(int fd, void *to, u64 bytes)
{
	u64 got = 0;
	ssize_t n;

	while (got < bytes) {
		n = pread(fd, (char *)to + got, bytes - got, got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EBADMSG;
		got += n;
	}
	return 0;
}

/* The version as it is in the file after everything else was read. */
static bool version_is(int fd, u32 version)
{
	u32 now = 1;

	return pread(fd, &now, sizeof(now),
		     offsetof(struct sl_stats, plan_version)) == sizeof(now) &&
	       now == version && !(now & 1);
}

/**
 * sl_stats_open() - open a segment for snapshots
 * @path: its file
 * @bytes: set to its size
 *
 * Unlike a mapping this bears a file that is cut or scribbled over later.
 *
 * Return: a descriptor, or as sl_stats_attach().
 */
int sl_stats_open(const char *path, u64 *bytes)
{
	struct sl_stats *stats;
	int fd = open_file(path, bytes);
	int err;

	if (fd < 0)
		return fd;
	err = sl_stats_snapshot(fd, *bytes, &stats);
	if (err)
		close(fd);
	else
		free(stats);
	return err ? err : fd;
}

/**
 * sl_stats_snapshot() - a snapshot that was checked and tidied
 * @fd: from sl_stats_open()
 * @bytes: likewise
 * @stats: set to it; to be freed with free()
 *
 * Waits a moment if the plan changes just now.
 *
 * Return: 0, or as sl_stats_attach(), or -ENOMEM.
 */
int sl_stats_snapshot(int fd, u64 bytes, struct sl_stats **stats)
{
	struct sl_stats *to = malloc(bytes);
	u32 tries = TRIES_MAX;
	int err;

	if (!to)
		return -ENOMEM;
	while (!(err = read_whole(fd, to, bytes)) &&
	       !version_is(fd, to->plan_version) && tries--)
		wait_a_little();
	if (!err)
		err = sl_stats_check(to, bytes);
	if (err) {
		free(to);
		return err;
	}
	sl_stats_tidy(to);
	*stats = to;
	return 0;
}
