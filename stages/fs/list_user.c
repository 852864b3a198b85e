// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The fs stage's listings.
 *
 * A cookie is what the host says of where the next name is, so it holds while
 * names come and go, and after a restart.  A directory's descriptor stands
 * behind what was listed last: whoever goes on there pays for no search.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/fs/fs_user.h"

/* As the host has it; our entries have the same shape, but no terminator. */
struct host_entry {
	u64 ino;
	s64 offset;
	u16 bytes;
	u8 type;
	char name[];
};

static_assert(offsetof(struct host_entry, name) ==
		      offsetof(struct sl_file_entry, name),
	      "entries are made in place");

#define HOST_ENTRY_MAX	ALIGN(offsetof(struct host_entry, name) +              \
			      SL_FS_NAME_ROOM, sizeof(u64))
#define HOST_ENTRY_MIN	ALIGN(offsetof(struct host_entry, name) + 2,           \
			      sizeof(u64))
/* How much longer they get if attributes go with them, the shortest most. */
#define GROWTH		8

static_assert(HOST_ENTRY_MIN + sizeof(struct sl_file_plus) <=
		      GROWTH * HOST_ENTRY_MIN,
	      "what was made to fit does fit");

/* So much is asked of the host at once. */
#define HOST_BYTES	4096

static u8 type_of(u8 type)
{
	static const u8 types[] = {
		[DT_FIFO] = SL_FILE_FIFO, [DT_CHR] = SL_FILE_CHR,
		[DT_DIR] = SL_FILE_DIR,	  [DT_BLK] = SL_FILE_BLK,
		[DT_REG] = SL_FILE_REG,	  [DT_LNK] = SL_FILE_LNK,
		[DT_SOCK] = SL_FILE_SOCK,
	};

	return type < ARRAY_SIZE(types) ? types[type] : 0;
}

static u32 entry_bytes(u32 name_bytes)
{
	return ALIGN(offsetof(struct sl_file_entry, name) + name_bytes,
		     sizeof(u64));
}

/* Makes an entry of the host's, which may lie a little behind it. */
static void convert(const struct sl_fs *fs, const struct sl_entry *directory,
		    const struct host_entry *host, struct sl_file_entry *entry,
		    u32 name_bytes)
{
	u64 ino = host->ino;
	u64 cookie = host->offset;
	u8 type = type_of(host->type);

	/* What is above the export is nobody's business. */
	if (directory == fs->root && !strcmp(host->name, ".."))
		ino = directory->ino;
	memmove(entry->name, host->name, name_bytes);
	entry->fileid = ino;
	entry->cookie = cookie;
	entry->name_bytes = name_bytes;
	entry->type = type;
}

/*
 * Turns the host's entries into ours, each no later than it was.  Returns how
 * many bytes they take.
 */
static u32 convert_all(const struct sl_fs *fs, const struct sl_entry *directory,
		       u8 *data, u32 bytes, s64 *last)
{
	u32 from = 0, to = 0;

	while (from < bytes) {
		const struct host_entry *host = (void *)(data + from);
		struct sl_file_entry *entry = (void *)(data + to);
		u32 name_bytes = strlen(host->name);

		from += host->bytes;
		convert(fs, directory, host, entry, name_bytes);
		*last = entry->cookie;
		to += entry_bytes(name_bytes);
	}
	return to;
}

static int failed(struct sl_entry *entry)
{
	int error = errno;

	entry->listed_to = -1;
	return error == EINVAL ? -ETOOSMALL :
	       error == ENOENT ? -ESTALE : -error;
}

/* Descriptor of a directory, standing where the caller wants to go on. */
static int begin(struct sl_fs *fs, struct sl_event *event,
		 struct sl_entry *entry)
{
	s64 cookie = sl_file(event)->offset;
	int err, fd;

	if (entry->attr.type != SL_FILE_DIR)
		return -ENOTDIR;
	err = sl_fs_exact(fs, entry);
	if (!err)
		err = sl_fs_allow(fs, entry, S_IROTH, false);
	if (err)
		return err;
	fd = sl_handles_fd(&fs->handles, entry, SL_OPEN_READ);
	if (fd < 0)
		return fd;
	/* A seek to 0 also shows the names that are new since it was opened. */
	if (!cookie || cookie != entry->listed_to) {
		entry->listed_to = -1;
		if (lseek(fd, cookie, SEEK_SET) < 0)
			return -EBADCOOKIE;
	}
	return fd;
}

/*
 * What getdents64() has to say.  A directory has at least itself in it; yet an
 * old descriptor on ext4, sought to its start, says now and then that there is
 * nothing at all, where one that is opened anew lists every name.  So nothing
 * is only believed of the latter.
 */
static long ask(struct sl_fs *fs, struct sl_entry *entry, u64 cookie, int *fd,
		void *at, u32 bytes)
{
	long got = syscall(SYS_getdents64, *fd, at, bytes);
	int again;

	if (likely(got) || cookie)
		return got;
	again = sl_handles_open_as(&fs->handles, entry, SL_OPEN_READ);
	if (again < 0) {
		errno = -again;
		return -1;
	}
	*fd = again;
	return syscall(SYS_getdents64, again, at, bytes);
}

static int finish(struct sl_event *event, struct sl_entry *entry, u32 bytes,
		  s64 listed_to)
{
	struct sl_file_args *nfs = sl_file(event);

	entry->listed_to = listed_to;
	event->data_bytes = bytes;
	nfs->count = bytes;
	sl_fs_tell(event, entry);
	return 0;
}

int sl_fs_readdir(struct sl_fs *fs, struct sl_event *event,
		  struct sl_entry *entry)
{
	struct sl_file_args *nfs = sl_file(event);
	int fd = begin(fs, event, entry);
	s64 last = nfs->offset;
	u32 bytes = 0;

