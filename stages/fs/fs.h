/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The "fs" and "block" protocols, and the stages that speak them.
 *
 * Both carry the arguments of stages/nfs/file.h.  "fs" is "file" after the
 * nfs stage has checked it: counts fit the buffer, names are names.  "block"
 * is what is left of it when fs has found the file: READ, WRITE or COMMIT of
 * the open descriptor sl_file_args.fd, which fs keeps open until it gets the
 * event back with
 *
 *   READ     done, eof if the file ended before count bytes
 *   WRITE    done, stable: what has been reached, at least what was asked
 *   COMMIT   nothing but event->status
 */
#ifndef SL_FS_H
#define SL_FS_H

#include <linux/types.h>

#include "stages/nfs/file.h"

struct sl_stage;

#define SL_FS_HANDLE_MAGIC	0x6c533166u

/*
 * Words of a handle: slot and its generation, a random number of this start,
 * the inode, its device and the magic number.
 */
static inline bool sl_fs_handle_shaped(const struct sl_file_handle *handle)
{
	return (u32)handle->word[3] == SL_FS_HANDLE_MAGIC;
}

struct sl_fs_options {
	const char *export;
	bool read_only;
	u64 handles;
	u64 attributes_ns;
};

enum sl_block_sync { SL_BLOCK_SYNC_DATA, SL_BLOCK_SYNC_FULL };

struct sl_block_options {
	u64 queue_depth;
	u64 sync;		/* enum sl_block_sync */
	bool io_uring;
};

/* What the stages have done; for tests and benchmarks, when nothing runs. */
struct sl_fs_totals {
	u32 handles;		/* in the table now */
	u32 descriptors;	/* open now */
	u64 evicted_handles;
	u64 evicted_descriptors;
	u64 refreshed;		/* attributes asked of the host */
};

struct sl_block_totals {
	bool io_uring;		/* is it in use? */
	u64 cold_reads;		/* that were not in memory at once */
	u64 writes;		/* system calls */
	u64 written_events;	/* answered by them */
	u64 syncs;		/* fsync, fdatasync */
	u64 synced_events;	/* answered by them */
};

void sl_fs_totals(const struct sl_stage *stage, struct sl_fs_totals *totals);
void sl_block_totals(const struct sl_stage *stage,
		     struct sl_block_totals *totals);

#endif /* SL_FS_H */
