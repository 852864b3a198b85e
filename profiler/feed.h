/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Feeds: where snapshots come from, a pipeline that runs or a recording.
 *
 *   sl_feed_open()   by the name of a pipeline or of a file
 *   sl_feed_look()   the snapshot of this moment; a recording has a moment,
 *                    too, which passes at its own pace
 *
 * A feed outlives its pipeline: the last snapshot stays what it was.
 */
#ifndef SL_FEED_H
#define SL_FEED_H

#include <stdio.h>

#include "profiler/record.h"

struct sl_feed {
	char path[300];
	/* of a pipeline that runs */
	int fd;			/* -1: it is a recording */
	u64 bytes;
	/* of a recording */
	struct sl_record *record;
	double speed;		/* 0: each look takes the next frame */
	bool held;		/* its time stands still */
	u64 looked_ns;		/* when that was last brought forward */
	u64 at_ns;		/* its time */
	int fault;		/* why no more frames can be read */
};

int sl_feed_open(struct sl_feed *feed, const char *name);
void sl_feed_pace(struct sl_feed *feed, double speed);
void sl_feed_hold(struct sl_feed *feed, bool held);
int sl_feed_look(struct sl_feed *feed, struct sl_stats **stats);
void sl_feed_close(struct sl_feed *feed);
void sl_feed_explain(int err, const char *who, const char *name, FILE *out);

#endif /* SL_FEED_H */
