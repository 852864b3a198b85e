/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the tests of /dev/sluice share.  They run where the module is loaded,
 * which tools/vm does in an emulated machine (make vmcheck); anywhere else they
 * are skipped.
 */
#ifndef SL_DEVICE_TEST_H
#define SL_DEVICE_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/kernel/client_user.h"
#include "tools/test.h"

#define ANY_CPU	.cpu = SL_DEVICE_ANY, .work_cpu = SL_DEVICE_ANY

static inline void need_device(void)
{
	if (access(SL_DEVICE_PATH, R_OK | W_OK))
		TEST_SKIP("no " SL_DEVICE_PATH "; make vmcheck has one");
}

static inline u64 dice(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Bitwise, lest a table be wrong on both sides. */
static inline u32 crc32c_of(const u8 *data, u32 bytes)
{
	u32 crc = ~0u;
	u32 i;

	for (; bytes; bytes--) {
		crc ^= *data++;
		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* For calls that must fail: what they failed with. */
static inline int call(int fd, unsigned long command, void *arg)
{
	return ioctl(fd, command, arg) ? errno : 0;
}

static inline int map(int fd, size_t bytes, int protection, int flags,
		      off_t offset)
{
	void *at = mmap(NULL, bytes, protection, flags, fd, offset);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, bytes);
	return 0;
}

#endif /* SL_DEVICE_TEST_H */
