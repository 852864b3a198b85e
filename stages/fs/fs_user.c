// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * fs: names, handles and metadata on a file system of the host.
 *
 * Left port "callers" ("fs"), right port "block" ("block").  Serves one
 * directory, the export, of which nothing outside can be reached: every path
 * is one name below an open directory, symbolic links are data, what is
 * mounted inside is left alone, and a persistent handle is one that was made
 * here (kept_user.c).  For callers who are known it does what they may
 * (caller_user.h), for the pipeline itself what the user may who runs it.
 *
 * READ, WRITE and COMMIT go on to the block stage with an open descriptor;
 * all of one file go to one replica of it, where they can be merged.  All
 * else is done here, by direct system calls.
 *
 * A handle of the table means something to the replica that gave it out, so
 * replicas must stand side by side with those of the nfs stage, one caller
 * each, as when a whole pipeline is run to completion on several cores; then
 * each asks the host for attributes every time, for the others change files
 * too.  Persistent handles and write verifiers (data_user.c) are the same for
 * all of them, so a client may come back to another one.
 */
#include <errno.h>
#include <string.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/fs_user.h"
#include "stages/stages.h"

#define SL_FS_KEY	"/var/lib/sluice/handles.key"
#define SWEEP		64	/* idle files looked at in a tick: 15 us */

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

enum {
	CHANGES = 1,		/* nothing for a read-only export */
	NAMES = 2,		/* changes the directory that its handle is of */
	OF_HANDLE = 4,		/* attr is of what its handle is of */
};

static const struct {
	sl_fs_op *run;
	u8 traits;
} ops[SL_FILE_OPS] = {
	[SL_FILE_GETATTR] = { sl_fs_getattr, OF_HANDLE },
	[SL_FILE_SETATTR] = { sl_fs_setattr, OF_HANDLE | CHANGES },
	[SL_FILE_LOOKUP] = { sl_fs_lookup, 0 },
	[SL_FILE_ACCESS] = { sl_fs_access, OF_HANDLE },
	[SL_FILE_READLINK] = { sl_fs_readlink, OF_HANDLE },
	[SL_FILE_READ] = { sl_fs_read, OF_HANDLE },
	[SL_FILE_WRITE] = { sl_fs_write, OF_HANDLE | CHANGES },
	[SL_FILE_CREATE] = { sl_fs_create, NAMES | CHANGES },
	[SL_FILE_MKDIR] = { sl_fs_mkdir, NAMES | CHANGES },
	[SL_FILE_SYMLINK] = { sl_fs_symlink, NAMES | CHANGES },
	[SL_FILE_MKNOD] = { sl_fs_mknod, NAMES | CHANGES },
	[SL_FILE_REMOVE] = { sl_fs_remove, NAMES | CHANGES },
	[SL_FILE_RMDIR] = { sl_fs_rmdir, NAMES | CHANGES },
	[SL_FILE_RENAME] = { sl_fs_rename, NAMES | CHANGES },
	[SL_FILE_LINK] = { sl_fs_link, OF_HANDLE | CHANGES },
	[SL_FILE_READDIR] = { sl_fs_readdir, OF_HANDLE },
	[SL_FILE_READDIRPLUS] = { sl_fs_readdirplus, OF_HANDLE },
	[SL_FILE_FSSTAT] = { sl_fs_fsstat, OF_HANDLE },
	[SL_FILE_FSINFO] = { sl_fs_limits, OF_HANDLE },
	[SL_FILE_PATHCONF] = { sl_fs_limits, OF_HANDLE },
	[SL_FILE_COMMIT] = { sl_fs_commit, OF_HANDLE },
	[SL_FILE_MOUNT] = { sl_fs_mount, 0 },
};

/* Descriptors and entries will be free when block has answered. */
static bool busy(const struct sl_fs *fs, int error)
{
	return fs->in_flight && (error == -EMFILE || error == -EJUKEBOX);
}

