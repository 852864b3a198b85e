// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * vm_nfs_write FILE KIB: a program that has not yet called fsync(2).
 *
 * Writes so much to FILE, sees to it that it has left this machine and leaves
 * it uncommitted; says so on stdout and waits for a line on stdin; then calls
 * fsync and looks whether all of it is there.  What the server has lost in
 * between, the client has to send again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK	1024

static int complain(const char *what)
{
	fprintf(stderr, "vm_nfs_write: %s: %s\n", what, strerror(errno));
	return 1;
}

static void fill(unsigned char *chunk, unsigned long number)
{
	unsigned long i;

	for (i = 0; i < CHUNK; i++)
		chunk[i] = (unsigned char)(i * 31 + number * 7 + 1);
}

static int write_all(int fd, unsigned long chunks)
{
	unsigned char chunk[CHUNK];
	unsigned long i;

	for (i = 0; i < chunks; i++) {
		fill(chunk, i);
		if (write(fd, chunk, CHUNK) != CHUNK)
			return complain("write");
	}
	return 0;
}

static int compare_all(int fd, unsigned long chunks)
{
	unsigned char want[CHUNK], got[CHUNK];
	unsigned long i;

	/* Not what is remembered here. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (i = 0; i < chunks; i++) {
		fill(want, i);
		if (pread(fd, got, CHUNK, (off_t)(i * CHUNK)) != CHUNK)
			return complain("read");
		if (memcmp(want, got, CHUNK)) {
			fprintf(stderr, "vm_nfs_write: KiB %lu is lost\n", i);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long chunks = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	char line[16];
	int fd;

	if (!chunks) {
		fputs("Usage: vm_nfs_write FILE KIB\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return complain("open");
	if (write_all(fd, chunks))
		return 1;
	/* Unlike fsync and close it asks for no COMMIT. */
	if (sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE |
					      SYNC_FILE_RANGE_WRITE |
					      SYNC_FILE_RANGE_WAIT_AFTER))
		return complain("sync_file_range");
	puts("written");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return complain("stdin");
	if (fsync(fd))
		return complain("fsync");
	return compare_all(fd, chunks);
}
