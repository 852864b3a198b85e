// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what becomes of data when disks do badly: full ones keep what fits
 * and say so; after one that lost data (a stage that fails on demand stands
 * in for it) the write verifier is another; slow ones wake who sleeps; and
 * where io_uring is forbidden all works without it.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "stages/fs/storage_test.h"

static struct storage s;

/* One call after the other, on threads that sleep meanwhile. */
static struct {
	struct sl_file_handle root, file;
	u32 step;
	bool busy;
} slow;

#define SLOW_STEPS	42

static bool next_slow(struct storage *t, struct sl_event *event)
{
	(void)t;
	if (slow.busy || slow.step == SLOW_STEPS)
		return false;
	slow.busy = true;
	sl_file(event)->handle = slow.step == 1 ? slow.root : slow.file;
	sl_file(event)->count = 1;
	event->data[0] = 's';
	event->data_bytes = slow.step > 0;
	event->op = slow.step == 0  ? SL_FILE_MOUNT :
		    slow.step == 1  ? SL_FILE_CREATE :
		    slow.step & 1   ? SL_FILE_COMMIT :
				      SL_FILE_WRITE;
	return true;
}

static void slow_done(struct storage *t, struct sl_event *event)
{
	(void)t;
	CHECK_EQ(event->status, 0);
	if (slow.step == 0)
		slow.root = sl_file(event)->object;
	if (slow.step == 1)
		slow.file = sl_file(event)->object;
	slow.busy = false;
	WRITE_ONCE(slow.step, slow.step + 1);
}

static u64 cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/*
 * A core that sleeps 100 ms unless it is woken is woken by every sync, and
 * sleeps again when there are no more.
 */
static void test_wake(void)
{
	struct timespec ms = { 0, 1000000 };
	struct timespec while_idle = { 0, 500000000 };
	u64 start, used;

	storage_defaults(&s);
	s.threads = s.sleepy = true;
	s.next = next_slow;
	s.done = slow_done;
	if (!CHECK_EQ(storage_open(&s), 0))
		return;
	start = ktime_get_ns();
	CHECK_EQ(sl_pipeline_start(s.pipeline), 0);
	while (READ_ONCE(slow.step) < SLOW_STEPS &&
	       ktime_get_ns() - start < STORAGE_WAIT_NS)
		nanosleep(&ms, NULL);
	CHECK_EQ(READ_ONCE(slow.step), SLOW_STEPS);
	CHECK(ktime_get_ns() - start < 1500000000);

	used = cpu_ns();
	nanosleep(&while_idle, NULL);
	CHECK(cpu_ns() - used < 200000000);
	CHECK_EQ(sl_pipeline_stop(s.pipeline, 1000000000), 0);
	sl_pipeline_close(s.pipeline);
	storage_remove(&s);
}

/* Call by call: what fits is kept, the rest is told of. */
static u64 fill(struct sl_file_handle file)
{
	static u8 data[STORAGE_DATA];
	u64 at = 0;
	int err;

	memset(data, 'f', sizeof(data));
	while (!(err = storage_write(&s, file, at, data, sizeof(data), 0))) {
		CHECK(s.args.count);
		at += s.args.count;
		if (!CHECK(at <= 1 << 20))
			break;
	}
	CHECK_EQ(err, -ENOSPC);
	CHECK_EQ(s.args.status, SL_NFS_NOSPC);
	return at;
}

/* In one batch: the one that no more fits, and those behind it. */
static u64 fill_at_once(struct sl_file_handle file)
{
	u64 at = 0;
	u32 i;

	for (i = 0; i < 40; i++)
		storage_add(&s, SL_FILE_WRITE, file, i * 30000, 30000, i);
	storage_begin(&s);
	storage_finish(&s);
	for (i = 0; i < 40; i++) {
		if (!s.many[i].status)
			at += s.many[i].args.count;
		else
			CHECK_EQ(s.many[i].status, -ENOSPC);
	}
	CHECK(at > 900000 && at <= 1 << 20);
	return at;
}

static void fill_names(void)
{
	char name[32];
	int err = 0;
	u32 i;

	for (i = 0; i < 30 && !err; i++) {
		snprintf(name, sizeof(name), "inode%u", i);
		err = storage_create(&s, s.root, name, NULL);
	}
	CHECK_EQ(err, -ENOSPC);
}

