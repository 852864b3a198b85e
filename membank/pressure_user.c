// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "membank/pressure_user.h"

#define STALLED_MAX	1000		/* 10 % of the time */
#define TEXT_MAX	8192
#define NO_LIMIT	(1ull << 60)	/* what version 1 calls none is more */

/* How the two versions of control groups call what is asked of them. */
static const struct layout {
	const char *mount;
	const char *controller;	/* in /proc/self/cgroup */
	const char *used;
	const char *limit[2];
	const char *inactive;	/* in memory.stat */
	const char *hits;
} layouts[] = {
	{ "/sys/fs/cgroup/memory", "memory", "memory.usage_in_bytes",
	  { "memory.limit_in_bytes", NULL }, "total_inactive_file ",
	  "memory.failcnt" },
	{ "/sys/fs/cgroup", "", "memory.current",
	  { "memory.high", "memory.max" }, "inactive_file ", "memory.events" },
	{ "/sys/fs/cgroup/unified", "", "memory.current",
	  { "memory.high", "memory.max" }, "inactive_file ", "memory.events" },
};

/* The text of a file, ended; false if there is none. */
static bool slurp(const char *directory, const char *name, char *text)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, TEXT_MAX - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return n > 0;
}

/* The number behind a word at the start of a line, or 0. */
static u64 number_after(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (text) {
		if (!strncmp(text, word, length))
			return strtoull(text + length, NULL, 10);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return 0;
}

/* "some avg10=12.34 ..." is 1234. */
static u32 read_stalled(const char *directory, const char *name)
{
	char text[TEXT_MAX];
	unsigned int whole, part;

	if (!slurp(directory, name, text) ||
	    sscanf(text, "some avg10=%u.%2u", &whole, &part) != 2)
		return 0;
	return min(whole, 100u) * 100 + part;
}

static u64 read_limit(const char *directory, const struct layout *layout)
{
	char text[TEXT_MAX];
	u64 limit = 0;
	u32 i;

	for (i = 0; i < 2 && layout->limit[i]; i++) {
		u64 one = 0;

		/* "max" is no limit, and no number. */
		if (slurp(directory, layout->limit[i], text))
			one = strtoull(text, NULL, 10);
		if (one && one < NO_LIMIT && (!limit || one < limit))
			limit = one;
	}
	return limit;
}

/* One group; of it and its parents the one nearest to its limit counts. */
static void read_group(struct sl_pressure *pressure, const char *directory,
		       const struct layout *layout)
{
	char text[TEXT_MAX];
	u64 limit = read_limit(directory, layout);
	u64 used = 0, inactive = 0;

	if (slurp(directory, layout->hits, text))
		pressure->group_hits += strtoull(text, NULL, 10) +
					number_after(text, "high ") +
					number_after(text, "max ");
	if (!limit)
		return;
	if (slurp(directory, layout->used, text))
		used = strtoull(text, NULL, 10);
	if (slurp(directory, "memory.stat", text))
		inactive = number_after(text, layout->inactive);
	used -= min(used, inactive);
	if (pressure->group_bytes &&
	    (double)used / limit < (double)pressure->group_used_bytes /
				   pressure->group_bytes)
		return;
	pressure->group_bytes = limit;
	pressure->group_used_bytes = used;
}

/* Where "3:memory:/a/b" or "0::/a/b" says that the process is. */
static bool find_group(const char *groups, const char *controller, char *path)
{
	char controllers[256], where[PATH_MAX];

	while (groups) {
		if (!*controller && sscanf(groups, "0::%4095[^\n]", path) == 1)
			return true;
		if (*controller &&
		    sscanf(groups, "%*u:%255[^:]:%4095[^\n]", controllers,
			   where) == 2 && !strcmp(controllers, controller)) {
			strcpy(path, where);
			return true;
		}
		groups = strchr(groups, '\n');
		groups = groups ? groups + 1 : NULL;
	}
	return false;
}

/*
 * From the process's group up to the root.  In a namespace the path may be one
 * that cannot be seen; then its upper end, the mount itself, is what is left.
 */
static bool read_groups(struct sl_pressure *pressure, const char *root,
			const char *groups, const struct layout *layout)
{
	char directory[2 * PATH_MAX], path[PATH_MAX];
	size_t top = snprintf(directory, sizeof(directory), "%s%s", root,
			      layout->mount);
	bool found = false;

	if (!find_group(groups, layout->controller, path))
		return false;
	snprintf(directory + top, sizeof(directory) - top, "%s",
		 strcmp(path, "/") ? path : "");
	for (;;) {
		char text[TEXT_MAX];

		if (slurp(directory, layout->used, text)) {
			if (!found)
				pressure->stalled = max(pressure->stalled,
					read_stalled(directory,
						     "memory.pressure"));
			read_group(pressure, directory, layout);
			found = true;
		}
		if (strlen(directory) <= top)
			return found;
		*strrchr(directory, '/') = 0;
	}
}

/**
 * sl_pressure_read() - ask the system how it does for memory
 * @pressure: where to put it; what cannot be learnt is 0
 * @root: what stands before /proc and /sys: "", or a directory of a test
 */
void sl_pressure_read(struct sl_pressure *pressure, const char *root)
{
	char text[TEXT_MAX];
	u32 i;

	memset(pressure, 0, sizeof(*pressure));
	pressure->stalled = read_stalled(root, "proc/pressure/memory");
	if (slurp(root, "proc/meminfo", text)) {
		pressure->machine_bytes = number_after(text, "MemTotal:") * 1024;
		pressure->available_bytes =
			number_after(text, "MemAvailable:") * 1024;
	}
	if (!slurp(root, "proc/self/cgroup", text))
		return;
	for (i = 0; i < ARRAY_SIZE(layouts); i++)
		if (read_groups(pressure, root, text, &layouts[i]))
			break;
}

/**
 * sl_pressure_judge() - is memory short
 * @before: numbers of the last time
 * @now: numbers of this time
 *
 * Return: why it is, or SL_PRESSURE_NONE.
 */
enum sl_pressure_why sl_pressure_judge(const struct sl_pressure *before,
				       const struct sl_pressure *now)
{
	if (now->stalled >= STALLED_MAX)
		return SL_PRESSURE_STALLS;
	if (now->available_bytes < now->machine_bytes / 20)
		return SL_PRESSURE_MACHINE;
	if (now->group_hits > before->group_hits ||
	    (now->group_bytes && now->group_used_bytes >
				 now->group_bytes - now->group_bytes / 10))
		return SL_PRESSURE_GROUP;
	return SL_PRESSURE_NONE;
}

const char *sl_pressure_name(enum sl_pressure_why why)
{
	static const char *const names[] = {
		[SL_PRESSURE_NONE] = "none",
		[SL_PRESSURE_STALLS] = "stalls",
		[SL_PRESSURE_MACHINE] = "machine",
		[SL_PRESSURE_GROUP] = "group",
	};

	return (u32)why < ARRAY_SIZE(names) ? names[why] : "?";
}
