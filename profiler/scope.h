/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Scopes: what a dashboard shows of a feed, now and a while back.
 *
 * A look takes a snapshot, reports on the time since the last one, and writes
 * the few numbers that charts want into a history.  Both dashboards, that on
 * the terminal and that in the browser, are drawn from a scope and from
 * nothing else.
 */
#ifndef SL_SCOPE_H
#define SL_SCOPE_H

#include "profiler/feed.h"
#include "profiler/layout.h"
#include "profiler/report.h"

#define SL_SCOPE_MOMENTS	600

/* Of a stage. */
struct sl_moment {
	float rate;
	float queue;
	float busy;
};

struct sl_scope {
	struct sl_feed feed;
	struct sl_stats *before;
	struct sl_stats *after;		/* the latest; report's names are here */
	struct sl_report report;
	struct sl_layout layout;
	bool ended;
	u64 looks;			/* those that saw something new */
	u64 moments;			/* so far; the latest SL_SCOPE_MOMENTS
					   are kept */
	double at_s[SL_SCOPE_MOMENTS];	/* since the pipeline started */
	struct sl_moment *moment;	/* a row of stages for each */
};

int sl_scope_open(struct sl_scope *scope, const char *name);
int sl_scope_look(struct sl_scope *scope);
void sl_scope_close(struct sl_scope *scope);
double sl_scope_seconds(const struct sl_scope *scope);

/**
 * sl_scope_moment() - what a stage did a while ago
 * @scope: the scope
 * @back: 0 is the latest; below sl_scope_kept()
 * @stage: row of the segment
 */
static inline const struct sl_moment *
sl_scope_moment(const struct sl_scope *scope, u64 back, u32 stage)
{
	u64 at = (scope->moments - 1 - back) % SL_SCOPE_MOMENTS;

	return scope->moment + at * scope->after->stage_count + stage;
}

/**
 * sl_scope_past() - one number of that
 * @scope: the scope
 * @back: as for sl_scope_moment()
 * @stage: likewise
 * @member: offset of a float in struct sl_moment
 */
static inline double sl_scope_past(const struct sl_scope *scope, u64 back,
				   u32 stage, size_t member)
{
	const void *at = (const char *)sl_scope_moment(scope, back, stage) +
			 member;

	return *(const float *)at;
}

static inline u64 sl_scope_kept(const struct sl_scope *scope)
{
	return min_t(u64, scope->moments, SL_SCOPE_MOMENTS);
}

#endif /* SL_SCOPE_H */
