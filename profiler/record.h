/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Recordings: snapshots of a stats segment, one after another, in a file.
 *
 * Numbers of a segment change little from one snapshot to the next, and most
 * of it is empty.  So a frame says only which words changed and by how much,
 * against the frame before it (the first one: against zeroes), in variable
 * length: a second of a pipeline of seven stages takes a few kilobytes.  What
 * comes back is the segment itself, so whatever shows a pipeline that runs
 * shows a recorded one.
 *
 * Each frame has a checksum.  A recorder that is killed leaves whole frames
 * and perhaps one that is cut off; the whole ones still play.
 */
#ifndef SL_RECORD_H
#define SL_RECORD_H

#include "profiler/stats.h"

#define SL_RECORD_MAGIC		0x646365726c75736cull	/* "lsulrecd" */
#define SL_RECORD_VERSION	1

struct sl_record_head {
	u64 magic;
	u32 version;
	u32 stats_version;
	u64 snapshot_bytes;
	u64 interval_ns;
	u64 unix_s;		/* when it was begun */
	u32 spare;
	u32 crc;		/* of what stands before */
};

struct sl_record_frame {
	u32 bytes;		/* that follow */
	u32 crc;		/* of these */
};

struct sl_record_writer;

int sl_record_create(const char *path, const struct sl_stats *first,
		     u64 interval_ns, struct sl_record_writer **writer);
int sl_record_add(struct sl_record_writer *writer,
		  const struct sl_stats *stats);
int sl_record_finish(struct sl_record_writer *writer, u64 *bytes);

/* Reading: `stats` is the frame that was read last. */
struct sl_record {
	struct sl_record_head head;
	struct sl_stats *stats;
	u64 frames;		/* read so far */
	/* private */
	void *file;
	u8 *payload;
	u64 first_at;
};

bool sl_record_is(const char *path);
int sl_record_open(const char *path, struct sl_record **record);
int sl_record_next(struct sl_record *record);
int sl_record_rewind(struct sl_record *record);
void sl_record_close(struct sl_record *record);

/* For the two above, and for their fuzzer. */
u64 sl_record_pack(const u64 *before, const u64 *after, u64 words, u8 *to);
int sl_record_unpack(u64 *words, u64 count, const u8 *from, u64 bytes);

#endif /* SL_RECORD_H */
