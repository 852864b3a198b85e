// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a server over a real disk tells the truth when that is full,
 * over quota, read-only, broken or gone, keeps what it has acknowledged, goes
 * on when there is room again, and ends well whatever happened; and that
 * persistent handles are good on each file system that promises them.
 */
#include <sys/ioctl.h>

#include "stages/nfs/wire_disk_test.h"

#define PIECE		65536u
#define PIECES_MAX	2000u

static struct handle root;
static u8 piece[PIECE];

static void piece_fill(u32 number)
{
	u32 i;

	for (i = 0; i < PIECE; i++)
		piece[i] = (number * 131 + i) * 2654435761u >> 24;
}

static struct client *start(void)
{
	struct client *c;

	server_start();
	c = client_new();
	CHECK_EQ(mount_export(c, &root), SL_NFS_OK);
	return c;
}

/* Until no more fits, which must be said so; returns how many did. */
static u32 fill(struct client *c, const struct handle *file, u32 want)
{
	u64 verifier;
	u32 count, status = 0;

	for (count = 0; count < PIECES_MAX; count++) {
		piece_fill(count);
		begin_write(c, file, (u64)count * PIECE, piece, PIECE,
			    SL_FILE_UNSTABLE);
		status = call(c);
		/* What half fits is no piece. */
		if (status || get_written(c, &verifier) < PIECE)
			break;
	}
	if (!status) {
		piece_fill(count);
		begin_write(c, file, (u64)count * PIECE, piece, PIECE,
			    SL_FILE_UNSTABLE);
		status = call(c);
	}
	CHECK_EQ(status, want);
	CHECK(count > 10);
	return count;
}

static void check_pieces(struct client *c, const struct handle *file, u32 count)
{
	const u8 *got;
	u32 i, bytes;
	bool eof;

	for (i = 0; i < count; i++) {
		piece_fill(i);
		if (!CHECK_EQ(read_file(c, file, (u64)i * PIECE, PIECE, &got,
					&bytes, &eof), SL_NFS_OK) ||
		    !CHECK(bytes == PIECE && !memcmp(got, piece, PIECE)))
			return;
	}
}

/* Nothing of what was acknowledged is missing, also after a restart. */
static void test_full(const char *type, u32 mib)
{
	struct handle file, more, found;
	struct client *c;
	u64 verifier;
	u32 count;

	server_open();
	if (!disk_make(type, mib)) {
		disk_close();
		return;
	}
	disk_mount("");
	c = start();
	CHECK_EQ(create(c, &root, "big", &file), SL_NFS_OK);
	CHECK_EQ(create(c, &root, "more", &more), SL_NFS_OK);
	count = fill(c, &file, SL_NFS_NOSPC);
	CHECK_EQ(commit(c, &file, &verifier), SL_NFS_OK);
	check_pieces(c, &file, count);

	/* Room is made by a client, and used at once. */
	CHECK_EQ(remove_name(c, &root, "more"), SL_NFS_OK);
	begin(c, SL_FILE_SETATTR);
	put_handle(c, &file);
	put_u32(c, 0);
	put_u32(c, 0);
	put_u32(c, 0);
	put_u32(c, 1);
	put_u64(c, (u64)(count / 2) * PIECE);
	put_u32(c, 0);
	put_u32(c, 0);
	put_u32(c, 0);
	CHECK_EQ(call(c), SL_NFS_OK);
	CHECK_EQ(commit(c, &file, &verifier), SL_NFS_OK);
	CHECK_EQ(create(c, &root, "again", &more), SL_NFS_OK);
	piece_fill(0);
	CHECK_EQ(write_file(c, &more, 0, piece, PIECE, SL_FILE_SYNC),
		 SL_NFS_OK);
	client_free(c);
	server_stop();
	disk_unmount();

	disk_mount("");
	c = start();
	CHECK_EQ(lookup(c, &root, "big", &found), SL_NFS_OK);
	check_pieces(c, &found, count / 2);
	CHECK_EQ(lookup(c, &root, "again", &found), SL_NFS_OK);
	check_pieces(c, &found, 1);
	client_free(c);
	server_stop();
	disk_unmount();
	disk_close();
}

