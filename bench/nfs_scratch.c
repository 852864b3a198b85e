// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/magic.h>

#include "bench/nfs_bench.h"

#define PIECE_PAGES	256

/* A file whose pages begin with their numbers. */
static int make_file(const char *directory, const char *name, u64 pages)
{
	static char piece[PIECE_PAGES * NFS_PAGE_BYTES];
	char path[PATH_MAX + 16];
	int err = 0;
	u64 page;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	for (page = 0; page < pages && !err;) {
		size_t bytes = 0;

		for (; bytes < sizeof(piece) && page < pages; page++) {
			memcpy(piece + bytes, &page, sizeof(page));
			bytes += NFS_PAGE_BYTES;
		}
		if (write(fd, piece, bytes) != (ssize_t)bytes)
			err = errno ? -errno : -ENOSPC;
	}
	/* That its pages are written back is not to be measured. */
	if (!err && fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

static int make_export(const struct nfs_bench *bench, const char *export)
{
	u64 big_pages = (u64)bench->mib * (1 << 20) / NFS_PAGE_BYTES;
	char path[PATH_MAX + 16], name[32];
	u32 i;
	int err;

	snprintf(path, sizeof(path), "%s/work", export);
	if (mkdir(export, 0755) || mkdir(path, 0755))
		return -errno;
	snprintf(path, sizeof(path), "%s/names", export);
	if (mkdir(path, 0755))
		return -errno;
	err = make_file(export, "file", NFS_FILE_PAGES);
	if (!err)
		err = make_file(export, "big", big_pages);
	for (i = 0; i < NFS_NAMES && !err; i++) {
		snprintf(name, sizeof(name), "names/" NFS_NAME_FORMAT, i);
		err = make_file(export, name, 0);
	}
	return err;
}

int nfs_scratch_make(struct nfs_bench *bench)
{
	struct nfs_server *server;
	int err = 0;
	int peer;

	snprintf(bench->scratch, sizeof(bench->scratch),
		 "%.4000s/sluice-nfs.XXXXXX", bench->directory);
	if (!mkdtemp(bench->scratch)) {
		err = -errno;
		bench->scratch[0] = '\0';
	}
	for (peer = 0; peer < NFS_PEERS && !err; peer++) {
		server = &bench->server[peer];
		server->peer = peer;
		snprintf(server->directory, sizeof(server->directory),
			 "%.4020s/%s", bench->scratch, nfs_peer_name[peer]);
		snprintf(server->export, sizeof(server->export),
			 "%.4020s/%s/files", bench->scratch,
			 nfs_peer_name[peer]);
		if (peer == NFS_GANESHA && !bench->ganesha)
			continue;
		err = mkdir(server->directory, 0755) ? -errno :
		      make_export(bench, server->export);
	}
	if (!err)
		return 0;
	fprintf(stderr, "sluice bench nfs: cannot make files in %s: %s\n",
		bench->directory, strerror(-err));
	return -EIO;
}

static int forget(const char *path, const struct stat *status, int type,
		  struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void nfs_scratch_remove(struct nfs_bench *bench)
{
	if (bench->scratch[0])
		nftw(bench->scratch, forget, 16, FTW_DEPTH | FTW_PHYS);
	bench->scratch[0] = '\0';
}

/* What kind of file system the files are on. */
const char *nfs_scratch_kind(const struct nfs_bench *bench)
{
	static const struct {
		unsigned long magic;
		const char *name;
	} kinds[] = {
		{ EXT4_SUPER_MAGIC, "ext4" },	{ TMPFS_MAGIC, "tmpfs" },
		{ XFS_SUPER_MAGIC, "xfs" },	{ BTRFS_SUPER_MAGIC, "btrfs" },
		{ OVERLAYFS_SUPER_MAGIC, "overlay" },
	};
	struct statfs status;
	size_t i;

	if (statfs(bench->directory, &status))
		return "unknown";
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((unsigned long)status.f_type == kinds[i].magic)
			return kinds[i].name;
	return "another file system";
}
