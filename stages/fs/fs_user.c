// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * fs: names, handles and metadata on a file system of the host.
 *
 * Left port "callers" ("fs"), right port "block" ("block").  Serves one
 * directory, the export, of which nothing outside can be reached: every path
 * is one name below an open directory, symbolic links are data, and what is
 * mounted inside is left alone.  It acts as the user that runs it.
 *
 * READ, WRITE and COMMIT go on to the block stage with an open descriptor;
 * all of one file go to one replica of it, where they can be merged.  All
 * else is done here, by direct system calls.
 *
 * A handle means something to the replica that gave it out, so replicas must
 * stand side by side with those of the nfs stage, one caller each, as when
 * a whole pipeline is run to completion on several cores; then each asks the
 * host for attributes every time, for the others change files too.  The write
 * verifier changes when a sync has failed, for the kernel may have dropped
 * unstable data of anybody then.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/fs_user.h"
#include "stages/stages.h"

#define DESCRIPTORS_MIN	16
#define DESCRIPTORS_LEFT 64	/* at least, for everybody else */
#define SWEEP		64	/* idle files looked at in a tick: 15 us */

enum { CALLERS, BLOCK };
enum { STALE, NAME, ACCESS, SPACE, IO, BUSY, OTHER };

static u32 reason_of(int error)
{
	switch (-error) {
	case ESTALE:
	case EBADHANDLE:
		return STALE;
	case ENOENT:
	case EEXIST:
	case ENOTDIR:
	case EISDIR:
	case ENOTEMPTY:
	case ENAMETOOLONG:
		return NAME;
	case EACCES:
	case EPERM:
	case EROFS:
		return ACCESS;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return SPACE;
	case EIO:
		return IO;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EJUKEBOX:
		return BUSY;
	default:
		return OTHER;
	}
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
	entry->away++;
	fs->in_flight++;
	/* All of a file to one replica; the caller's flow means nothing here. */
	event->flow = nfs->slot;
	sl_stage_call(fs->stage, BLOCK, event);
	event->flow = flow;
	return SL_FS_AWAY;
}

static int check_regular(struct sl_fs *fs, struct sl_entry *entry)
{
	if (unlikely(entry->attr.type != SL_FILE_REG))
		return entry->attr.type == SL_FILE_DIR ? -EISDIR : -EINVAL;
	return sl_fs_fresh(fs, entry);
}

static int read_file(struct sl_fs *fs, struct sl_event *event,
		     struct sl_entry *entry)
{
	int err = check_regular(fs, entry);

	return err ? err : send(fs, event, entry,
				sl_handles_fd(&fs->handles, entry,
					      SL_OPEN_READ));
}

static int write_file(struct sl_fs *fs, struct sl_event *event,
		      struct sl_entry *entry)
{
	int err = check_regular(fs, entry);

	sl_file(event)->asked_ns = wall_ns(fs);
	return err ? err : send(fs, event, entry,
				sl_handles_fd(&fs->handles, entry,
					      SL_OPEN_WRITE));
}

/* Also of a directory, which makes its names stable. */
static int commit(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *entry)
{
	u8 want = entry->open & SL_OPEN_WRITE ? SL_OPEN_WRITE : SL_OPEN_READ;
	int err;

	if (entry->attr.type != SL_FILE_REG && entry->attr.type != SL_FILE_DIR)
		return -EINVAL;
	err = sl_fs_fresh(fs, entry);
	return err ? err : send(fs, event, entry,
				sl_handles_fd(&fs->handles, entry, want));
}

static const struct {
	sl_fs_op *run;
	bool changes;
} ops[SL_FILE_OPS] = {
	[SL_FILE_GETATTR] = { sl_fs_getattr, false },
	[SL_FILE_SETATTR] = { sl_fs_setattr, true },
	[SL_FILE_LOOKUP] = { sl_fs_lookup, false },
	[SL_FILE_ACCESS] = { sl_fs_access, false },
	[SL_FILE_READLINK] = { sl_fs_readlink, false },
	[SL_FILE_READ] = { read_file, false },
	[SL_FILE_WRITE] = { write_file, true },
	[SL_FILE_CREATE] = { sl_fs_create, true },
	[SL_FILE_MKDIR] = { sl_fs_mkdir, true },
	[SL_FILE_SYMLINK] = { sl_fs_symlink, true },
	[SL_FILE_REMOVE] = { sl_fs_remove, true },
	[SL_FILE_RMDIR] = { sl_fs_rmdir, true },
	[SL_FILE_RENAME] = { sl_fs_rename, true },
	[SL_FILE_LINK] = { sl_fs_link, true },
	[SL_FILE_READDIR] = { sl_fs_readdir, false },
	[SL_FILE_FSSTAT] = { sl_fs_fsstat, false },
	[SL_FILE_COMMIT] = { commit, false },
	[SL_FILE_MOUNT] = { sl_fs_mount, false },
};

