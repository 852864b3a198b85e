// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The fs stage's operations that the block stage does: READ, WRITE, COMMIT.
 *
 * Before: may he, and a descriptor.  Afterwards: what the file is like now.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include <linux/kernel.h>

#include "stages/fs/fs_user.h"

/*
 * The write verifier is another one after each start, and whenever a sync has
 * failed, for the kernel may have dropped unstable data of anybody then.  It
 * is one for all fs stages of a process, because a client may send a WRITE to
 * one replica and the COMMIT to another.  So each counts its own failures, and
 * the verifier is a random number and all of them.
 */
static u64 started;
static struct {
	u64 failures;
} ____cacheline_aligned lost[SL_CORES_MAX];
static u32 lost_count;

/* Called for one stage after the other, before anything runs. */
int sl_fs_verifier_open(struct sl_fs *fs)
{
	u64 random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	WRITE_ONCE(started, started + random);
	fs->lost = lost_count % SL_CORES_MAX;
	WRITE_ONCE(lost_count, lost_count + 1);
	return 0;
}

/* No ordering is wanted: a sum that is too old makes a client write again. */
static u64 verifier(void)
{
	u32 count = min_t(u32, READ_ONCE(lost_count), SL_CORES_MAX);
	u64 sum = READ_ONCE(started);
	u32 i;

	for (i = 0; i < count; i++)
		sum += READ_ONCE(lost[i].failures);
	return sum;
}

static u64 wall_ns(struct sl_fs *fs)
{
	struct timespec now;

	if (!fs->wall_ns) {
		/* The clock that the host gives files their times from. */
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
		fs->wall_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
	}
	return fs->wall_ns;
}

static int send(struct sl_fs *fs, struct sl_event *event,
		struct sl_entry *entry, int fd)
{
	struct sl_file_args *nfs = sl_file(event);
	u32 flow = event->flow;

	if (fd < 0)
		return fd;
	nfs->fd = fd;
	nfs->slot = sl_handles_slot(&fs->handles, entry);
	nfs->done = 0;
	nfs->eof = false;
	sl_handles_pin(entry);
	if (entry->away++)
		entry->crowded = true;
	fs->in_flight++;
	/* All of a file to one replica; the caller's flow means nothing here. */
	event->flow = nfs->slot;
	sl_stage_call(fs->stage, SL_FS_BLOCK, event);
	event->flow = flow;
	return SL_FS_AWAY;
}

static int check_regular(struct sl_fs *fs, struct sl_entry *entry)
{
	if (unlikely(entry->attr.type != SL_FILE_REG))
		return entry->attr.type == SL_FILE_DIR ? -EISDIR : -EINVAL;
	return sl_fs_fresh(fs, entry);
}

/* To run a program one reads it, too. */
int sl_fs_read(struct sl_fs *fs, struct sl_event *event,
	       struct sl_entry *entry)
{
	int err = check_regular(fs, entry);

	if (!err)
		err = sl_fs_allow(fs, entry, S_IROTH | S_IXOTH, true);
	return err ? err : send(fs, event, entry,
				sl_handles_fd(&fs->handles, entry,
					      SL_OPEN_READ));
}

/*
 * Whoever writes to a program takes its set-user-id bits away, but root; and
 * the block stage writes as root.
 */
static int drop_privileges(struct sl_fs *fs, struct sl_entry *entry, int fd)
{
	u32 mode = entry->attr.mode & ~S_ISUID;
	int err;

	if (mode & S_IXGRP)
		mode &= ~S_ISGID;
	if (mode == entry->attr.mode || !fs->caller->uid || !fs->callers.able)
		return 0;
	err = sl_callers_self(&fs->callers);
	if (!err && fchmod(fd, mode))
		err = -errno;
	return err ? err : sl_handles_refresh(&fs->handles, entry);
}

/* What there is to be done for a caller before his WRITE goes on. */
static int prepare_write(struct sl_fs *fs, struct sl_event *event,
			 struct sl_entry *entry, int fd)
{
	int err = 0;

	/* Of several at once nobody knows what each has found. */
	if (!entry->away)
		err = sl_fs_before(fs, event, 0, entry);
	if (!err && unlikely(entry->attr.mode & (S_ISUID | S_ISGID)))
		err = drop_privileges(fs, entry, fd);
	return err;
}

/*
 * May he write?  First, for nobody can run a program while it is open for
 * writing, and that is not for everybody to bring about.
 */