/* Hosts without quotas on ext4 and xfs may still have them on btrfs. */
static void test_quota(void)
{
	struct handle limited, file;
	struct client *c;
	u64 verifier;
	u32 count;

	server_open();
	if (!disk_make("btrfs", 128)) {
		disk_close();
		return;
	}
	disk_mount("");
	/* Of the whole file system, for what is mounted below is left alone. */
	if (!disk_command("btrfs quota enable %s && btrfs quota rescan -w %s",
			  server.export, server.export) ||
	    !disk_command("btrfs qgroup limit 8M %s", server.export)) {
		printf("no quota: the host has none\n");
	} else {
		c = start();
		CHECK_EQ(make_directory(c, &root, "limited", &limited),
			 SL_NFS_OK);
		CHECK_EQ(create(c, &limited, "big", &file), SL_NFS_OK);
		count = fill(c, &file, SL_NFS_DQUOT);
		CHECK(count < 130);
		CHECK_EQ(commit(c, &file, &verifier), SL_NFS_OK);
		check_pieces(c, &file, count);
		CHECK(disk_command("btrfs qgroup limit none %s",
				   server.export));
		CHECK_EQ(write_file(c, &file, 0, "x", 1, SL_FILE_SYNC),
			 SL_NFS_OK);
		client_free(c);
		server_stop();
	}
	disk_unmount();
	disk_close();
}

/* A server that is up when its disk becomes read-only. */
static void test_read_only(void)
{
	struct handle file, made;
	struct client *c;
	const u8 *got;
	char path[300];
	u32 bytes;
	bool eof;
	int fd;

	server_open();
	if (!disk_make("ext4", 16)) {
		disk_close();
		return;
	}
	disk_mount("");
	snprintf(path, sizeof(path), "%s/file", server.export);
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	CHECK_EQ(write(fd, "data", 4), 4);
	close(fd);
	c = start();
	CHECK_EQ(lookup(c, &root, "file", &file), SL_NFS_OK);
	CHECK_EQ(read_file(c, &file, 0, 10, &got, &bytes, &eof), SL_NFS_OK);
	CHECK(disk_command("mount -o remount,ro %s", server.export));
	CHECK_EQ(write_file(c, &file, 0, "x", 1, 0), SL_NFS_ROFS);
	CHECK_EQ(create(c, &root, "new", &made), SL_NFS_ROFS);
	CHECK_EQ(make_directory(c, &root, "new", &made), SL_NFS_ROFS);
	CHECK_EQ(remove_name(c, &root, "file"), SL_NFS_ROFS);
	CHECK_EQ(read_file(c, &file, 0, 10, &got, &bytes, &eof), SL_NFS_OK);
	CHECK(bytes == 4 && !memcmp(got, "data", 4));
	CHECK(disk_command("mount -o remount,rw %s", server.export));
	CHECK_EQ(write_file(c, &file, 0, "x", 1, SL_FILE_SYNC), SL_NFS_OK);
	CHECK_EQ(create(c, &root, "new", &made), SL_NFS_OK);
	client_free(c);
	server_stop();
	disk_unmount();
	disk_close();
}

/* A disk that fails: errors and no hang, and the verifier changes. */
static void test_broken(void)
{
	u32 without_log = 2;
	struct handle file;
	struct client *c;
	u64 verifier;
	u32 status;
	int fd;

	server_open();
	if (!disk_make("ext4", 16)) {
		disk_close();
		return;
	}
	disk_mount("");
	c = start();
	CHECK_EQ(create(c, &root, "file", &file), SL_NFS_OK);
	CHECK_EQ(write_file(c, &file, 0, "data", 4, 0), SL_NFS_OK);
	fd = open(server.export, O_RDONLY | O_DIRECTORY);
	if (ioctl(fd, _IOR('X', 125, u32), &without_log))
		printf("no broken disk: the host has no ioctl\n");
	else
		CHECK_EQ(commit(c, &file, &verifier), SL_NFS_IO);
	close(fd);
	status = write_file(c, &file, 0, "more", 4, SL_FILE_SYNC);
	CHECK(status == SL_NFS_IO || status == SL_NFS_ROFS ||
	      status == SL_NFS_OK);
	begin_any(c, SL_RPC_NFS, 3, 0);
	call(c);
	CHECK_EQ(c->status, SL_RPC_SUCCESS);
	client_free(c);
	server_stop();
	disk_unmount();
	disk_close();
}

static bool is_gone(u32 status)
{
	return status == SL_NFS_STALE || status == SL_NFS_IO ||
	       status == SL_NFS_NOENT;
}

