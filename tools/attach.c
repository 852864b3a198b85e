// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/attach.h"

static int find(const char *command, const char *name, char *path, size_t bytes)
{
	if (name && strchr(name, '/')) {
		snprintf(path, bytes, "%s", name);
		return 0;
	}
	if (!sl_stats_path(name, path, bytes))
		return 0;
	if (name)
		fprintf(stderr, "sluice %s: no pipeline '%s' runs here; start"
				" one with sluice run\n",
			command, name);
	else
		fprintf(stderr, "sluice %s: no pipeline runs here; start one"
				" with sluice run\n",
			command);
	return -ENOENT;
}

/**
 * sl_attach() - map the stats segment of a pipeline, or say why not
 * @command: who asks, for what is said
 * @name: name of a running pipeline, a file if there is a slash in it, or
 *	NULL for the pipeline that was started last
 * @stats: set to the mapping
 *
 * Return: 0, or 1 having said one line.
 */
int sl_attach(const char *command, const char *name,
	      const struct sl_stats **stats)
{
	char path[300];
	int err;

	if (find(command, name, path, sizeof(path)))
		return 1;
	err = sl_stats_attach(path, stats);
	if (err == -EPROTO)
		fprintf(stderr, "sluice %s: %s was written by another version"
				" of sluice; use the same for both\n",
			command, path);
	else if (err == -EBADMSG)
		fprintf(stderr, "sluice %s: %s is no whole stats segment\n",
			command, path);
	else if (err)
		fprintf(stderr, "sluice %s: %s: %s\n", command, path,
			strerror(-err));
	return err ? 1 : 0;
}
