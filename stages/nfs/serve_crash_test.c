// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that nothing is lost which a client was told is stable: the server is
 * killed in the middle of stable WRITEs, COMMITs and CREATEs, or its disk loses
 * power, and afterwards everything acknowledged is there, and the write
 * verifier is another one, so that clients know what to write again.
 */
#include <pthread.h>
#include <sys/ioctl.h>

#include "stages/nfs/wire_disk_test.h"

#define ROUNDS		6
#define RECORD_BYTES	512u
#define RECORDS_MAX	4096u	/* of a file */
#define COMMIT_EVERY	8u
#define NAMES_MAX	4096u

enum { SYNC, LAZY, FILES };

static const char *const names[FILES] = { "sync", "lazy" };

/* What a client has been told. */
static struct {
	struct handle root;
	struct handle file[FILES];
	u32 stable[FILES];	/* records that are acknowledged */
	u32 written;		/* of LAZY's, unstable */
	u32 made;		/* files */
	u64 verifier;
} told;

static void record_fill(u8 *record, u32 file, u32 number)
{
	u32 i;

	for (i = 0; i < RECORD_BYTES; i++)
		record[i] = (number * 31 + file * 7 + i) * 2654435761u >> 24;
}

static u32 write_record(struct client *c, u32 file, u32 number, u32 stable)
{
	u8 record[RECORD_BYTES];
	u64 verifier;
	u32 status;

	record_fill(record, file, number);
	begin_write(c, &told.file[file], (u64)number * RECORD_BYTES, record,
		    RECORD_BYTES, stable);
	status = call(c);
	if (!status) {
		CHECK_EQ(get_written(c, &verifier), RECORD_BYTES);
		if (!CHECK(!told.verifier || told.verifier == verifier))
			return ~0u;
		told.verifier = verifier;
	}
	return status;
}

/* One thing of each kind; false when there is no answer any more. */
static bool step(struct client *c)
{
	u64 verifier = 0;
	char name[32];
	u32 status = write_record(c, SYNC, told.stable[SYNC], SL_FILE_SYNC);

	if (!status)
		told.stable[SYNC]++;
	if (!status)
		status = write_record(c, LAZY, told.written, SL_FILE_UNSTABLE);
	if (!status && !(++told.written % COMMIT_EVERY)) {
		status = commit(c, &told.file[LAZY], &verifier);
		if (!status && CHECK(verifier == told.verifier))
			told.stable[LAZY] = told.written;
	}
	if (!status) {
		snprintf(name, sizeof(name), "made%u", told.made);
		/* It may have been made, and nobody told of it. */
		begin_create(c, &told.root, name, SL_FILE_UNCHECKED);
		status = call(c);
	}
	if (!status)
		told.made++;
	CHECK(!status || c->status == ~0u);
	return !status && told.made < NAMES_MAX &&
	       told.written < RECORDS_MAX && told.stable[SYNC] < RECORDS_MAX;
}

static void check_records(struct client *c, u32 file)
{
	u8 record[RECORD_BYTES];
	const u8 *got;
	u32 i, bytes;
	bool eof;

	for (i = 0; i < told.stable[file]; i++) {
		record_fill(record, file, i);
		if (!CHECK_EQ(read_file(c, &told.file[file],
					(u64)i * RECORD_BYTES, RECORD_BYTES,
					&got, &bytes, &eof), SL_NFS_OK) ||
		    !CHECK(bytes == RECORD_BYTES &&
			   !memcmp(got, record, bytes))) {
			fprintf(stderr, "%s: record %u of %u\n", names[file],
				i, told.stable[file]);
			return;
		}
	}
}

/* Whoever was told that a call was done finds it so. */
static void check(struct client *c, bool names_last)
{
	struct handle file;
	u64 verifier = 0;
	char name[32];
	u32 i;

	for (i = 0; i < FILES; i++)
		check_records(c, i);
	for (i = 0; names_last && i < told.made; i++) {
		snprintf(name, sizeof(name), "made%u", i);
		CHECK_EQ(lookup(c, &told.root, name, &file), SL_NFS_OK);
	}
	CHECK_EQ(commit(c, &told.file[LAZY], &verifier), SL_NFS_OK);
	CHECK(verifier != told.verifier);
	told.verifier = 0;
	/* As clients do: once more what was not stable when it went. */
	told.written = told.stable[LAZY];
}

static void make_files(struct client *c)
{
	u32 i;

	memset(&told, 0, sizeof(told));
	CHECK_EQ(mount_export(c, &told.root), SL_NFS_OK);
	for (i = 0; i < FILES; i++)
		CHECK_EQ(create(c, &told.root, names[i], &told.file[i]),
			 SL_NFS_OK);
}

/* After a restart handles may be others, if they are not the host's. */
static void find_files(struct client *c, bool persistent)
{
	u32 i;

	if (persistent)
		return;
	CHECK_EQ(mount_export(c, &told.root), SL_NFS_OK);
	for (i = 0; i < FILES; i++)
		CHECK_EQ(lookup(c, &told.root, names[i], &told.file[i]),
			 SL_NFS_OK);
}

static void *kill_soon(void *arg)
{
	usleep(*(u32 *)arg);
	kill(server.pid, SIGKILL);
	return NULL;
}

static void test_kill(bool persistent)
{
	struct client *c;
	pthread_t thread;
	u32 i, wait_us;

	server_open();
	set("fs.persistent=%s", persistent ? "true" : "false");
	server_start();
	c = client_new();
	make_files(c);
	for (i = 0; i < ROUNDS; i++) {
		wait_us = 1000 + i * 17123 % 50000;
		CHECK(!pthread_create(&thread, NULL, kill_soon, &wait_us));
		while (step(c))
			;
		pthread_join(thread, NULL);
		waitpid(server.pid, NULL, 0);
		client_free(c);
		server_start();
		c = client_new();
		find_files(c, persistent);
		check(c, true);
	}
	CHECK(told.stable[SYNC] && told.made);
	client_free(c);
	server_close();
}

/* Nothing that is not on the disk by now will ever be. */
static bool lose_power(void)
{
	u32 without_log = 2;
	int fd = open(server.export, O_RDONLY | O_DIRECTORY);
	int err = ioctl(fd, _IOR('X', 125, u32), &without_log);

	close(fd);
	return !err;
}

/*
 * Names are as stable as the host makes them, but those of files with stable
 * data are, on any file system with a journal.
 */
static void test_power(void)
{
	struct client *c;
	u32 i, k;

	server_open();
	if (!disk_make("ext4", 32)) {
		disk_close();
		return;
	}
	set("fs.persistent=true");
	disk_mount("");
	server_start();
	c = client_new();
	make_files(c);
	for (i = 0; i < 3; i++) {
		for (k = 0; k < 30 + i && step(c); k++)
			;
		if (!lose_power()) {
			printf("no loss of power: the host has no ioctl\n");
			break;
		}
		/* No answer is right but that it has failed. */
		CHECK(write_record(c, SYNC, RECORDS_MAX - 1, SL_FILE_SYNC));
		CHECK_EQ(getattr(c, &told.root) == ~0u, false);
		client_free(c);
		server_kill();
		disk_unmount();
		disk_mount("");
		server_start();
		c = client_new();
		check(c, false);
	}
	client_free(c);
	server_stop();
	disk_unmount();
	disk_close();
}

int main(void)
{
	bool root = !getuid();

	test_kill(root);
	if (root && disk_alone())
		test_power();
	else
		printf("no disk: only root can make one\n");
	TEST_END();
}
