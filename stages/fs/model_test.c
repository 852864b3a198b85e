// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that files hold what was written to them: random reads, runs of
 * adjacent writes, truncations, commits, attributes and look-ups on 48 files
 * at once, against arrays in memory.  Once with all stages fused on one
 * thread, once with a thread for each stage; few descriptors, so that files
 * are closed and opened again all the time.  Once more with persistent
 * handles, of more files than are remembered.
 */
#include <sys/resource.h>

#include "stages/fs/storage_test.h"

#define FILES		48
#define SIZE_MAX_	(96u << 10)
#define CHUNK_MAX	6000u
#define RUN_MAX		4
#define CALLS		60000u

struct model {
	struct sl_file_handle handle;
	bool known;		/* it has a handle */
	u32 busy;		/* calls in flight */
	u32 left;		/* WRITEs of the run still to be sent */
	u64 size;
	u64 at;
	u32 bytes;		/* of each WRITE of the run */
	u8 stable;
	u32 wanted;		/* by the READ */
	u8 data[SIZE_MAX_];
};

static struct storage s;
static struct model model[FILES];
static struct sl_file_handle root;
static u64 verifier;
static bool mounting, mounted;
static u32 begun, ended, turn;
static u64 seed;

static u32 random_below(u32 limit)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % limit;
}

static bool send_write(struct model *m, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	u32 i;

	event->op = SL_FILE_WRITE;
	nfs->offset = m->at;
	nfs->count = m->bytes;
	nfs->stable = m->stable;
	for (i = 0; i < m->bytes; i++)
		event->data[i] = random_below(256);
	event->data_bytes = m->bytes;
	memcpy(m->data + m->at, event->data, m->bytes);
	m->at += m->bytes;
	if (m->bytes)
		m->size = max(m->size, m->at);
	m->left--;
	return true;
}

static void choose(struct model *m, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	u32 dice = random_below(1000);

	/* What was left of a run that has been answered is not sent. */
	m->left = 0;
	nfs->handle = m->handle;
	if (dice < 450) {
		event->op = SL_FILE_READ;
		nfs->offset = random_below(SIZE_MAX_);
		nfs->count = random_below(2 * CHUNK_MAX);
		m->wanted = nfs->count;
	} else if (dice < 850) {
		m->left = 1 + random_below(RUN_MAX);
		m->bytes = random_below(CHUNK_MAX);
		m->at = random_below(SIZE_MAX_ - RUN_MAX * CHUNK_MAX);
		m->stable = random_below(300) ? SL_FILE_UNSTABLE :
			    SL_FILE_DATA_SYNC + random_below(2);
		send_write(m, event);
	} else if (dice < 900) {
		event->op = SL_FILE_SETATTR;
		nfs->set = SL_FILE_SET_SIZE;
		nfs->attr.size = random_below(SIZE_MAX_);
		if (nfs->attr.size < m->size)
			memset(m->data + nfs->attr.size, 0,
			       m->size - nfs->attr.size);
		m->size = nfs->attr.size;
	} else if (dice < 902) {
		event->op = SL_FILE_COMMIT;
	} else if (dice < 950) {
		event->op = SL_FILE_LOOKUP;
		nfs->handle = root;
		event->data_bytes = sprintf((char *)event->data, "file%d",
					    (int)(m - model));
	} else {
		event->op = SL_FILE_GETATTR;
	}
}

static bool next(struct storage *t, struct sl_event *event)
{
	struct model *m;
	u32 tries;

	(void)t;
	if (!mounted) {
		event->op = SL_FILE_MOUNT;
		event->context = NULL;
		if (mounting)
			return false;
		mounting = true;
		return true;
	}
	if (begun == CALLS)
		return false;
	for (tries = 0; tries < FILES; tries++) {
		m = &model[turn++ % FILES];
		if (m->left && m->busy) {
			sl_file(event)->handle = m->handle;
			send_write(m, event);
			break;
		}
		if (!m->busy)
			break;
	}
	if (tries == FILES)
		return false;
	if (!m->known) {
		event->op = SL_FILE_LOOKUP;
		sl_file(event)->handle = root;
		event->data_bytes = sprintf((char *)event->data, "file%d",
					    (int)(m - model));
	} else if (!m->busy) {
		choose(m, event);
	}
	m->busy++;
	begun++;
	event->context = m;
	return true;
}