/* Says what the directory is like, in which something was done or not. */
static void tell_directory(struct sl_file_args *nfs,
			   const struct sl_entry *entry)
{
	nfs->directory = entry->attr;
	nfs->has_directory = true;
}

static int change_names(struct sl_fs *fs, struct sl_event *event,
			struct sl_entry *entry)
{
	int err = sl_fs_before(fs, event, 0, entry);

	if (!err)
		err = ops[event->op].run(fs, event, entry);
	if (entry->state == SL_ENTRY_LIVE &&
	    !sl_handles_refresh(&fs->handles, entry))
		tell_directory(sl_file(event), entry);
	return err;
}

/* An operation on an entry that is pinned. */
static int perform(struct sl_fs *fs, struct sl_event *event,
		   struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	u8 traits = ops[event->op].traits;
	int err;

	if (traits & CHANGES && fs->options->read_only)
		err = -EROFS;
	else if (traits & NAMES)
		err = change_names(fs, event, entry);
	else
		err = ops[event->op].run(fs, event, entry);
	if (traits & CHANGES)
		fs->names++;

	if (event->op == SL_FILE_LOOKUP && nfs->caller.known &&
	    entry->state == SL_ENTRY_LIVE && entry->checked_ns)
		tell_directory(nfs, entry);
	/* But not if it will be tried again, as it came. */
	if (unlikely(err < 0) && !busy(fs, err) && traits & OF_HANDLE &&
	    entry->state == SL_ENTRY_LIVE && !sl_fs_exact(fs, entry))
		sl_fs_tell(event, entry);
	return err;
}

static int begin(struct sl_fs *fs, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	struct sl_entry *entry = fs->root;
	int err;

	nfs->has_attr = nfs->has_directory = false;
	nfs->has_before[0] = nfs->has_before[1] = false;
	if (unlikely(event->op >= SL_FILE_OPS || !ops[event->op].run))
		return -EOPNOTSUPP;
	if (event->op != SL_FILE_MOUNT)
		entry = sl_handles_find(&fs->handles, &nfs->handle);
	else if (entry->state != SL_ENTRY_LIVE)
		entry = ERR_PTR(-ESTALE);
	if (IS_ERR(entry))
		return PTR_ERR(entry);

	sl_handles_pin(entry);
	err = perform(fs, event, entry);
	sl_handles_unpin(&fs->handles, entry);
	return err;
}

/*
 * Among many files those of a batch are in nobody's cache: sends for them.
 * Returns whether anybody but the pipeline itself is among those who ask.
 */
static bool foresee(const struct sl_fs *fs, const struct sl_batch *batch)
{
	bool known = false;
	u32 i;

	for (i = 0; i < batch->count; i++) {
		const struct sl_file_args *nfs = sl_file(batch->event[i]);

		sl_handles_foresee(&fs->handles, &nfs->handle, false);
		known |= nfs->caller.known;
	}
	for (i = 0; fs->handles.given && i < batch->count; i++)
		sl_handles_foresee(&fs->handles,
				   &sl_file(batch->event[i])->handle, true);
	return known;
}

/*
 * Brings the events of each caller together, in the order in which they came:
 * it costs less to be one after the other than to be each again and again.
 * Puts the number of its caller beside each.
 */
static void group(struct sl_fs *fs, struct sl_batch *batch, u64 *id)
{
	u32 count = batch->count;
	u32 i, j, next;

	for (i = 0; i < count; i++) {
		const struct sl_file_caller *caller =
			&sl_file(batch->event[i])->caller;

		if (i && sl_callers_same(caller, &sl_file(batch->event[i - 1])
							  ->caller))
			id[i] = id[i - 1];
		else
			id[i] = sl_callers_id(&fs->callers, caller);
	}
	for (i = 0; i < count; i = next) {
		next = i + 1;
		for (j = next; j < count; j++) {
			struct sl_event *event = batch->event[j];

			if (id[j] != id[i])
				continue;
			memmove(&batch->event[next + 1], &batch->event[next],
				(j - next) * sizeof(batch->event[0]));
			memmove(&id[next + 1], &id[next],
				(j - next) * sizeof(id[0]));
			batch->event[next] = event;
			id[next++] = id[i];
		}
	}
}

