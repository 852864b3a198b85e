// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Feeds calls that are nonsense to nfs, fs and block over a real directory.
 * Each input is a list of calls: operation, which handle and how it is
 * damaged, names, numbers.  Every call must be answered, with both statuses,
 * within its buffer, and nothing outside the export may change.
 */
#include <dirent.h>

#include "stages/fs/storage_test.h"

#define HANDLES		8
#define CALLS_MAX	64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* With handles of the table, and with persistent ones where there are any. */
static struct storage table, kept, *s;
static char above[2][256];
static struct sl_file_handle handle[HANDLES];

/* Who asks: the pipeline itself, root and others, and nobody there can be. */
static const struct sl_file_caller callers[] = {
	{ .known = false },
	{ .known = true },
	{ .known = true, .uid = 1000, .gid = 1000, .group_count = 2,
	  .group = { 4, 2000 } },
	{ .known = true, .uid = 1001, .gid = 1001 },
	{ .known = true, .uid = ~0u, .gid = ~0u },
};

struct input {
	const u8 *at;
	size_t left;
};

static u64 number(struct input *in, u32 bytes)
{
	u64 value = 0;

	while (bytes--) {
		value = value << 8 | (in->left ? *in->at : 0);
		if (in->left) {
			in->at++;
			in->left--;
		}
	}
	return value;
}

static void open_pipeline(u32 which)
{
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	storage_defaults(s);
	rmdir(s->export);
	snprintf(above[which], sizeof(above[0]), "%s/sluice-fuzz-XXXXXX", base);
	if (!mkdtemp(above[which]))
		abort();
	snprintf(s->export, sizeof(s->export), "%.200s/export", above[which]);
	if (mkdir(s->export, 0777))
		abort();
	/* Few handles, so that they are taken from each other. */
	s->fs.handles = 16;
	s->fs.attributes_ns = 1000000;
	s->fs.persistent = which && storage_can_persist(s);
	storage_start(s);
}

static void remove_all(void)
{
	storage_remove(&table);
	storage_remove(&kept);
	remove(above[0]);
	remove(above[1]);
}

static struct sl_file_handle any_handle(struct input *in)
{
	struct sl_file_handle h = handle[number(in, 1) % HANDLES];
	u8 damage = number(in, 1);

	if (damage < 24)
		h.word[damage % 8] ^= 1ull << number(in, 1) % 64;
	return h;
}

/* Names of a few letters meet again; others are whatever the input says. */
static u32 any_name(struct input *in, u8 *to)
{
	u32 bytes = number(in, 1);
	u32 i;

	if (bytes < 200) {
		to[0] = "abcdefgh"[bytes % 8];
		return 1;
	}
	bytes = bytes < 250 ? bytes - 200 : number(in, 2) % 5000;
	for (i = 0; i < bytes; i++)
		to[i] = number(in, 1);
	return bytes;
}

/* Small numbers mostly; the odd one has all its bits. */
static u64 any_offset(struct input *in)
{
	u8 kind = number(in, 1);

	return kind < 200 ? number(in, 2) : kind < 240 ? number(in, 5)
						       : number(in, 8);
}

static void call(struct input *in)
{
	u16 op = number(in, 1) % (SL_FILE_OPS + 2);
	u32 room = STORAGE_DATA;
	int err;

	s->args = (struct sl_file_args){
		.handle = any_handle(in),
		.object = any_handle(in),
		.offset = any_offset(in),
		.count = number(in, 1) < 250 ? number(in, 2) : number(in, 4),
		.stable = number(in, 1) % 4,
		.how = number(in, 1) % 4,
		.set = number(in, 1),
		.access = number(in, 1),
		.guarded = !number(in, 1),
		.attr = { .mode = number(in, 2),
			  .uid = getuid(),
			  .gid = getgid(),
			  .type = number(in, 1) % 10,
			  .size = any_offset(in),
			  .atime_ns = number(in, 8),
			  .mtime_ns = number(in, 8) },
	};
	/* Sparse as they are, large files take long to read and to remove. */
	s->args.attr.size %= 1 << 30;
	if (s->args.offset < 1ull << 40)
		s->args.offset %= 1 << 30;
	s->data_bytes = any_name(in, s->data);
	s->args.name2_at = s->data_bytes;
	if (number(in, 1) < 16)
		s->args.name2_at = number(in, 4);
	s->data_bytes += any_name(in, s->data + s->data_bytes);
	if (op != SL_FILE_RENAME && op != SL_FILE_SYMLINK &&
	    op != SL_FILE_WRITE && s->args.name2_at < s->data_bytes)
		s->data_bytes = s->args.name2_at;

	s->caller = callers[number(in, 1) % ARRAY_SIZE(callers)];
	err = storage_call(s, op);
	if (s->data_bytes > room || err > 0)
		abort();
	if (!err && (op == SL_FILE_LOOKUP || op == SL_FILE_CREATE ||
		     op == SL_FILE_MKDIR || op == SL_FILE_SYMLINK ||
		     op == SL_FILE_MKNOD || op == SL_FILE_MOUNT))
		handle[number(in, 1) % HANDLES] = s->args.object;
}

/* Nothing but the export may be in the directory above it. */
static void check_above(u32 which)
{
	DIR *dir = opendir(above[which]);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "export"))
			abort();
	closedir(dir);
}

static int empty_one(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	(void)st;
	(void)type;
	if (ftw->level)
		remove(path);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct input in = { data, bytes };
	u32 which = number(&in, 1) % 2;
	u32 i;

	if (!s)
		atexit(remove_all);
	s = which ? &kept : &table;
	if (!s->pipeline)
		open_pipeline(which);
	for (i = 0; i < HANDLES; i++)
		handle[i] = s->root;
	for (i = 0; i < CALLS_MAX && in.left; i++)
		call(&in);
	check_above(which);
	chmod(s->export, 0777);
	nftw(s->export, empty_one, 16, FTW_DEPTH | FTW_PHYS);
	if (sl_test_failed)
		abort();
	return 0;
}