int sl_fs_write(struct sl_fs *fs, struct sl_event *event,
		struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	int err = check_regular(fs, entry);
	int fd;

	if (!err)
		err = sl_fs_allow(fs, entry, S_IWOTH, true);
	if (err)
		return err;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_WRITE);
	if (fd < 0)
		return fd;
	if (nfs->caller.known) {
		err = prepare_write(fs, event, entry, fd);
		if (err)
			return err;
	}
	/* If data is lost from here on, it may be this. */
	nfs->verifier = verifier();
	nfs->asked_ns = wall_ns(fs);
	entry->written = true;
	return send(fs, event, entry, fd);
}

/* Also of a directory, which makes its names stable. */
int sl_fs_commit(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	u8 want = entry->open & SL_OPEN_WRITE ? SL_OPEN_WRITE : SL_OPEN_READ;
	int err;

	if (entry->attr.type != SL_FILE_REG && entry->attr.type != SL_FILE_DIR)
		return -EINVAL;
	err = sl_fs_fresh(fs, entry);
	/* Whoever may open it may sync it. */
	if (!err)
		err = sl_fs_allow(fs, entry, S_IROTH | S_IWOTH, true);
	return err ? err : send(fs, event, entry,
				sl_handles_fd(&fs->handles, entry, want));
}

/* Is the size still what it was when the READ went on its way? */
static void end_read(struct sl_fs *fs, struct sl_event *event,
		     struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	u64 end = nfs->offset + nfs->done;

	/* Data beyond the end, or an end before the end: others did that. */
	if (unlikely(nfs->eof ? nfs->done ? end != entry->attr.size
					  : end < entry->attr.size
			      : end > entry->attr.size))
		sl_handles_refresh(&fs->handles, entry);
	nfs->eof = nfs->eof || end >= entry->attr.size;
	nfs->count = nfs->done;
	event->data_bytes = nfs->done;
}

/*
 * Times are set to when the WRITE came, which is not later than when the host
 * did it.  Asking the host each time would not only cost the call: it makes
 * every WRITE change the inode's times anew, and that doubles its cost.
 */
static void guess(struct sl_entry *entry, const struct sl_file_args *nfs)
{
	struct sl_file_attr *attr = &entry->attr;

	attr->size = max(attr->size, nfs->offset + nfs->done);
	attr->mtime_ns = max(attr->mtime_ns, nfs->asked_ns);
	attr->ctime_ns = max(attr->ctime_ns, nfs->asked_ns);
	entry->guessed = true;
}

/*
 * A client that is told a time and later finds another one throws away what it
 * has cached of the file.  So callers get the host's, asked for once for all
 * WRITEs of a batch.
 */
static void end_write(struct sl_fs *fs, struct sl_event *event,
		      struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);

	if (nfs->caller.known && entry->noted_turn != fs->handles.turn) {
		sl_handles_refresh(&fs->handles, entry);
	} else if (unlikely(entry->resized)) {
		sl_handles_refresh(&fs->handles, entry);
	} else if (!nfs->caller.known) {
		guess(entry, nfs);
	}
	if (entry->crowded)
		nfs->has_before[0] = false;
	nfs->count = nfs->done;
}

/* A sync that fails tells whose data it was to nobody else. */
static void lose(struct sl_fs *fs)
{
	u64 *failures = &lost[fs->lost].failures;

	WRITE_ONCE(*failures, *failures + 1);
}

/**
 * sl_fs_end() - block has answered
 * @fs: the stage
 * @event: a READ, WRITE or COMMIT that went to it
 */
void sl_fs_end(struct sl_fs *fs, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	struct sl_entry *entry = &fs->handles.entry[nfs->slot];

	fs->in_flight--;
	entry->away--;
	if (likely(!event->status)) {
		if (event->op == SL_FILE_READ)
			end_read(fs, event, entry);
		else if (event->op == SL_FILE_WRITE && nfs->done)
			end_write(fs, event, entry);
		if (unlikely(entry->guessed && nfs->caller.known))
			sl_handles_refresh(&fs->handles, entry);
		sl_fs_tell(event, entry);
	} else {
		if (event->op == SL_FILE_COMMIT ||
		    (event->op == SL_FILE_WRITE && nfs->done))
			lose(fs);
		entry->checked_ns = 0;
	}
	if (event->op == SL_FILE_COMMIT)
		nfs->verifier = verifier();
	if (!entry->away)
		entry->resized = entry->crowded = false;
	sl_handles_unpin(&fs->handles, entry);
}
