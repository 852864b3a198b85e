// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Persistent handles: the host's own (name_to_handle_at), signed.
 *
 * The host opens any file of a file system by its handle, whatever directory
 * it is in; and its handles are easily made up.  So a handle is good only with
 * a code over all of it that takes a secret key to make, and over the identity
 * of the export.  It is made in one place, sign(), for an inode whose
 * descriptor we got by looking a name up below the export (openat2 with
 * RESOLVE_BENEATH, no links, no mount points; see sl_handles_openat()), by
 * creating it there, by opening the export itself, or by going up from one of
 * these no further than to the export.  Hence what can be opened here was found
 * below the export once.
 *
 * It may have been moved out of it since, by somebody who may do so on the
 * host.  A directory is looked for below the export again whenever it is opened
 * by its handle; of a file one cannot tell where its names are, so whoever had
 * its handle still reaches it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/handles_user.h"

#define HOST_BYTES_MAX	40
#define TRIES_MAX	8
#define DEPTH_MAX	65536	/* a path of 4096 bytes is no limit */

struct host_handle {
	union {
		struct file_handle head;
		u8 room[sizeof(struct file_handle) + HOST_BYTES_MAX];
	};
};

static void pack(struct sl_file_handle *handle, u64 ino,
		 const struct host_handle *host)
{
	handle->word[1] = ino;
	memcpy(&handle->word[2], host->head.f_handle, 8);
	handle->word[3] = (u64)host->head.handle_bytes << 48 |
			  (u64)(host->head.handle_type & 0xffff) << 32 |
			  SL_FS_KEPT_MAGIC;
	memcpy(&handle->word[4], host->head.f_handle + 8, HOST_BYTES_MAX - 8);
}

static void unpack(struct host_handle *host,
		   const struct sl_file_handle *handle)
{
	host->head.handle_bytes = handle->word[3] >> 48;
	host->head.handle_type = handle->word[3] >> 32 & 0xffff;
	memcpy(host->head.f_handle, &handle->word[2], 8);
	memcpy(host->head.f_handle + 8, &handle->word[4], HOST_BYTES_MAX - 8);
}

static u64 code_of(const struct sl_handles *handles,
		   const struct sl_file_handle *handle)
{
	struct sl_file_handle signed_part = *handle;

	signed_part.word[0] = handles->export_id;
	return siphash(&signed_part, sizeof(signed_part), &handles->key);
}

static int ask_host(int fd, struct host_handle *host)
{
	int mount;

	memset(host, 0, sizeof(*host));
	host->head.handle_bytes = HOST_BYTES_MAX;
	if (name_to_handle_at(fd, "", &host->head, &mount, AT_EMPTY_PATH))
		return -errno;
	/* Above are flags for the host's own use. */
	return host->head.handle_type & ~0xffff ? -EOVERFLOW : 0;
}

/* The only place where a handle is made. */
static int sign(const struct sl_handles *handles, int fd, u64 ino,
		struct sl_file_handle *handle)
{
	struct host_handle host;
	int err = ask_host(fd, &host);

	if (err)
		return err;
	pack(handle, ino, &host);
	handle->word[0] = code_of(handles, handle);
	return 0;
}

