/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the tests of nfs, fs and block share: a directory, a pipeline over it
 *
 *	driver -> nfs -> fs -> block
 *
 * and calls as a client would make them.  storage_call() makes one call and
 * waits for it; with `next` and `done` set, the driver makes as many as its
 * bank has events, on whatever thread runs it.
 */
#ifndef SL_STORAGE_TEST_H
#define SL_STORAGE_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "sched/pipeline.h"
#include "stages/fs/fs.h"
#include "stages/nfs/nfs.h"
#include "stages/stage.h"
#include "stages/stages.h"
#include "tools/test.h"

#define STORAGE_DATA	(64u << 10)	/* buffer of each event */
#define STORAGE_EVENTS	256
#define STORAGE_BATCH	64
#define STORAGE_MANY	(4 * STORAGE_BATCH)
#define STORAGE_WAIT_NS 20000000000ull

enum { DRIVER, NFS, FS, BLOCK, STORAGE_STAGES };

/* One of many calls that are made together, to be seen in one batch. */
struct storage_call {
	u16 op;
	struct sl_file_args args;
	u8 fill;
	u32 bytes;
	int status;
};

struct storage;

struct storage_driver {
	struct storage *storage;
};

struct storage {
	/* The test's, to be set before storage_open(). */
	struct sl_nfs_options nfs;
	struct sl_fs_options fs;
	struct sl_block_options block;
	const struct sl_stage_type *block_type;
	bool threads;		/* a thread for each stage, */
	bool sleepy;		/* that sleeps at once when it has nothing to do */
	/* The driver's next request, and one that is answered. */
	bool (*next)(struct storage *s, struct sl_event *event);
	void (*done)(struct storage *s, struct sl_event *event);
	void *arg;

	struct storage_driver driver;
	char export[256];
	char key[280];
	struct sl_file_caller caller;	/* of storage_call() */
	struct sl_graph graph;
	struct sl_plan plan;
	struct sl_pipeline *pipeline;
	struct sl_file_handle root;

	/* Of storage_call(). */
	enum { IDLE, ASKED, SENT } state;
	u16 op;
	int status;
	struct sl_file_args args;
	u32 data_bytes;
	u8 data[STORAGE_DATA] __attribute__((aligned(8)));

	/* Of storage_begin() and storage_finish(). */
	u32 asked, sent, answered;
	struct storage_call many[STORAGE_MANY];
};

static inline u32 storage_poll(struct sl_stage *stage)
{
	struct storage_driver *options = stage->options;
	u32 count = 0;

	for (; count < SL_BATCH_MAX; count++) {
		struct sl_event *event = sl_stage_take(stage);

		if (!event)
			break;
		memset(event->args, 0, sizeof(event->args));
		if (!options->storage->next(options->storage, event)) {
			sl_stage_free(stage, event);
			break;
		}
		sl_stage_call(stage, 0, event);
	}
	return count;
}

static inline u32 storage_run(struct sl_stage *stage, u32 edge,
			      struct sl_batch *batch)
{
	struct storage_driver *options = stage->options;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		options->storage->done(options->storage, batch->event[i]);
		sl_stage_free(stage, batch->event[i]);
	}
	return batch->count;
}

static const struct sl_stage_type storage_driver_type = {
	.name = "driver",
	.summary = "makes the calls of a test",
	.class = SL_SERIAL,
	.port = { { "files", "file", true, false } },
	.events = STORAGE_EVENTS,
	.event_bytes = STORAGE_DATA,
	.weight_ns = 10,
	.run = storage_run,
	.poll = storage_poll,
};

static inline bool storage_next_call(struct storage *s, struct sl_event *event)
{
	if (s->state != ASKED)
		return false;
	s->state = SENT;
	event->op = s->op;
	*sl_file(event) = s->args;
	sl_file(event)->caller = s->caller;
	memcpy(event->data, s->data, s->data_bytes);
	event->data_bytes = s->data_bytes;
	return true;
}

static inline void storage_call_done(struct storage *s, struct sl_event *event)
{
	s->status = event->status;
	s->args = *sl_file(event);
	s->data_bytes = event->data_bytes;
	if (event->data_bytes <= STORAGE_DATA)
		memcpy(s->data, event->data, event->data_bytes);
	/* Both statuses, always, and they must agree. */
	CHECK_EQ(s->args.status, sl_nfs_status(s->status));
	s->state = IDLE;
}

