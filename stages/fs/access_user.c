// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* The fs stage's questions to the host of what callers may do. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stages/fs/fs_user.h"

/* What is known of a caller and an open inode; its attributes are fresh. */
static struct sl_right *right_of(struct sl_fs *fs, const struct sl_entry *entry)
{
	return sl_callers_right(&fs->callers, entry->version, fs->caller_id);
}

int sl_fs_allow_caller(struct sl_fs *fs, struct sl_entry *entry, u8 any,
		       bool owner)
{
	struct sl_right *right;
	u8 bit;
	int fd;

	/* What such a process is not allowed, the host will not let it do. */
	if (!fs->callers.able)
		return fs->caller->uid == fs->callers.uid ? 0 : -EACCES;
	if (!fs->caller->uid || (owner && fs->caller->uid == entry->attr.uid))
		return 0;
	right = right_of(fs, entry);
	if (right->may & any)
		return 0;
	if (!(any & ~right->known))
		return -EACCES;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
	if (fd < 0)
		return fd;
	/* To open it may have taken its attributes anew. */
	right = right_of(fs, entry);
	for (bit = S_IROTH; bit; bit >>= 1) {
		int err;

		if (!(any & bit))
			continue;
		err = sl_callers_ask(&fs->callers, right, fs->caller, fd, bit);
		if (err)
			return err;
		if (right->may & bit)
			return 0;
	}
	return -EACCES;
}

/* The same of the pipeline itself: not remembered, for it seldom asks. */
static u8 ours(int fd)
{
	u8 may = 0;
	u8 bit;

	for (bit = S_IROTH; bit; bit >>= 1)
		if (!syscall(SYS_faccessat2, fd, "", bit,
			     AT_EMPTY_PATH | AT_EACCESS))
			may |= bit;
	return may;
}

/* Asks the host, which knows of access lists and capabilities. */
int sl_fs_access(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	struct sl_right *right;
	int err, fd;

	err = sl_fs_exact(fs, entry);
	if (err)
		return err;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_ANY);
	if (fd < 0)
		return fd;
	if (!fs->caller->known ||
	    (!fs->callers.able && fs->caller->uid == fs->callers.uid)) {
		nfs->rwx = ours(fd);
	} else if (!fs->callers.able) {
		nfs->rwx = 0;
	} else {
		right = right_of(fs, entry);
		err = sl_callers_ask(&fs->callers, right, fs->caller, fd,
				     S_IRWXO);
		if (err)
			return err;
		nfs->rwx = right->may;
	}
	if (fs->options->read_only)
		nfs->rwx &= ~S_IWOTH;
	sl_fs_tell(event, entry);
	return 0;
}