static int begin(struct sl_fs *fs, struct sl_event *event)
{
	struct sl_entry *entry = fs->root;
	int err;

	if (unlikely(event->op >= SL_FILE_OPS || !ops[event->op].run))
		return -EOPNOTSUPP;
	if (event->op != SL_FILE_MOUNT)
		entry = sl_handles_find(&fs->handles, &sl_file(event)->handle);
	else if (entry->state != SL_ENTRY_LIVE)
		entry = ERR_PTR(-ESTALE);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	if (ops[event->op].changes && fs->options->read_only)
		return -EROFS;

	sl_handles_pin(entry);
	err = ops[event->op].run(fs, event, entry);
	sl_handles_unpin(&fs->handles, entry);
	return err;
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
static void end_write(struct sl_fs *fs, struct sl_event *event,
		      struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	struct sl_file_attr *attr = &entry->attr;

	if (unlikely(entry->resized)) {
		sl_handles_refresh(&fs->handles, entry);
	} else {
		attr->size = max(attr->size, nfs->offset + nfs->done);
		attr->mtime_ns = max(attr->mtime_ns, nfs->asked_ns);
		attr->ctime_ns = max(attr->ctime_ns, nfs->asked_ns);
		entry->guessed = true;
	}
	nfs->count = nfs->done;
}

static void end(struct sl_fs *fs, struct sl_event *event)
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
		nfs->attr = entry->attr;
	} else {
		/* A sync that fails tells whose data it was to nobody else. */
		if (event->op == SL_FILE_COMMIT ||
		    (event->op == SL_FILE_WRITE && nfs->done))
			fs->verifier++;
		entry->checked_ns = 0;
	}
	nfs->verifier = fs->verifier;
	if (!entry->away)
		entry->resized = false;
	sl_handles_unpin(&fs->handles, entry);
}

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct sl_fs *fs = stage->private;
	bool reply = sl_stage_port(stage, edge) == BLOCK;
	u32 i;

	fs->handles.now_ns = stage->now_ns;
	fs->wall_ns = 0;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (reply) {
			end(fs, event);
		} else {
			int status = begin(fs, event);

			if (status == SL_FS_AWAY)
				continue;
			/* A descriptor will be free when block has answered. */
			if (unlikely(status == -EMFILE && fs->in_flight))
				break;
			event->status = status;
		}
		if (unlikely(event->status))
			sl_stage_drop(stage, reason_of(event->status));
		sl_stage_reply(stage, event);
	}
	return i;
}

static void tick(struct sl_stage *stage, u64 now_ns)
{
	struct sl_fs *fs = stage->private;

	fs->handles.now_ns = now_ns;
	sl_handles_sweep(&fs->handles, SWEEP);
}

static bool drain(struct sl_stage *stage)
{
	const struct sl_fs *fs = stage->private;

	return !fs->in_flight;
}

/* How many descriptors there may be; others in the process need some, too. */
static u32 descriptors(struct sl_stage *stage, u64 handles)
{
	struct rlimit limit;
	u64 left, most;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return DESCRIPTORS_MIN;
	if (limit.rlim_cur < limit.rlim_max &&
	    limit.rlim_cur / 4 * 3 < handles + DESCRIPTORS_LEFT) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) ||
		    getrlimit(RLIMIT_NOFILE, &limit))
			return DESCRIPTORS_MIN;
	}
	left = max_t(u64, limit.rlim_cur / 4, DESCRIPTORS_LEFT);
	most = limit.rlim_cur > left ? limit.rlim_cur - left : 0;
	most = max_t(u64, most, DESCRIPTORS_MIN);
	if (most < handles)
		sl_stage_log(stage, "keeps %llu of %llu handles' files open; "
			     "raise the limit of open files (ulimit -n) for "
			     "more", (unsigned long long)most,
			     (unsigned long long)handles);
	return min(most, handles);
}