static int open_host(struct sl_handles *handles,
		     const struct sl_file_handle *handle, u64 flags)
{
	struct host_handle host;
	int tries, fd;

	unpack(&host, handle);
	for (tries = 0; tries < TRIES_MAX; tries++) {
		fd = open_by_handle_at(handles->root_fd, &host.head,
				       flags | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		/* Others in this process may use more than their share. */
		if ((errno == EMFILE || errno == ENFILE) &&
		    sl_handles_room(handles))
			continue;
		if (errno != EINTR)
			break;
	}
	/* What cannot be a handle of this file system was one of another. */
	return errno == EINVAL || errno == EOPNOTSUPP ? -ESTALE : -errno;
}

/**
 * sl_kept_start() - see whether the host has handles, and name the export
 * @handles: the table, with its key
 * @fd: the export, open
 *
 * Return: 0; -EOPNOTSUPP if the file system has none, -EOVERFLOW if they are
 * too long, -EPERM if this user may not open files by them.
 */
int sl_kept_start(struct sl_handles *handles, int fd)
{
	struct {
		u64 fsid;
		struct host_handle host;
	} export;
	struct sl_file_handle handle;
	int err, opened;

	memset(&export, 0, sizeof(export));
	export.fsid = handles->fsid;
	err = ask_host(fd, &export.host);
	if (err)
		return err;
	handles->export_id = siphash(&export, sizeof(export), &handles->key);
	handles->root_fd = fd;
	pack(&handle, 0, &export.host);
	opened = open_host(handles, &handle, O_PATH);
	if (opened < 0)
		return opened;
	close(opened);
	return 0;
}

/* The handle of the export itself. */
int sl_kept_root(struct sl_handles *handles, struct sl_entry *root)
{
	return sign(handles, root->fd, root->ino, handles->given);
}

/* Is a directory the export, or below it?  Goes up to see. */
static int below(const struct sl_handles *handles, int fd)
{
	const struct sl_entry *root = handles->entry;
	struct statx st, under = { .stx_ino = 0 };
	int at = fd;
	int err = -ESTALE;
	u32 left;

	for (left = DEPTH_MAX; left; left--) {
		int up;

		if (sl_handles_stat_fd(at, &st) ||
		    sl_handles_outside(handles, &st))
			break;
		if (sl_handles_same(root, &st)) {
			err = 0;
			break;
		}
		/* The top of all is above itself. */
		if (st.stx_ino == under.stx_ino &&
		    st.stx_dev_major == under.stx_dev_major &&
		    st.stx_dev_minor == under.stx_dev_minor)
			break;
		under = st;
		up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (at != fd)
			close(at);
		at = up;
		if (at < 0)
			return -ESTALE;
	}
	if (at != fd)
		close(at);
	return err;
}

/* Makes the entry of an inode; @fd is its descriptor and stays the caller's. */
static struct sl_entry *enter(struct sl_handles *handles, int fd,
			      const struct statx *st,
			      const struct sl_file_handle *handle)
{
	struct sl_entry *entry = sl_handles_add(handles, st);
	int keep;

	if (!entry)
		return ERR_PTR(-EJUKEBOX);
	handles->given[sl_handles_slot(handles, entry)] = *handle;
	entry->touched = ~0;
	sl_handles_note(handles, entry, st);
	/* Something will be looked up in a directory. */
	if (entry->attr.type == SL_FILE_DIR) {
		sl_handles_pin(entry);
		keep = sl_handles_room(handles)
			       ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
		if (keep >= 0)
			sl_handles_adopt(handles, entry, keep, SL_OPEN_ANY);
		sl_handles_unpin(handles, entry);
	}
	return entry;
}

/* Entry of an open inode, old or new. */
static struct sl_entry *entry_of(struct sl_handles *handles, int fd)
{
	struct sl_file_handle handle;
	struct sl_entry *entry;
	struct statx st;
	int err = sl_handles_stat_fd(fd, &st);

	if (err)
		return ERR_PTR(err);
	if (sl_handles_outside(handles, &st))
		return ERR_PTR(-EACCES);
	entry = sl_handles_known(handles, &st);
	if (entry)
		return entry;
	err = sign(handles, fd, st.stx_ino, &handle);
	return err ? ERR_PTR(err) : enter(handles, fd, &st, &handle);
}

/**
 * sl_kept_meet() - entry of what was found or made in a directory
 * @handles: the table
 * @parent: entry of the directory, open and pinned
 * @name: name in it
 * @fd: its descriptor if there is one, else -1
 *
 * Return: the entry or an ERR_PTR().
 */
struct sl_entry *sl_kept_meet(struct sl_handles *handles,
			      struct sl_entry *parent, const char *name, int fd)
{
	struct sl_entry *entry;

	if (fd >= 0)
		return entry_of(handles, fd);
	fd = sl_handles_openat(handles, parent->fd, name, O_PATH, 0);
	if (fd < 0)
		return ERR_PTR(fd);
	entry = entry_of(handles, fd);
	close(fd);
	return entry;
}

/**
 * sl_kept_above() - the directory above a directory
 * @handles: the table
 * @entry: entry of a directory other than the export, open and pinned
 *
 * Return: the entry, or ERR_PTR(-ESTALE) if that would not be in the export.
 */
struct sl_entry *sl_kept_above(struct sl_handles *handles,
			       struct sl_entry *entry)
{
	struct sl_entry *up;
	int err, fd;

	fd = openat(entry->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_PTR(-errno);
	err = below(handles, fd);
	up = err ? ERR_PTR(err) : entry_of(handles, fd);
	close(fd);
	return up;
}

/* A genuine handle that has no entry. */
static struct sl_entry *find_again(struct sl_handles *handles,
				   const struct sl_file_handle *handle)
{
	struct sl_entry *entry;
	struct statx st;
	int fd, err;

	handles->totals.found_again++;
	fd = open_host(handles, handle, O_PATH);
	if (fd < 0)
		return ERR_PTR(fd);
	err = sl_handles_stat_fd(fd, &st);
	if (!err && (!st.stx_nlink || st.stx_ino != handle->word[1]))
		err = -ESTALE;
	if (!err && S_ISDIR(st.stx_mode))
		err = below(handles, fd);
	if (err) {
		entry = ERR_PTR(err);
	} else {
		entry = sl_handles_known(handles, &st);
		/* Another inode, which had this number until lately. */
		if (entry && entry != handles->entry) {
			sl_handles_forget(handles, entry);
			entry = NULL;
		}
		if (!entry)
			entry = enter(handles, fd, &st, handle);
	}
	close(fd);
	return entry;
}

/**
 * sl_kept_find() - entry of a persistent handle
 * @handles: the table
 * @handle: whatever a caller has sent
 *
 * Return: the entry, ERR_PTR(-EBADHANDLE) if we have not made it, or
 * ERR_PTR(-ESTALE) if there is no such file any more.
 */
struct sl_entry *sl_kept_find(struct sl_handles *handles,
			      const struct sl_file_handle *handle)
{
	u32 slot = *sl_handles_bucket(handles, handle->word[1]);
	int err;

	for (; slot != SL_SLOT_NONE; slot = handles->entry[slot].next) {
		/* Equal to one that we made: no need to check its code. */
		if (handles->entry[slot].ino == handle->word[1] &&
		    !memcmp(&handles->given[slot], handle, sizeof(*handle))) {
			handles->entry[slot].touched = ~0;
			return &handles->entry[slot];
		}
	}
	if ((u32)handle->word[3] != SL_FS_KEPT_MAGIC ||
	    handle->word[3] >> 48 > HOST_BYTES_MAX ||
	    handle->word[0] != code_of(handles, handle))
		return ERR_PTR(-EBADHANDLE);
	err = sl_callers_self(handles->callers);
	return err ? ERR_PTR(err) : find_again(handles, handle);
}

/**
 * sl_kept_open() - open an entry by its handle
 * @handles: the table
 * @entry: a live entry
 * @flags: of open(2)
 *
 * Return: the descriptor or a negative errno; -ESTALE, and the entry is
 * forgotten, if there is no such file any more.
 */
int sl_kept_open(struct sl_handles *handles, struct sl_entry *entry, u64 flags)
{
	int err = sl_callers_self(handles->callers);
	int fd;

	if (err)
		return err;
	fd = open_host(handles,
		       &handles->given[sl_handles_slot(handles, entry)], flags);
	if (fd >= 0 && entry->attr.type == SL_FILE_DIR && below(handles, fd)) {
		close(fd);
		fd = -ESTALE;
	}
	if (fd == -ESTALE && entry->state == SL_ENTRY_LIVE)
		sl_handles_forget(handles, entry);
	return fd;
}