/* A disk of one megabyte and 20 names. */
static void test_full(void)
{
	struct sl_file_handle file;
	u64 size;

	storage_defaults(&s);
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", s.export, "tmpfs", 0, "size=1m,nr_inodes=20")) {
		printf("no full disk: only root may mount one\n");
		storage_remove(&s);
		return;
	}
	storage_start(&s);
	CHECK_EQ(storage_create(&s, s.root, "big", &file), 0);
	size = fill(file);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
	CHECK_EQ(s.args.attr.size, size);
	CHECK_EQ(storage_read(&s, file, size - 10, 100), 0);
	CHECK_EQ(s.args.count, 10);
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);

	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "big"), 0);
	CHECK_EQ(storage_create(&s, s.root, "big", &file), 0);
	size = fill_at_once(file);
	CHECK_EQ(storage_get(&s, SL_FILE_GETATTR, file), 0);
	CHECK_EQ(s.args.attr.size, size);

	fill_names();
	CHECK_EQ(storage_at(&s, SL_FILE_REMOVE, s.root, "big"), 0);
	CHECK_EQ(storage_create(&s, s.root, "again", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, SL_FILE_SYNC), 0);
	storage_end(&s);
	umount(s.export);
	storage_remove(&s);
}

/* A disk that loses what it was given. */
static bool failing;

static u32 run_failing(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		struct sl_file_args *nfs = sl_file(event);
		bool sync = event->op == SL_FILE_COMMIT || nfs->stable;

		event->status = failing && sync ? -EIO : 0;
		nfs->done = nfs->count;
		sl_stage_reply(stage, event);
	}
	return batch->count;
}

static const struct sl_stage_type failing_block = {
	.name = "failing",
	.class = SL_FLOW,
	.port = { { "callers", "block", false, false } },
	.run = run_failing,
};

static void test_verifier(void)
{
	struct sl_file_handle file;
	u64 verifier;

	storage_defaults(&s);
	s.block_type = &failing_block;
	storage_start(&s);
	CHECK_EQ(storage_create(&s, s.root, "lost", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), 0);
	verifier = s.args.verifier;
	CHECK(verifier);
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	CHECK_EQ(s.args.verifier, verifier);

	failing = true;
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), -EIO);
	CHECK_EQ(s.args.status, SL_NFS_IO);
	failing = false;
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	CHECK(s.args.verifier != verifier);
	verifier = s.args.verifier;
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), 0);
	CHECK_EQ(s.args.verifier, verifier);

	failing = true;
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, SL_FILE_SYNC), -EIO);
	failing = false;
	CHECK_EQ(storage_write(&s, file, 0, "x", 1, 0), 0);
	CHECK(s.args.verifier != verifier);
	verifier = s.args.verifier;

	/* After a restart unstable data may be gone as well. */
	storage_end(&s);
	storage_start(&s);
	CHECK_EQ(storage_lookup(&s, s.root, "lost", &file), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	CHECK(s.args.verifier != verifier);
	storage_end(&s);
	storage_remove(&s);
}

/* In a container, io_uring_setup() may be forbidden: all works without it. */
static void test_forbidden(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	struct sl_block_totals totals;
	struct sl_file_handle file;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		printf("no seccomp here\n");
		return;
	}
	storage_defaults(&s);
	storage_start(&s);
	sl_block_totals(sl_pipeline_stage(s.pipeline, BLOCK), &totals);
	CHECK(!totals.io_uring);
	CHECK_EQ(storage_create(&s, s.root, "file", &file), 0);
	CHECK_EQ(storage_write(&s, file, 0, "data", 4, SL_FILE_SYNC), 0);
	CHECK_EQ(storage_get(&s, SL_FILE_COMMIT, file), 0);
	CHECK_EQ(storage_read(&s, file, 0, 10), 0);
	CHECK_EQ(s.args.count, 4);
	storage_end(&s);
	storage_remove(&s);
}

int main(void)
{
	test_verifier();
	test_wake();
	test_full();
	test_forbidden();
	TEST_END();
}
