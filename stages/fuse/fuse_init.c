// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/fuse/fuse_stage.h"

/*
 * What is not asked for, and why.  ATOMIC_O_TRUNC: the kernel would leave
 * set-user-id bits on what it truncates so.  HANDLE_KILLPRIV: the kernel knows
 * better than we whose bits must go, and says so with a SETATTR of its own.
 * WRITEBACK_CACHE: others change the export, too, and sizes and times would be
 * the kernel's guess.  POSIX_LOCKS, FLOCK_LOCKS: so locks stay the kernel's,
 * among all who use the mount.  EXPORT_SUPPORT: numbers of files mean nothing
 * once they are forgotten.
 */
#define WANTED								       \
	(FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_AUTO_INVAL_DATA |	       \
	 FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO | FUSE_ASYNC_DIO |	       \
	 FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES | FUSE_CACHE_SYMLINKS)
#define WANTED2								       \
	(SL_FUSE_CREATE_SUPP_GROUP | SL_FUSE_DIRECT_IO_ALLOW_MMAP |	       \
	 SL_FUSE_NO_EXPORT_SUPPORT)

#define PAGE_BYTES	4096u	/* the least that a page can be */

/**
 * sl_fuse_init() - agree with the kernel on what both can do
 * @fuse: the stage
 * @in: what the kernel offers
 * @in_bytes: of it
 * @out: where to put what we take
 *
 * Return: 0, or -EPROTO if the kernel is too old, and that has been said.
 */
int sl_fuse_init(struct sl_fuse *fuse, const struct fuse_init_in *in,
		 u32 in_bytes, struct fuse_init_out *out)
{
	bool extended = in_bytes >= offsetof(struct fuse_init_in, unused) &&
			in->flags & SL_FUSE_INIT_EXT;
	u32 flags2 = extended ? in->flags2 : 0;

	memset(out, 0, sizeof(*out));
	if (in->major != FUSE_KERNEL_VERSION ||
	    in->minor < SL_FUSE_MINOR_MIN) {
		sl_stage_log(fuse->stage, "the kernel speaks version %u.%u of FUSE; it takes %u.%u, which is Linux 5.4",
			     in->major, in->minor, FUSE_KERNEL_VERSION,
			     SL_FUSE_MINOR_MIN);
		return -EPROTO;
	}
	fuse->by_uring = fuse->uring && flags2 & SL_FUSE_OVER_IO_URING;
	out->major = FUSE_KERNEL_VERSION;
	out->minor = SL_FUSE_MINOR;
	out->max_readahead = in->max_readahead;
	out->flags = in->flags & WANTED;
	if (extended)
		out->flags |= SL_FUSE_INIT_EXT;
	out->flags2 = flags2 & WANTED2;
	if (fuse->by_uring)
		out->flags2 |= SL_FUSE_OVER_IO_URING;
	fuse->groups = out->flags2 & SL_FUSE_CREATE_SUPP_GROUP;
	/* As many in the background as there may be events for. */
	out->max_background = min_t(u32, fuse->stage->bank->event_count, 4096);
	out->congestion_threshold = out->max_background * 3u / 4;
	out->max_write = fuse->max_write;
	out->max_pages = fuse->max_write / PAGE_BYTES;
	out->time_gran = 1;
	return 0;
}