/* Makes the call that is in op, args, data; without a pipeline's threads. */
static inline int storage_call(struct storage *s, u16 op)
{
	u64 until = ktime_get_ns() + STORAGE_WAIT_NS;

	s->op = op;
	s->state = ASKED;
	s->next = storage_next_call;
	s->done = storage_call_done;
	while (s->state != IDLE && ktime_get_ns() < until)
		sl_pipeline_turn(s->pipeline);
	if (!CHECK_EQ(s->state, IDLE))
		exit(1);	/* nothing would make sense any more */
	return s->status;
}

static inline void storage_name(struct storage *s, const char *name)
{
	s->data_bytes = strlen(name);
	memcpy(s->data, name, s->data_bytes);
}

/* A call on a handle and a name; what else there is to say is in args. */
static inline int storage_at(struct storage *s, u16 op,
			     struct sl_file_handle directory, const char *name)
{
	s->args.handle = directory;
	storage_name(s, name);
	return storage_call(s, op);
}

static inline bool storage_next_many(struct storage *s, struct sl_event *event)
{
	struct storage_call *call = &s->many[s->sent];

	if (s->sent == s->asked)
		return false;
	event->op = call->op;
	*sl_file(event) = call->args;
	memset(event->data, call->fill, call->bytes);
	event->data_bytes = call->bytes;
	event->context = call;
	s->sent++;
	return true;
}

static inline void storage_many_done(struct storage *s, struct sl_event *event)
{
	struct storage_call *call = event->context;

	call->status = event->status;
	call->args = *sl_file(event);
	s->answered++;
}

static inline void storage_add(struct storage *s, u16 op,
			       struct sl_file_handle file, u64 offset,
			       u32 bytes, u8 fill)
{
	s->many[s->asked++] = (struct storage_call){
		.op = op,
		.args = { .handle = file, .offset = offset, .count = bytes },
		.fill = fill,
		.bytes = op == SL_FILE_WRITE ? bytes : 0,
	};
}

static inline void storage_begin(struct storage *s)
{
	s->sent = s->answered = 0;
	s->next = storage_next_many;
	s->done = storage_many_done;
}

static inline void storage_finish(struct storage *s)
{
	u64 until = ktime_get_ns() + STORAGE_WAIT_NS;

	while (s->answered < s->asked && ktime_get_ns() < until)
		sl_pipeline_turn(s->pipeline);
	CHECK_EQ(s->answered, s->asked);
	s->asked = 0;
}

/* Two names, one after the other. */
static inline int storage_two(struct storage *s, u16 op,
			      struct sl_file_handle directory, const char *name,
			      struct sl_file_handle object, const char *name2)
{
	s->args.handle = directory;
	s->args.object = object;
	storage_name(s, name);
	s->args.name2_at = s->data_bytes;
	memcpy(s->data + s->data_bytes, name2, strlen(name2));
	s->data_bytes += strlen(name2);
	return storage_call(s, op);
}

static inline int storage_get(struct storage *s, u16 op,
			      struct sl_file_handle handle)
{
	s->args = (struct sl_file_args){ .handle = handle };
	s->data_bytes = 0;
	return storage_call(s, op);
}

static inline int storage_lookup(struct storage *s,
				 struct sl_file_handle directory,
				 const char *name,
				 struct sl_file_handle *object)
{
	int err = storage_at(s, SL_FILE_LOOKUP, directory, name);

	if (object)
		*object = s->args.object;
	return err;
}

static inline int storage_create(struct storage *s,
				 struct sl_file_handle directory,
				 const char *name, struct sl_file_handle *object)
{
	int err;

	s->args = (struct sl_file_args){ .how = SL_FILE_GUARDED };
	err = storage_at(s, SL_FILE_CREATE, directory, name);
	if (object)
		*object = s->args.object;
	return err;
}

static inline int storage_mkdir(struct storage *s,
				struct sl_file_handle directory,
				const char *name, struct sl_file_handle *object)
{
	int err;

	s->args = (struct sl_file_args){ .set = 0 };
	err = storage_at(s, SL_FILE_MKDIR, directory, name);
	if (object)
		*object = s->args.object;
	return err;
}

static inline int storage_write(struct storage *s, struct sl_file_handle file,
				u64 offset, const void *data, u32 bytes,
				u8 stable)
{
	s->args = (struct sl_file_args){
		.handle = file,
		.offset = offset,
		.count = bytes,
		.stable = stable,
	};
	s->data_bytes = bytes;
	memcpy(s->data, data, bytes);
	return storage_call(s, SL_FILE_WRITE);
}

