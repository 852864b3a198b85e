// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that events of a batch share what the host was asked, and that it
 * cannot be told from asking for each: a change by one of them is seen by
 * those behind it, a change by others by the next batch, names do not get
 * mixed up, and what one caller may find another one may not.
 */
#include <fcntl.h>
#include <unistd.h>

#include "stages/fs/storage_test.h"

#define CALLS_MAX	SL_BATCH_MAX
#define DIRECTORIES	8
#define NAMES		32

static const int lengths[] = { 8, 22, 36, 37 };

/* Calls that are in one batch, with names, and what came of them. */
struct call {
	u16 op;
	const char *name;
	const char *name2;	/* of RENAME, in the same directory */
	u64 size;		/* for SETATTR */
	struct sl_file_handle handle;
	struct sl_file_caller caller;
	int status;
	struct sl_file_args args;
};

static struct storage s;
static struct call call[CALLS_MAX];
static u32 asked, sent, answered;

static bool next(struct storage *storage, struct sl_event *event)
{
	struct sl_file_args *args = sl_file(event);
	struct call *c = &call[sent];

	(void)storage;
	if (sent == asked)
		return false;
	event->op = c->op;
	args->handle = c->handle;
	args->caller = c->caller;
	event->data_bytes = 0;
	if (c->name) {
		event->data_bytes = strlen(c->name);
		memcpy(event->data, c->name, event->data_bytes);
	}
	if (c->name2) {
		args->object = c->handle;
		args->name2_at = event->data_bytes;
		memcpy(event->data + event->data_bytes, c->name2,
		       strlen(c->name2));
		event->data_bytes += strlen(c->name2);
	}
	if (c->op == SL_FILE_SETATTR) {
		args->set = SL_FILE_SET_SIZE;
		args->attr.size = c->size;
	}
	event->context = c;
	sent++;
	return true;
}

static void done(struct storage *storage, struct sl_event *event)
{
	struct call *c = event->context;

	(void)storage;
	c->status = event->status;
	c->args = *sl_file(event);
	answered++;
}

static struct call *add(u16 op, struct sl_file_handle handle, const char *name)
{
	call[asked] = (struct call){ .op = op, .handle = handle, .name = name };
	return &call[asked++];
}

static void ask(void)
{
	u64 until = ktime_get_ns() + STORAGE_WAIT_NS;

	sent = answered = 0;
	s.next = next;
	s.done = done;
	while (answered < asked && ktime_get_ns() < until)
		sl_pipeline_turn(s.pipeline);
	CHECK_EQ(answered, asked);
	asked = 0;
}

static bool equal(const struct sl_file_handle *a,
		  const struct sl_file_handle *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static u64 refreshed(void)
{
	struct sl_fs_totals t;

	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &t);
	return t.refreshed;
}

