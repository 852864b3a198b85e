// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "profiler/feed.h"

/**
 * sl_feed_open() - open a pipeline or a recording to look at
 * @feed: to be made
 * @name: of a pipeline that runs here, the latest if NULL; or, with a slash or
 *        if there is such a file, of a stats segment or a recording
 *
 * Return: 0, -ESRCH if no such pipeline runs, -ENOENT if there is no such
 * file, -EPROTO if it is of another version, -EBADMSG if it is none of ours,
 * -ENODATA for a recording without a whole frame, or another negative errno.
 */
int sl_feed_open(struct sl_feed *feed, const char *name)
{
	bool is_file = name && (strchr(name, '/') || !access(name, F_OK));
	int err;

	*feed = (struct sl_feed){ .fd = -1, .speed = 1 };
	/* What runs goes before a file of the same name. */
	if (!name || !strchr(name, '/'))
		is_file = sl_stats_path(name, feed->path,
					sizeof(feed->path)) && is_file;
	if (is_file)
		snprintf(feed->path, sizeof(feed->path), "%s", name);
	else if (!*feed->path)
		return -ESRCH;
	if (!sl_record_is(feed->path)) {
		feed->fd = sl_stats_open(feed->path, &feed->bytes);
		return min(feed->fd, 0);
	}
	err = sl_record_open(feed->path, &feed->record);
	if (err)
		return err;
	err = sl_record_next(feed->record);
	if (err) {
		sl_feed_close(feed);
		return err == -EBADMSG ? -ENODATA : err;
	}
	feed->at_ns = feed->record->stats->now_ns;
	feed->looked_ns = ktime_get_ns();
	return 0;
}

/**
 * sl_feed_pace() - how fast the time of a recording passes
 * @feed: the feed; one of a running pipeline does not care
 * @speed: 2 is twice as fast as it was; 0: every look takes the next frame
 */
void sl_feed_pace(struct sl_feed *feed, double speed)
{
	feed->speed = speed;
}

/**
 * sl_feed_hold() - stop the time of a recording, or let it pass again
 * @feed: the feed; one of a running pipeline does not care
 * @held: whether to stop it
 */
void sl_feed_hold(struct sl_feed *feed, bool held)
{
	feed->held = held;
}

/* A copy of the frame that was read last, fit to be shown. */
static int give(const struct sl_feed *feed, struct sl_stats **stats)
{
	const struct sl_stats *from = feed->record->stats;

	*stats = malloc(from->bytes);
	if (!*stats)
		return -ENOMEM;
	memcpy(*stats, from, from->bytes);
	sl_stats_tidy(*stats);
	return 0;
}

static int next(struct sl_feed *feed)
{
	if (!feed->fault)
		feed->fault = sl_record_next(feed->record);
	return feed->fault;
}

static int look_recorded(struct sl_feed *feed, struct sl_stats **stats)
{
	u64 now = ktime_get_ns();
	u64 passed = now - feed->looked_ns;
	int err = 0;

	feed->looked_ns = now;
	if (feed->speed <= 0) {
		err = next(feed);
	} else if (!feed->held) {
		feed->at_ns += passed * feed->speed;
		/* The next frame is that much later, about; not before then. */
		while (!err && feed->record->stats->now_ns +
			       feed->record->head.interval_ns <= feed->at_ns)
			err = next(feed);
	}
	/*
	 * A frame that is damaged has spoilt the words it was unpacked into:
	 * but what was there before has been seen.
	 */
	return err ? -ENODATA : give(feed, stats);
}

/**
 * sl_feed_look() - the snapshot of this moment
 * @feed: the feed
 * @stats: set to it, to be freed with free(); perhaps the same as last time
 *
 * Return: 0; -ENODATA if the pipeline or the recording has ended; -EBADMSG if
 * a segment is no longer one; or -ENOMEM.
 */
int sl_feed_look(struct sl_feed *feed, struct sl_stats **stats)
{
	int err;

	if (feed->record)
		return look_recorded(feed, stats);
	err = sl_stats_snapshot(feed->fd, feed->bytes, stats);
	if (err || sl_stats_alive(*stats))
		return err;
	free(*stats);
	return -ENODATA;
}

void sl_feed_close(struct sl_feed *feed)
{
	if (feed->record)
		sl_record_close(feed->record);
	if (feed->fd >= 0)
		close(feed->fd);
	feed->record = NULL;
	feed->fd = -1;
}

/**
 * sl_feed_explain() - say in a line why a feed could not be opened
 * @err: what sl_feed_open() returned
 * @who: the command that says it
 * @name: that it was asked for, or NULL
 * @out: where to
 */
void sl_feed_explain(int err, const char *who, const char *name, FILE *out)
{
	fprintf(out, "%s: ", who);
	if (err == -ESRCH && name)
		fprintf(out, "no pipeline '%s' runs here; start one with sluice"
			" run\n", name);
	else if (err == -ESRCH)
		fprintf(out, "no pipeline runs here; start one with sluice"
			" run\n");
	else if (err == -EPROTO)
		fprintf(out, "%s was written by another version of sluice; use"
			" the same for both\n", name ? name : "its segment");
	else if (err == -EBADMSG)
		fprintf(out, "%s is no whole stats segment and no recording\n",
			name ? name : "its segment");
	else if (err == -ENODATA)
		fprintf(out, "%s: the recording has no whole frame in it\n",
			name);
	else
		fprintf(out, "%s: %s\n", name ? name : "its segment",
			strerror(-err));
}
