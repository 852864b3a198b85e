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
 *   READ     done bytes at data, eof if the file ended before count bytes
 *   WRITE    done, stable: what has been reached, at least what was asked
 *   COMMIT   nothing but event->status
 */
#ifndef SL_FS_H
#define SL_FS_H

#include <linux/types.h>

#include "stages/nfs/file.h"

struct sl_stage;

#define SL_FS_HANDLE_MAGIC	0x6c533166u
#define SL_FS_KEPT_MAGIC	0x6c53316bu

/*
 * Words of a handle of the table: slot and its generation, a random number of
 * this start, the inode, its device and the magic number; the others are 0.
 *
 * Of a persistent one: the proof that it was made here, the inode, the host's
 * own handle (8 bytes in word 2, 32 in words 4 to 7), and in word 3 its type,
 * its length and the other magic number.
 */
static inline bool sl_fs_handle_shaped(const struct sl_file_handle *handle)
{
	u32 magic = handle->word[3];

	return magic == SL_FS_HANDLE_MAGIC || magic == SL_FS_KEPT_MAGIC;
}

struct sl_fs_options {
	const char *export;
	bool read_only;
	u64 handles;
	u64 attributes_ns;
	bool persistent;
	const char *key;	/* file with the key of persistent handles */
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
	u64 found_again;	/* persistent handles that had no entry */
	u64 switches;		/* times that it became somebody else */
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
