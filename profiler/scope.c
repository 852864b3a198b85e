// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "profiler/scope.h"

/**
 * sl_scope_open() - open a feed to be shown
 * @scope: to be made
 * @name: as for sl_feed_open()
 *
 * Return: 0, or as sl_feed_open().
 */
int sl_scope_open(struct sl_scope *scope, const char *name)
{
	int err;

	memset(scope, 0, sizeof(*scope));
	err = sl_feed_open(&scope->feed, name);
	if (err)
		return err;
	err = sl_feed_look(&scope->feed, &scope->after);
	/* It may have ended just now. */
	if (err) {
		sl_feed_close(&scope->feed);
		return err == -ENODATA && !scope->feed.record ? -ESRCH : err;
	}
	scope->moment = calloc((u64)SL_SCOPE_MOMENTS *
			       (scope->after->stage_count + 1),
			       sizeof(*scope->moment));
	if (!scope->moment) {
		sl_scope_close(scope);
		return -ENOMEM;
	}
	scope->report.bottleneck = -1;
	sl_layout_make(&scope->layout, scope->after);
	return 0;
}

static void remember(struct sl_scope *scope)
{
	u64 at = scope->moments++ % SL_SCOPE_MOMENTS;
	struct sl_moment *to = scope->moment + at * scope->after->stage_count;
	u32 i;

	scope->at_s[at] = sl_scope_seconds(scope);
	for (i = 0; i < scope->report.stage_count; i++)
		to[i] = (struct sl_moment){
			.rate = scope->report.stage[i].rate,
			.queue = scope->report.stage[i].queue_mean,
			.busy = scope->report.stage[i].busy,
		};
}

/**
 * sl_scope_look() - look at the feed once more
 * @scope: the scope
 *
 * Return: 1 if there is something new to show; 0 if not, perhaps because it
 * has just ended, see @scope->ended; or a negative errno.
 */
int sl_scope_look(struct sl_scope *scope)
{
	struct sl_stats *now;
	int err;

	if (scope->ended)
		return 0;
	err = sl_feed_look(&scope->feed, &now);
	if (err == -ENODATA || err == -EBADMSG) {
		scope->ended = true;
		return 0;
	}
	if (err)
		return err;
	/* A sampler that was stopped has nothing new. */
	if (now->now_ns <= scope->after->now_ns ||
	    now->stage_count != scope->after->stage_count) {
		free(now);
		return 0;
	}
	free(scope->before);
	scope->before = scope->after;
	scope->after = now;
	sl_report_make(&scope->report, scope->before, scope->after);
	/* Links are written down a moment after the segment is made. */
	if (scope->before->link_count != scope->after->link_count ||
	    scope->before->changes != scope->after->changes)
		sl_layout_make(&scope->layout, scope->after);
	scope->looks++;
	remember(scope);
	return 1;
}

/* Since the pipeline started. */
double sl_scope_seconds(const struct sl_scope *scope)
{
	return ((double)scope->after->now_ns - scope->after->start_ns) / 1e9;
}

void sl_scope_close(struct sl_scope *scope)
{
	sl_feed_close(&scope->feed);
	free(scope->before);
	free(scope->after);
	free(scope->moment);
	memset(scope, 0, sizeof(*scope));
	scope->feed.fd = -1;
}