static inline int storage_read(struct storage *s, struct sl_file_handle file,
			       u64 offset, u32 bytes)
{
	s->args = (struct sl_file_args){
		.handle = file,
		.offset = offset,
		.count = bytes,
	};
	s->data_bytes = 0;
	return storage_call(s, SL_FILE_READ);
}

/* Path of something in the export, to look at it or meddle behind our back. */
static inline const char *storage_path(const struct storage *s,
				       const char *format, ...)
{
	static char path[4096];
	int n = snprintf(path, sizeof(path), "%s/", s->export);
	va_list args;

	va_start(args, format);
	vsnprintf(path + n, sizeof(path) - n, format, args);
	va_end(args);
	return path;
}

static inline void storage_defaults(struct storage *s)
{
	memset(s, 0, sizeof(*s));
	s->nfs = (struct sl_nfs_options){ false, 1 << 20, 1 << 20 };
	s->fs = (struct sl_fs_options){
		.handles = 8192, .attributes_ns = 100000000,
	};
	s->block = (struct sl_block_options){ 256, SL_BLOCK_SYNC_DATA, true };
	s->block_type = &sl_block_stage;
	s->next = storage_next_call;
	s->done = storage_call_done;
	snprintf(s->export, sizeof(s->export), "%s/sluice-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(s->export)) {
		perror(s->export);
		exit(1);
	}
	s->fs.export = s->export;
	snprintf(s->key, sizeof(s->key), "%s.key", s->export);
	s->fs.key = s->key;
}

/* Can handles be persistent, for this user and this export? */
static inline bool storage_can_persist(const struct storage *s)
{
	struct {
		struct file_handle head;
		u8 room[MAX_HANDLE_SZ];
	} host = { .head.handle_bytes = MAX_HANDLE_SZ };
	int at = open(s->export, O_RDONLY | O_DIRECTORY);
	int fd = -1;
	int mount;

	if (!name_to_handle_at(at, "", &host.head, &mount, AT_EMPTY_PATH))
		fd = open_by_handle_at(at, &host.head, O_PATH);
	close(fd);
	close(at);
	return fd >= 0;
}

static inline int storage_remove_one(const char *path, const struct stat *st,
				     int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void storage_remove(struct storage *s)
{
	nftw(s->export, storage_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	unlink(s->key);
}

/* Returns 0, or what the pipeline could not be opened for. */
static inline int storage_open(struct storage *s)
{
	const struct sl_stage_type *types[STORAGE_STAGES] = {
		&storage_driver_type, &sl_nfs_stage, &sl_fs_stage,
		s->block_type,
	};
	void *options[STORAGE_STAGES] = { &s->driver, &s->nfs, &s->fs, &s->block };
	u32 i;

	s->driver.storage = s;
	sl_graph_init(&s->graph, "storage");
	s->graph.huge = false;
	if (s->sleepy)
		s->graph.poll_ns = 0;
	for (i = 0; i < STORAGE_STAGES; i++) {
		sl_graph_add(&s->graph, types[i]->name, types[i], options[i]);
		if (i)
			sl_graph_join(&s->graph, i - 1, i);
		if (!s->threads)
			continue;
		s->graph.stage[i].place_count = 1;
		s->graph.stage[i].place[0] = (struct sl_place){ 0, i };
	}
	if (sl_plan_make(&s->plan, &s->graph, (u16[]){ 0 }, 1))
		return -EINVAL;
	s->pipeline = sl_pipeline_open(&s->graph, &s->plan, NULL);
	return IS_ERR(s->pipeline) ? PTR_ERR(s->pipeline) : 0;
}

/* The usual: default options, a root handle. */
static inline void storage_start(struct storage *s)
{
	if (storage_open(s)) {
		fprintf(stderr, "the pipeline does not open\n");
		exit(1);
	}
	s->args = (struct sl_file_args){ .count = 0 };
	s->data_bytes = 0;
	CHECK_EQ(storage_call(s, SL_FILE_MOUNT), 0);
	s->root = s->args.object;
}

static inline void storage_end(struct storage *s)
{
	struct sl_stage *driver = sl_pipeline_stage(s->pipeline, DRIVER);

	/* Every event has come home. */
	CHECK_EQ(driver->bank->free_count, STORAGE_EVENTS);
	sl_pipeline_close(s->pipeline);
}

#endif /* SL_STORAGE_TEST_H */
