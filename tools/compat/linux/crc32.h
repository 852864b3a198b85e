/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef COMPAT_LINUX_CRC32_H
#define COMPAT_LINUX_CRC32_H

#include_next <linux/crc32.h>
#include <linux/version.h>

/* Before 6.15 the one of this name needs another module. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
#define crc32c(crc, data, bytes)	__crc32c_le((crc), (data), (bytes))
#endif

#endif
