/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What newer kernels say on /dev/fuse and Debian 12's linux/fuse.h does not
 * know yet, under names of ours: numbers and layouts are the protocol's.
 */
#ifndef SL_FUSE_KERNEL_H
#define SL_FUSE_KERNEL_H

#include <linux/fuse.h>
#include <linux/types.h>

#define SL_FUSE_MINOR		45	/* newest that all of this is true of */
#define SL_FUSE_MINOR_MIN	31	/* Linux 5.4 */

/* INIT: bits 32 and up are bits 0 and up of flags2. */
#define SL_FUSE_INIT_EXT		(1u << 30)
#define SL_FUSE_CREATE_SUPP_GROUP	(1u << (34 - 32))
#define SL_FUSE_DIRECT_IO_ALLOW_MMAP	(1u << (36 - 32))
#define SL_FUSE_NO_EXPORT_SUPPORT	(1u << (38 - 32))
#define SL_FUSE_OVER_IO_URING		(1u << (41 - 32))

/* Operations since then; what is not answered is not listed. */
#define SL_FUSE_OPS		64

/* Behind the names of what makes something: a group that its caller is in. */
#define SL_FUSE_EXT_GROUPS	32

struct sl_fuse_extension {
	u32 bytes;		/* with this */
	u32 type;
};

/* FUSE over io_uring: commands, and what lies before a request's payload. */
enum { SL_FUSE_URING_REGISTER = 1, SL_FUSE_URING_COMMIT_AND_FETCH = 2 };

#define SL_FUSE_URING_HEAD	128	/* bytes of each header */

struct sl_fuse_uring_heads {
	u8 message[SL_FUSE_URING_HEAD];	/* fuse_in_header, fuse_out_header */
	u8 operation[SL_FUSE_URING_HEAD];	/* fuse_read_in and the like */
	u64 flags;
	u64 commit_id;
	u32 payload_bytes;
	u32 padding;
	u64 reserved;
};

/* In an SQE's 80 bytes for commands. */
struct sl_fuse_uring_command {
	u64 flags;
	u64 commit_id;
	u16 queue;
	u8 padding[6];
};

#endif /* SL_FUSE_KERNEL_H */
