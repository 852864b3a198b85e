// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that nothing acknowledged is lost and nothing hangs when storage
 * fails: any single request of any kind with any error, a full disk, a server
 * that crashes and forgets what was not committed, all of it at once at the
 * end.  After each, the database is looked at with SQLite's own file system.
 */
#include "stages/db/entries_test.h"

static void init(struct ledger *l, u32 queries)
{
	entries_init(queries);
	ledger_init(l, false);
	l->client.ask = entries_ask;
	l->client.answer = entries_answer;
	l->sqlite.checkpoint = 20;
}

static void more(struct ledger *l, u32 queries)
{
	entries->left = entries->asked = queries;
	ledger_run(l, &entries->left, false);
}

static void quietly(bool yes)
{
	static int saved;
	int null;

	fflush(stderr);
	if (yes) {
		saved = dup(2);
		null = open("/dev/null", O_WRONLY);
		dup2(null, 2);
		close(null);
	} else {
		dup2(saved, 2);
		close(saved);
	}
}

/* The n-th request of a kind fails, and the one or two after it. */
static bool fail_once(u32 op, u32 after, u32 times, int err)
{
	struct ledger l;
	bool met = false;

	init(&l, 300);
	l.disk.fail_op = op;
	l.disk.fail_after = after;
	l.disk.fail_count = times;
	l.disk.fail_errno = -err;
	l.disk.delay = after % 3;
	quietly(true);
	if (ledger_open(&l, "a", 1)) {
		ledger_run(&l, &entries->left, false);
		met = !l.disk.fail_after;
		l.disk.fail_after = 0;
		/* It may have refused to open; else it must be well again. */
		if (entries->good) {
			entries->failed = 0;
			more(&l, 20);
			CHECK_EQ(entries->failed, 0);
		}
		CHECK(ledger_drain(&l));
	}
	quietly(false);
	if (entries->good)
		CHECK(!ledger_has(l.directory, "ledger.db-wal"));
	sl_pipeline_close(l.pipeline);
	entries_audit(&l, false);
	ledger_audit(l.directory);
	ledger_remove(l.directory);
	return met;
}

static void test_each_failure(void)
{
	static const u32 ops[] = {
		0, SL_FILE_READ, SL_FILE_WRITE, SL_FILE_COMMIT,
		SL_FILE_SETATTR, SL_FILE_GETATTR, SL_FILE_LOOKUP,
		SL_FILE_CREATE, SL_FILE_REMOVE, SL_FILE_MOUNT,
	};
	u32 i, after;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		for (after = 1; after < 1500; after += 1 + after / 8)
			if (!fail_once(ops[i], after, 1 + after % 3,
				       after % 4 ? EIO : ENOSPC))
				break;
}

/* Room runs out, is told as that, and comes back. */
static void test_full_disk(void)
{
	struct ledger l;
	u32 i;

	init(&l, 1000);
	entries->bytes = 20000;
	l.disk.room = 600000;
	l.disk.delay = 1;
	if (!ledger_open(&l, "a", 1))
		return;
	quietly(true);
	ledger_run(&l, &entries->left, false);
	quietly(false);
	CHECK(entries->good && entries->failed);
	CHECK_EQ(entries->error, -ENOSPC);
	/* Reading goes on, and writing when there is room again. */
	for (i = 0; i < 3; i++) {
		l.disk.room += 300000;
		entries->failed = 0;
		more(&l, 4);
		CHECK_EQ(entries->failed, 0);
	}
	CHECK(ledger_drain(&l));
	entries_audit(&l, false);
	ledger_close(&l);
}

/* Crashes of the server under load, and at last one of everything. */
static void test_reboots(u32 seed, u64 sync)
{
	struct ledger l;
	struct disk *disk;
	u32 i, turns;

	init(&l, 1u << 30);
	l.disk.undo = true;
	l.disk.delay = 1 + seed % 3;
	l.disk.reorder = seed % 2;
	l.sqlite.sync = sync;
	if (!ledger_open(&l, "a", 1))
		return;
	disk = ledger_stage(&l, LEDGER_DISK)->private;
	disk->seed = seed * 77777 + 1;
	quietly(true);
	for (i = 0; i < 10; i++) {
		turns = disk_random(disk) % 400;
		while (turns--)
			sl_pipeline_turn(l.pipeline);
		if (sync == SL_SQLITE_FULL || i == 9)
			disk_reboot(disk, 10 + seed * 13 % 91);
	}
	quietly(false);
	CHECK(entries->good);
	sl_pipeline_close(l.pipeline);
	if (sync == SL_SQLITE_FULL)
		entries_audit(&l, true);
	ledger_audit(l.directory);
	ledger_remove(l.directory);
}

/* Having lost some of the WAL, a lazy one must not go on as if it had not. */
static void test_lazy_reboot(void)
{
	struct ledger l;
	struct disk *disk;
	u32 i;

	init(&l, 1u << 30);
	l.disk.undo = true;
	l.disk.delay = 1;
	l.sqlite.sync = SL_SQLITE_NORMAL;
	l.sqlite.checkpoint = 1000;
	if (!ledger_open(&l, "a", 1))
		return;
	disk = ledger_stage(&l, LEDGER_DISK)->private;
	for (i = 0; i < 300; i++)
		sl_pipeline_turn(l.pipeline);
	CHECK(entries->good && !entries->failed);
	disk_reboot(disk, 100);
	quietly(true);
	for (i = 0; i < 100; i++)
		sl_pipeline_turn(l.pipeline);
	entries->good = 0;
	for (i = 0; i < 100; i++)
		sl_pipeline_turn(l.pipeline);
	quietly(false);
	CHECK_EQ(entries->good, 0);
	sl_pipeline_close(l.pipeline);

	/* A new start finds what is whole, and goes on. */
	entries->next = ENTRIES_MAX / 2;
	entries->failed = entries->left = 0;
	entries->asked = 100;
	l.disk.verifier = 1;
	if (ledger_open(&l, "a", 1)) {
		more(&l, 100);
		CHECK_EQ(entries->failed, 0);
		CHECK(ledger_drain(&l));
	}
	ledger_close(&l);
}

int main(void)
{
	u32 i;

	test_each_failure();
	test_full_disk();
	for (i = 0; i < 40; i++)
		test_reboots(i, i % 4 ? SL_SQLITE_FULL : SL_SQLITE_NORMAL);
	test_lazy_reboot();
	TEST_END();
}