/* Says why an export cannot be served. */
static int complain(struct sl_stage *stage, const char *export, int err)
{
	switch (-err) {
	case ENOENT:
		sl_stage_log(stage, "export %s is not there; make the "
			     "directory, or set export to another one", export);
		break;
	case ENOTDIR:
		sl_stage_log(stage, "export %s is not a directory; set export "
			     "to one", export);
		break;
	case EACCES:
		sl_stage_log(stage, "export %s may not be read by user %u; "
			     "change its mode or owner", export, geteuid());
		break;
	case ENOSYS:
	case EPERM:
		sl_stage_log(stage, "export %s: openat2() is not available; "
			     "it takes Linux 5.6, and a container that allows "
			     "it", export);
		break;
	default:
		sl_stage_log(stage, "export %s: %s", export, strerror(-err));
	}
	return err;
}

static int open_export(struct sl_stage *stage, struct sl_fs *fs)
{
	const char *export = fs->options->export;
	struct statx st;
	int fd, probe, err;

	fd = open(export, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return complain(stage, export, -errno);
	probe = sl_handles_openat(&fs->handles, fd, ".", O_PATH, 0);
	err = probe < 0 ? probe : sl_handles_stat_fd(fd, &st);
	if (probe >= 0)
		close(probe);
	if (err) {
		close(fd);
		return complain(stage, export, err);
	}
	if (!fs->options->read_only && faccessat(fd, ".", W_OK, AT_EACCESS))
		sl_stage_log(stage, "nothing can be made in export %s (%s)",
			     export, strerror(errno));
	fs->root = sl_handles_root(&fs->handles, fd, &st);
	return 0;
}

static int open_fs(struct sl_stage *stage)
{
	struct sl_fs *fs = stage->private;
	int err;

	fs->stage = stage;
	fs->options = stage->options;
	fs->attributes_ns = fs->options->attributes_ns;
	if (stage->replica_count > 1) {
		if (stage->port[CALLERS].count > 1) {
			sl_stage_log(stage, "each replica needs a caller of "
				     "its own; give nfs and fs the same core");
			return -EINVAL;
		}
		fs->attributes_ns = 0;
	}
	if (getrandom(&fs->verifier, sizeof(fs->verifier), 0) !=
	    sizeof(fs->verifier))
		return -EIO;
	err = sl_handles_open(&fs->handles, stage->region,
			      fs->options->handles,
			      descriptors(stage, fs->options->handles));
	if (err) {
		sl_stage_log(stage, "no memory for %llu handles",
			     (unsigned long long)fs->options->handles);
		return err;
	}
	fs->handles.read_only = fs->options->read_only;
	fs->handles.now_ns = 1;
	return open_export(stage, fs);
}

static void close_fs(struct sl_stage *stage)
{
	struct sl_fs *fs = stage->private;

	sl_handles_close(&fs->handles);
}

void sl_fs_totals(const struct sl_stage *stage, struct sl_fs_totals *totals)
{
	const struct sl_fs *fs = stage->private;

	*totals = fs->handles.totals;
}

static const char *const drop_reasons[] = {
	[STALE] = "stale handle",
	[NAME] = "name",
	[ACCESS] = "access",
	[SPACE] = "no space",
	[IO] = "input/output error",
	[BUSY] = "too much in use",
	[OTHER] = "other",
	NULL,
};

static const struct sl_option options[] = {
	{ "export", SL_OPTION_PATH, offsetof(struct sl_fs_options, export), 0,
	  0, NULL, NULL, "directory to serve" },
	{ "read_only", SL_OPTION_BOOL,
	  offsetof(struct sl_fs_options, read_only), 0, 0, "false", NULL,
	  "refuse every change" },
	{ "handles", SL_OPTION_NUMBER, offsetof(struct sl_fs_options, handles),
	  16, 1 << 20, "65536", NULL,
	  "files remembered; as many are kept open as ulimit -n allows" },
	{ "attributes", SL_OPTION_DURATION,
	  offsetof(struct sl_fs_options, attributes_ns), 0, 3600000000000ull,
	  "100ms", NULL, "how long changes by others may go unnoticed" },
	{ .name = NULL },
};

const struct sl_stage_type sl_fs_stage = {
	.name = "fs",
	.summary = "serves names and files of a directory of the host",
	.class = SL_FLOW,
	.port = {
		{ "callers", "fs", false, false },
		{ "block", "block", true, false },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_fs_options),
	.private_bytes = sizeof(struct sl_fs),
	.weight_ns = 150,
	.drop_reasons = drop_reasons,
	.open = open_fs,
	.run = run,
	.tick = tick,
	.drain = drain,
	.close = close_fs,
};
