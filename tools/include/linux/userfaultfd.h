/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What newer systems have and the headers of this one may lack. */
#ifndef TOOLS_LINUX_USERFAULTFD_H
#define TOOLS_LINUX_USERFAULTFD_H

#include_next <linux/userfaultfd.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif

#ifndef UFFDIO_MOVE		/* since Linux 6.8 */
struct uffdio_move {
	__u64 dst;
	__u64 src;
	__u64 len;
	__u64 mode;
	__s64 move;
};
#define UFFD_FEATURE_MOVE		(1 << 16)
#define UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES ((__u64)1 << 1)
#define UFFDIO_MOVE			_IOWR(UFFDIO, 0x05, struct uffdio_move)
#endif

#endif
