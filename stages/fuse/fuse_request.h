/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Requests of the kernel's, taken apart.
 *
 * A request is a header, a struct of the operation's, and what follows: names,
 * data.  /dev/fuse delivers the three in one piece, io_uring in three.  Either
 * way a sl_fuse_request is what is known of it once it has been checked: the
 * struct is all there, and names end where they say.
 *
 *   sl_fuse_request_read()    of one piece
 *   sl_fuse_request_gather()  of three
 */
#ifndef SL_FUSE_REQUEST_H
#define SL_FUSE_REQUEST_H

#include "stages/fuse/fuse_kernel.h"

struct sl_fuse_request {
	struct fuse_in_header head;
	const void *in;		/* struct of the operation's */
	u32 in_bytes;
	u8 *rest;		/* what follows, without extensions */
	u32 rest_bytes;
	u8 *name;		/* without its 0 */
	u32 name_bytes;
	u8 *name2;
	u32 name2_bytes;
	bool has_group;		/* one of the caller's, that matters here */
	u32 group;
};

int sl_fuse_request_read(struct sl_fuse_request *request, u8 *message,
			 u32 bytes);
int sl_fuse_request_gather(struct sl_fuse_request *request,
			   const struct sl_fuse_uring_heads *heads,
			   u8 *payload, u32 payload_max);

#endif /* SL_FUSE_REQUEST_H */
