/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The nfs stage: what NFS version 3 demands of requests and replies.
 *
 * It checks every argument of a request before the fs stage sees it, and
 * gives each reply both of its statuses.  The fs stage knows the host's
 * errors alone, callers in the same process may stay with those, and the
 * wire knows the RFC's; sl_nfs_status() and sl_nfs_error() lie between.
 */
#ifndef SL_NFS_H
#define SL_NFS_H

#include <linux/types.h>

#define SL_NFS_NAME_MAX		255
#define SL_NFS_TARGET_MAX	4095	/* of a symbolic link */
#define SL_NFS_PATH_MAX		1024	/* of MOUNT */

/* nfsstat3 of the RFC */
enum sl_nfs_status {
	SL_NFS_OK = 0, SL_NFS_PERM = 1, SL_NFS_NOENT = 2, SL_NFS_IO = 5,
	SL_NFS_NXIO = 6, SL_NFS_ACCES = 13, SL_NFS_EXIST = 17,
	SL_NFS_XDEV = 18, SL_NFS_NODEV = 19, SL_NFS_NOTDIR = 20,
	SL_NFS_ISDIR = 21, SL_NFS_INVAL = 22, SL_NFS_FBIG = 27,
	SL_NFS_NOSPC = 28, SL_NFS_ROFS = 30, SL_NFS_MLINK = 31,
	SL_NFS_NAMETOOLONG = 63, SL_NFS_NOTEMPTY = 66, SL_NFS_DQUOT = 69,
	SL_NFS_STALE = 70, SL_NFS_REMOTE = 71, SL_NFS_BADHANDLE = 10001,
	SL_NFS_NOT_SYNC = 10002, SL_NFS_BAD_COOKIE = 10003,
	SL_NFS_NOTSUPP = 10004, SL_NFS_TOOSMALL = 10005,
	SL_NFS_SERVERFAULT = 10006, SL_NFS_BADTYPE = 10007,
	SL_NFS_JUKEBOX = 10008,
};

struct sl_nfs_options {
	bool read_only;
	u64 read_max;
	u64 write_max;
};

u32 sl_nfs_status(int error);
int sl_nfs_error(u32 status);

#endif /* SL_NFS_H */
