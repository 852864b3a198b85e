// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>

#include "stages/nfs/nfs.h"

/*
 * In both directions the first match counts: what only comes from the host
 * stands behind the error that its status is turned back into.
 */
static const struct {
	u16 error;
	u16 status;
} table[] = {
	{ 0, SL_NFS_OK },
	{ EPERM, SL_NFS_PERM },
	{ ENOENT, SL_NFS_NOENT },
	{ EIO, SL_NFS_IO },
	{ ENXIO, SL_NFS_NXIO },
	{ EACCES, SL_NFS_ACCES },
	{ EEXIST, SL_NFS_EXIST },
	{ EXDEV, SL_NFS_XDEV },
	{ ENODEV, SL_NFS_NODEV },
	{ ENOTDIR, SL_NFS_NOTDIR },
	{ EISDIR, SL_NFS_ISDIR },
	{ EINVAL, SL_NFS_INVAL },
	{ EFBIG, SL_NFS_FBIG },
	{ ENOSPC, SL_NFS_NOSPC },
	{ EROFS, SL_NFS_ROFS },
	{ EMLINK, SL_NFS_MLINK },
	{ ENAMETOOLONG, SL_NFS_NAMETOOLONG },
	{ ENOTEMPTY, SL_NFS_NOTEMPTY },
	{ EDQUOT, SL_NFS_DQUOT },
	{ ESTALE, SL_NFS_STALE },
	{ EREMOTE, SL_NFS_REMOTE },
	{ EBADHANDLE, SL_NFS_BADHANDLE },
	{ ENOTSYNC, SL_NFS_NOT_SYNC },
	{ EBADCOOKIE, SL_NFS_BAD_COOKIE },
	{ EOPNOTSUPP, SL_NFS_NOTSUPP },
	{ ETOOSMALL, SL_NFS_TOOSMALL },
	{ ESERVERFAULT, SL_NFS_SERVERFAULT },
	{ EBADTYPE, SL_NFS_BADTYPE },
	{ EJUKEBOX, SL_NFS_JUKEBOX },

	{ ENOSYS, SL_NFS_NOTSUPP },
	{ ELOOP, SL_NFS_ACCES },	/* a symbolic link that is not followed */
	{ ETXTBSY, SL_NFS_ACCES },
	{ EBUSY, SL_NFS_ACCES },	/* somebody's mount point */
	{ EOVERFLOW, SL_NFS_FBIG },
	{ EAGAIN, SL_NFS_JUKEBOX },
	{ ENOMEM, SL_NFS_JUKEBOX },
	{ EMFILE, SL_NFS_JUKEBOX },
	{ ENFILE, SL_NFS_JUKEBOX },
};

/**
 * sl_nfs_status() - status of the RFC for an error of the host
 * @error: 0 or a negative errno
 *
 * Return: an nfsstat3; SL_NFS_IO for errors that the RFC has no name for.
 */
u32 sl_nfs_status(int error)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (-error == table[i].error)
			return table[i].status;
	return SL_NFS_IO;
}

/**
 * sl_nfs_error() - error of the host for a status of the RFC
 * @status: an nfsstat3
 *
 * Return: 0 or a negative errno; -EIO for numbers that are not in the RFC.
 */
int sl_nfs_error(u32 status)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (status == table[i].status)
			return -table[i].error;
	return -EIO;
}