static void make(const char *name, const char *content)
{
	int fd = open(storage_path(&s, "%s", name), O_CREAT | O_WRONLY | O_TRUNC,
		      0644);

	CHECK_EQ(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

/* Once for each batch, though attributes are never old enough to be kept. */
static void test_attributes(void)
{
	struct sl_file_handle file;
	u64 before;
	u32 i;

	make("attributes", "12345");
	CHECK_EQ(storage_lookup(&s, s.root, "attributes", &file), 0);
	before = refreshed();
	for (i = 0; i < 8; i++)
		add(SL_FILE_GETATTR, file, NULL);
	ask();
	CHECK_EQ(refreshed() - before, 1);
	CHECK_EQ(call[7].args.attr.size, 5);

	make("attributes", "1234567");
	add(SL_FILE_GETATTR, file, NULL);
	add(SL_FILE_GETATTR, file, NULL);
	add(SL_FILE_SETATTR, file, NULL)->size = 3;
	add(SL_FILE_GETATTR, file, NULL);
	add(SL_FILE_SETATTR, file, NULL)->size = 9;
	add(SL_FILE_GETATTR, file, NULL);
	ask();
	CHECK_EQ(call[0].args.attr.size, 7);
	CHECK_EQ(call[1].args.attr.size, 7);
	CHECK_EQ(call[2].args.before[0].size, 7);
	CHECK_EQ(call[3].args.attr.size, 3);
	CHECK_EQ(call[4].args.before[0].size, 3);
	CHECK_EQ(call[5].args.attr.size, 9);
}

/* What each call finds, and to which file: a number, 0 for none. */
static const struct {
	u16 op;
	const char *name, *name2;
	int status;
	u32 file;
} names[] = {
	{ SL_FILE_LOOKUP, "a", NULL, 0, 1 },
	{ SL_FILE_LOOKUP, "a", NULL, 0, 1 },
	{ SL_FILE_LOOKUP, "b", NULL, 0, 2 },
	{ SL_FILE_LOOKUP, "none", NULL, -ENOENT, 0 },
	{ SL_FILE_LOOKUP, "none", NULL, -ENOENT, 0 },
	{ SL_FILE_REMOVE, "a", NULL, 0, 0 },
	{ SL_FILE_LOOKUP, "a", NULL, -ENOENT, 0 },
	{ SL_FILE_LOOKUP, "b", NULL, 0, 2 },
	{ SL_FILE_RENAME, "b", "a", 0, 0 },
	{ SL_FILE_LOOKUP, "a", NULL, 0, 2 },
	{ SL_FILE_LOOKUP, "b", NULL, -ENOENT, 0 },
	{ SL_FILE_CREATE, "b", NULL, 0, 3 },
	{ SL_FILE_LOOKUP, "b", NULL, 0, 3 },
	{ SL_FILE_RENAME, "b", "a", 0, 0 },
	{ SL_FILE_LOOKUP, "a", NULL, 0, 3 },
	{ SL_FILE_LOOKUP, ".", NULL, 0, 4 },
	{ SL_FILE_LOOKUP, "..", NULL, 0, 4 },
	{ SL_FILE_LOOKUP, "a", NULL, 0, 3 },
};

static void test_names(void)
{
	int at = open(s.export, O_PATH);
	struct sl_file_handle file[5];
	bool known[5] = { false };
	u32 i, n;

	make("a", "1");
	make("b", "2");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		add(names[i].op, s.root, names[i].name)->name2 =
			names[i].name2;
	ask();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		n = names[i].file;
		CHECK_EQ(call[i].status, names[i].status);
		if (!n)
			continue;
		if (known[n])
			CHECK(equal(&file[n], &call[i].args.object));
		file[n] = call[i].args.object;
		known[n] = true;
	}
	CHECK(!equal(&file[1], &file[2]) && !equal(&file[2], &file[3]));
	CHECK(equal(&file[4], &s.root));

	/* By others, between two batches; old attributes would do. */
	add(SL_FILE_LOOKUP, s.root, "a");
	ask();
	make("c", "333");
	CHECK_EQ(renameat(at, "c", at, "a"), 0);
	close(at);
	add(SL_FILE_LOOKUP, s.root, "a");
	add(SL_FILE_LOOKUP, s.root, "a");
	ask();
	CHECK_EQ(call[1].status, 0);
	CHECK(!equal(&file[3], &call[0].args.object));
	CHECK(equal(&call[0].args.object, &call[1].args.object));
	CHECK_EQ(call[1].args.attr.size, 3);
}

/*
 * Many names, of four lengths, one longer than is remembered; the size of each
 * file says which it is.
 */
static void test_mix(void)
{
	static char name[NAMES][64], content[DIRECTORIES * NAMES + 1];
	struct sl_file_handle directory[DIRECTORIES];
	char path[80];
	u32 i, d, n, round;

	memset(content, 'x', sizeof(content) - 1);
	for (n = 0; n < NAMES; n++)
		snprintf(name[n], sizeof(name[n]), "%0*u", lengths[n % 4], n);
	for (d = 0; d < DIRECTORIES; d++) {
		snprintf(path, sizeof(path), "d%u", d);
		CHECK_EQ(storage_mkdir(&s, s.root, path, &directory[d]), 0);
		for (n = 0; n < NAMES; n++) {
			snprintf(path, sizeof(path), "d%u/%.40s", d, name[n]);
			make(path, content + d * NAMES + n);
		}
	}
	for (round = 0; round < NAMES; round++) {
		for (i = 0; i < CALLS_MAX; i++)
			add(SL_FILE_LOOKUP, directory[i / 8],
			    name[(i % 8 + round) % NAMES]);
		ask();
		for (i = 0; i < CALLS_MAX; i++) {
			n = (i % 8 + round) % NAMES;
			CHECK_EQ(call[i].status, 0);
			CHECK_EQ(call[i].args.attr.size,
				 sizeof(content) - 1 - i / 8 * NAMES - n);
		}
	}
}

/*
 * The table has room for some of a batch's files alone: what was found is
 * forgotten when it is asked for again, and its place somebody else's.
 */
static void test_forgotten(void)
{
	static const char content[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	static char name[32][8];
	u32 i;

	for (i = 0; i < 32; i++) {
		snprintf(name[i], sizeof(name[i]), "f%u", i);
		make(name[i], content + i);
	}
	for (i = 0; i < CALLS_MAX; i++)
		add(SL_FILE_LOOKUP, s.root, name[i % 32]);
	ask();
	for (i = 0; i < CALLS_MAX; i++) {
		CHECK_EQ(call[i].status, 0);
		CHECK_EQ(call[i].args.attr.size, 32 - i % 32);
	}
}

static void test_callers(void)
{
	const struct sl_file_caller other = { .known = true, .uid = 12345,
					      .gid = 12345 };
	struct sl_file_handle secret;

	CHECK_EQ(storage_mkdir(&s, s.root, "secret", &secret), 0);
	CHECK_EQ(chmod(storage_path(&s, "secret"), 0700), 0);
	make("secret/file", "x");
	add(SL_FILE_LOOKUP, secret, "file");
	add(SL_FILE_LOOKUP, secret, "file")->caller = other;
	add(SL_FILE_LOOKUP, secret, "file");
	ask();
	CHECK_EQ(call[0].status, 0);
	CHECK_EQ(call[1].status, -EACCES);
	CHECK_EQ(call[2].status, 0);
}

static void test_all(bool persistent)
{
	storage_defaults(&s);
	s.fs.persistent = persistent;
	s.fs.attributes_ns = 0;
	storage_start(&s);
	test_attributes();
	storage_end(&s);

	s.fs.attributes_ns = 3600000000000;
	storage_start(&s);
	test_names();
	test_mix();
	test_callers();
	storage_end(&s);

	s.fs.handles = 16;
	storage_start(&s);
	test_forgotten();
	storage_end(&s);
	storage_remove(&s);
}

int main(void)
{
	bool can_persist;

	test_all(false);
	storage_defaults(&s);
	can_persist = storage_can_persist(&s);
	storage_remove(&s);
	if (can_persist)
		test_all(true);
	TEST_END();
}