/* The directory that is served is removed: it is gone, the server is not. */
static void test_vanished(bool persistent)
{
	struct handle file, made, again;
	struct client *c, *other;
	const u8 *got;
	u32 bytes, ms;
	bool eof;

	server_open();
	set("fs.persistent=%s", persistent ? "true" : "false");
	c = start();
	CHECK_EQ(create(c, &root, "file", &file), SL_NFS_OK);
	CHECK_EQ(write_file(c, &file, 0, "data", 4, 0), SL_NFS_OK);
	nftw(server.export, wire_remove, 16, FTW_DEPTH | FTW_PHYS);
	/* What others do is seen when attributes are asked for again. */
	for (ms = 0; ms < 10000 && !is_gone(getattr(c, &file)); ms += 10)
		usleep(10000);
	CHECK(is_gone(getattr(c, &file)));
	CHECK(is_gone(read_file(c, &file, 0, 4, &got, &bytes, &eof)));
	CHECK(is_gone(create(c, &root, "new", &made)));
	other = client_new();
	CHECK(mount_export(other, &again));
	/* Another directory of that name is another one. */
	CHECK(!mkdir(server.export, 0777));
	CHECK(is_gone(create(c, &root, "new", &made)));
	begin_any(other, SL_RPC_NFS, 3, 0);
	call(other);
	CHECK_EQ(other->status, SL_RPC_SUCCESS);
	client_free(other);
	client_free(c);
	server_close();
}

/* A disk that is taken away as far as that goes stays until it is let go of. */
static void test_unmounted(void)
{
	struct handle file, made;
	struct client *c;
	u32 status;

	server_open();
	if (!disk_make("ext4", 16)) {
		disk_close();
		return;
	}
	disk_mount("");
	c = start();
	CHECK_EQ(create(c, &root, "file", &file), SL_NFS_OK);
	CHECK_EQ(write_file(c, &file, 0, "data", 4, 0), SL_NFS_OK);
	CHECK(!umount2(server.export, MNT_DETACH));
	status = write_file(c, &file, 4, "more", 4, SL_FILE_SYNC);
	CHECK(!status || is_gone(status));
	status = create(c, &root, "new", &made);
	CHECK(!status || is_gone(status));
	CHECK_EQ(access(server.export, F_OK), 0);
	client_free(c);
	server_stop();
	disk_close();
}

/* A handle outlives the server, a rename, and a mount. */
static void test_handles(const char *type, u32 mib)
{
	struct handle directory, file, other;
	struct client *c;
	const u8 *got;
	u32 bytes;
	bool eof;

	server_open();
	if (!disk_make(type, mib)) {
		disk_close();
		return;
	}
	set("fs.persistent=true");
	disk_mount("");
	c = start();
	CHECK_EQ(make_directory(c, &root, "directory", &directory), SL_NFS_OK);
	CHECK_EQ(create(c, &directory, "file", &file), SL_NFS_OK);
	CHECK_EQ(create(c, &directory, "other", &other), SL_NFS_OK);
	CHECK_EQ(write_file(c, &file, 0, "data", 4, SL_FILE_SYNC), SL_NFS_OK);
	begin_name(c, SL_FILE_RENAME, &directory, "file");
	put_handle(c, &root);
	put_name(c, "moved");
	CHECK_EQ(call(c), SL_NFS_OK);
	client_free(c);
	server_stop();
	disk_unmount();

	disk_mount("");
	server_start();
	c = client_new();
	CHECK_EQ(getattr(c, &root), SL_NFS_OK);
	CHECK_EQ(read_file(c, &file, 0, 10, &got, &bytes, &eof), SL_NFS_OK);
	CHECK(bytes == 4 && !memcmp(got, "data", 4));
	CHECK_EQ(remove_name(c, &directory, "other"), SL_NFS_OK);
	CHECK(is_gone(getattr(c, &other)));
	client_free(c);
	server_stop();
	disk_unmount();
	disk_close();
}

int main(void)
{
	test_vanished(false);
	if (getuid() || !disk_alone()) {
		printf("no disks: only root can make them\n");
		TEST_END();
	}
	test_vanished(true);
	test_full("ext4", 16);
	test_quota();
	test_read_only();
	test_broken();
	test_unmounted();
	test_handles("ext4", 16);
	test_handles("xfs", 320);
	test_handles("btrfs", 128);
	TEST_END();
}