static void answer(struct sl_stage *stage, struct sl_event *event)
{
	if (unlikely(event->status))
		sl_stage_drop(stage, reason_of(event->status));
	sl_stage_reply(stage, event);
}

/* Returns whether the event was taken. */
static bool take(struct sl_fs *fs, struct sl_event *event)
{
	int status = begin(fs, event);

	if (status == SL_FS_AWAY)
		return true;
	if (unlikely(busy(fs, status)))
		return false;
	event->status = status;
	answer(fs->stage, event);
	return true;
}

/* Returns how many were taken, as ourselves or as whom it takes. */
static u32 take_for_callers(struct sl_fs *fs, struct sl_batch *batch)
{
	u64 id[SL_BATCH_MAX];
	u32 i;

	group(fs, batch, id);
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		fs->caller = &sl_file(event)->caller;
		fs->caller_id = id[i];
		/* As ourselves, until it turns out that it takes him. */
		if (i && id[i] != id[i - 1] && sl_callers_self(&fs->callers))
			break;
		if (!take(fs, event))
			break;
	}
	sl_callers_self(&fs->callers);
	return i;
}

/* Returns how many were taken. */
static u32 take_all(struct sl_fs *fs, struct sl_batch *batch)
{
	static const struct sl_file_caller ourselves;
	u32 i;

	if (foresee(fs, batch))
		return take_for_callers(fs, batch);
	fs->caller = &ourselves;
	fs->caller_id = 0;
	for (i = 0; i < batch->count; i++)
		if (!take(fs, batch->event[i]))
			break;
	return i;
}

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct sl_fs *fs = stage->private;
	u32 i;

	fs->handles.now_ns = stage->now_ns;
	fs->handles.turn++;
	fs->wall_ns = 0;
	fs->names++;
	if (sl_stage_port(stage, edge) != SL_FS_BLOCK)
		return take_all(fs, batch);
	for (i = 0; i < batch->count; i++) {
		sl_fs_end(fs, batch->event[i]);
		answer(stage, batch->event[i]);
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

static int open_fs(struct sl_stage *stage)
{
	struct sl_fs *fs = stage->private;
	int err;

	fs->stage = stage;
	fs->options = stage->options;
	if (stage->replica_count > 1 &&
	    stage->port[SL_FS_CALLERS].count > 1) {
		sl_stage_log(stage, "each replica needs a caller of its own; "
			     "give nfs and fs the same core");
		return -EINVAL;
	}
	err = sl_fs_verifier_open(fs);
	if (err)
		return err;
	err = sl_callers_open(&fs->callers, stage, fs->options->handles);
	if (!err)
		err = sl_handles_open(&fs->handles, stage->region,
				      fs->options->handles,
				      sl_fs_descriptors(stage),
				      fs->options->persistent);
	if (err) {
		sl_stage_log(stage, "no memory for %llu handles",
			     (unsigned long long)fs->options->handles);
		return err;
	}
	fs->handles.read_only = fs->options->read_only;
	fs->handles.callers = &fs->callers;
	fs->handles.now_ns = 1;
	if (stage->replica_count == 1)
		fs->handles.attributes_ns = fs->options->attributes_ns;
	return sl_fs_open_export(fs);
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
	totals->switches = fs->callers.switches;
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
	{ "persistent", SL_OPTION_BOOL,
	  offsetof(struct sl_fs_options, persistent), 0, 0, "false", NULL,
	  "handles survive a restart and a rename; takes root" },
	{ "key", SL_OPTION_PATH, offsetof(struct sl_fs_options, key), 0, 0,
	  SL_FS_KEY, NULL,
	  "file with the key of persistent handles; made if missing" },
	{ .name = NULL },
};

const struct sl_stage_type sl_fs_stage = {
	.name = "fs",
	.summary = "serves names and files of a directory of the host",
	.class = SL_FLOW,
	.beside = true,
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