	if (fd < 0)
		return fd;
	nfs->eof = false;
	/* As long as any name fits; so whoever gets all of it knows. */
	do {
		u8 *at = event->data + bytes;
		long got = ask(fs, entry, last, &fd, at, nfs->count - bytes);

		if (got < 0 && !bytes)
			return failed(entry);
		if (got < 0)
			break;
		nfs->eof = !got;
		bytes += convert_all(fs, entry, at, got, &last);
	} while (!nfs->eof && nfs->count - bytes >= HOST_ENTRY_MAX);
	return finish(event, entry, bytes, last);
}

/*
 * What a listing says of a file that was asked for a short time ago.  Where
 * numbers of inodes are what they seem, its name need not be looked up again.
 */
static struct sl_entry *recent(struct sl_fs *fs, const struct sl_entry *parent,
			       const struct host_entry *host)
{
	struct sl_handles *handles = &fs->handles;
	u32 slot = *sl_handles_bucket(handles, host->ino);

	if (!handles->plain_inodes)
		return NULL;
	for (; slot != SL_SLOT_NONE; slot = handles->entry[slot].next) {
		struct sl_entry *entry = &handles->entry[slot];

		if (entry->ino == host->ino && entry->dev == parent->dev &&
		    entry->attr.type == type_of(host->type) &&
		    !entry->guessed && entry->checked_ns &&
		    handles->now_ns - entry->checked_ns < handles->attributes_ns)
			return entry;
	}
	return NULL;
}

/* A file found by a listing is the first that may be forgotten again. */
static struct sl_entry *look(struct sl_fs *fs, struct sl_entry *parent,
			     const char *name)
{
	struct sl_handles *handles = &fs->handles;
	struct sl_entry *entry;
	struct statx st;
	int err = sl_handles_stat(handles, parent, name, &st);

	if (err)
		return ERR_PTR(err);
	entry = sl_handles_known(handles, &st);
	if (entry) {
		sl_handles_note(handles, entry, &st);
		return entry;
	}
	/* Where that takes a handle from somebody else, it is not worth it. */
	if (!handles->given && !sl_handles_spare(handles))
		return NULL;
	entry = sl_handles_enter(handles, parent, name, &st, -1);
	if (!IS_ERR(entry))
		entry->touched = 0;
	return entry;
}

/* A listing with attributes that is being made. */
struct listing {
	struct sl_fs *fs;
	struct sl_event *event;
	struct sl_entry *directory;
	bool open;		/* the caller may look names up in it */
	u32 bytes;		/* of the answer so far */
	s64 last;		/* cookie of the last one in it */
};

/* Attributes and handle, as far as the caller may have them. */
static void describe(const struct listing *list, const struct host_entry *host,
		     struct sl_file_plus *plus)
{
	struct sl_entry *parent = list->directory;
	struct sl_fs *fs = list->fs;
	struct sl_entry *entry = NULL;

	memset(plus, 0, sizeof(*plus));
	if (!strcmp(host->name, "."))
		entry = parent;
	else if (!strcmp(host->name, ".."))
		entry = parent == fs->root ? parent : NULL;
	else if (list->open)
		entry = recent(fs, parent, host) ?:
			look(fs, parent, host->name);
	if (IS_ERR_OR_NULL(entry))
		return;
	plus->attr = entry->attr;
	sl_handles_give(&fs->handles, entry, &plus->handle);
}

/* Appends what the host has listed; returns whether all of it had room. */
static bool append(struct listing *list, const u8 *host, u32 bytes)
{
	const struct sl_file_args *nfs = sl_file(list->event);
	u32 from = 0;

	while (from < bytes) {
		const struct host_entry *one = (const void *)(host + from);
		struct sl_file_entry *entry =
			(void *)(list->event->data + list->bytes);
		u32 name_bytes = strlen(one->name);
		u32 at = list->bytes + entry_bytes(name_bytes);
		struct sl_file_plus *plus = (void *)(list->event->data + at);

		if (at + sizeof(*plus) > nfs->count)
			return false;
		convert(list->fs, list->directory, one, entry, name_bytes);
		describe(list, one, plus);
		list->last = entry->cookie;
		list->bytes = at + sizeof(*plus);
		from += one->bytes;
	}
	return true;
}

/* Names and attributes, as many as fit, and the end if it is near. */
int sl_fs_readdirplus(struct sl_fs *fs, struct sl_event *event,
		      struct sl_entry *entry)
{
	u8 host[HOST_BYTES] __attribute__((aligned(sizeof(u64))));
	struct sl_file_args *nfs = sl_file(event);
	int fd = begin(fs, event, entry);
	struct listing list = {
		.fs = fs, .event = event, .directory = entry,
		.last = nfs->offset,
	};
	bool fits = true;

	if (fd < 0)
		return fd;
	list.open = !sl_fs_allow(fs, entry, S_IXOTH, false);
	nfs->eof = false;
	while (fits && !nfs->eof) {
		/* So little that it still fits when it has grown. */
		u32 want = min_t(u32, sizeof(host),
				 (nfs->count - list.bytes) / GROWTH);
		long got;

		if (list.bytes && want < HOST_ENTRY_MAX)
			break;
		got = ask(fs, entry, list.last, &fd, host,
			  max_t(u32, want, HOST_ENTRY_MAX));
		if (got < 0 && !list.bytes)
			return failed(entry);
		fits = got >= 0 && append(&list, host, got);
		nfs->eof = !got;
	}
	if (!fits && !list.bytes) {
		entry->listed_to = -1;
		return -ETOOSMALL;
	}
	/* The descriptor stands behind what did not fit. */
	return finish(event, entry, list.bytes, fits ? list.last : -1);
}