static void check_read(const struct model *m, const struct sl_event *event)
{
	const struct sl_file_args *nfs = (const void *)event->args;
	u64 there = nfs->offset < m->size ? m->size - nfs->offset : 0;

	CHECK_EQ(nfs->count, event->data_bytes);
	CHECK_EQ(nfs->count, min_t(u64, m->wanted, there));
	CHECK_EQ(nfs->eof, nfs->count == there);
	CHECK(!memcmp(m->data + nfs->offset, event->data, nfs->count));
	CHECK_EQ(nfs->attr.size, m->size);
}

static void done(struct storage *t, struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	struct model *m = event->context;

	(void)t;
	CHECK_EQ(event->status, 0);
	CHECK_EQ(nfs->status, SL_NFS_OK);
	if (event->op == SL_FILE_MOUNT) {
		root = nfs->object;
		mounted = true;
		return;
	}
	m->busy--;
	switch (event->op) {
	case SL_FILE_LOOKUP:
		if (m->known)
			CHECK(!memcmp(&m->handle, &nfs->object,
				      sizeof(m->handle)));
		m->handle = nfs->object;
		m->known = true;
		/* fallthrough */
	case SL_FILE_GETATTR:
	case SL_FILE_SETATTR:
		CHECK_EQ(nfs->attr.size, m->size);
		break;
	case SL_FILE_READ:
		check_read(m, event);
		break;
	case SL_FILE_WRITE:
		CHECK_EQ(nfs->count, m->bytes);
		CHECK(nfs->stable >= m->stable);
		CHECK(nfs->attr.size <= m->size);
		if (!m->busy && !m->left)
			CHECK_EQ(nfs->attr.size, m->size);
		/* fallthrough */
	case SL_FILE_COMMIT:
		if (!verifier)
			verifier = nfs->verifier;
		CHECK_EQ(nfs->verifier, verifier);
		break;
	}
	WRITE_ONCE(ended, ended + 1);
}

/* The host must see the same as those who asked us. */
static void check_outside(void)
{
	static u8 data[SIZE_MAX_ + 1];
	u32 i;

	for (i = 0; i < FILES; i++) {
		int fd = open(storage_path(&s, "file%u", i), O_RDONLY);

		CHECK_EQ(read(fd, data, sizeof(data)), model[i].size);
		CHECK(!memcmp(data, model[i].data, model[i].size));
		close(fd);
	}
}

static void run(bool threads, bool io_uring, bool persistent)
{
	u64 until = ktime_get_ns() + 90000000000ull;
	struct timespec ms = { 0, 1000000 };
	struct sl_fs_totals totals;
	u32 i;

	memset(model, 0, sizeof(model));
	mounting = mounted = false;
	begun = ended = turn = 0;
	verifier = 0;
	seed = 42 + threads;
	storage_defaults(&s);
	s.threads = threads;
	s.block.io_uring = io_uring;
	s.block.queue_depth = 8;
	s.fs.handles = FILES + 8;
	if (persistent) {
		s.fs.persistent = true;
		s.fs.handles = FILES / 2;
	}
	if (persistent && !storage_can_persist(&s)) {
		printf("no persistent handles for this user or in %s\n",
		       s.export);
		storage_remove(&s);
		return;
	}
	s.next = next;
	s.done = done;
	for (i = 0; i < FILES; i++)
		close(open(storage_path(&s, "file%u", i), O_CREAT | O_RDWR,
			   0600));
	if (!CHECK_EQ(storage_open(&s), 0))
		return;
	if (threads)
		CHECK_EQ(sl_pipeline_start(s.pipeline), 0);
	while (READ_ONCE(ended) < CALLS && ktime_get_ns() < until) {
		if (threads)
			nanosleep(&ms, NULL);
		else
			sl_pipeline_turn(s.pipeline);
	}
	CHECK_EQ(READ_ONCE(ended), CALLS);
	if (threads)
		CHECK_EQ(sl_pipeline_stop(s.pipeline, 1000000000), 0);
	sl_fs_totals(sl_pipeline_stage(s.pipeline, FS), &totals);
	CHECK(totals.descriptors < FILES);
	CHECK(totals.evicted_descriptors > CALLS / 10 ||
	      totals.found_again > CALLS / 10);
	check_outside();
	if (!threads)
		storage_end(&s);
	else
		sl_pipeline_close(s.pipeline);
	storage_remove(&s);
}

int main(void)
{
	struct rlimit few = { 90, 90 };

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
	run(false, true, false);
	run(false, false, false);
	run(true, true, false);
	run(false, true, true);
	TEST_END();
}
