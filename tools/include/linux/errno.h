/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_ERRNO_H
#define TOOLS_LINUX_ERRNO_H

#include_next <linux/errno.h>

/* Errors of NFSv3 that the host's system calls do not know. */
#define EBADHANDLE	521
#define ENOTSYNC	522
#define EBADCOOKIE	523
#define ETOOSMALL	525
#define ESERVERFAULT	526
#define EBADTYPE	527
#define EJUKEBOX	528

#endif
