/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A disk of the test's under the export of wire_test.h: an image in memory,
 * mounted where only this process and its children see it.
 */
#ifndef WIRE_DISK_TEST_H
#define WIRE_DISK_TEST_H

#include <sched.h>
#include <sys/mount.h>

#include "stages/nfs/wire_test.h"

/* What is mounted from here on, only we see. */
static inline bool disk_alone(void)
{
	return !unshare(CLONE_NEWNS) &&
	       !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static inline bool disk_command(const char *format, ...)
{
	char command[1200];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(command, sizeof(command) - 20, format, args);
	va_end(args);
	strcpy(command + n, " >/dev/null 2>&1");
	return !system(command);
}

static inline bool disk_knows(const char *type)
{
	FILE *file = fopen("/proc/filesystems", "re");
	char line[128];
	bool known = false;

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		known |= strrchr(line, '\t') &&
			 !strcmp(strrchr(line, '\t') + 1, type);
	}
	if (file)
		fclose(file);
	return known;
}

static inline bool disk_mount(const char *options)
{
	return CHECK(disk_command("mount -o loop%s%s %s/disk/image %s",
				  *options ? "," : "", options, server.base,
				  server.export)) &&
	       CHECK(!chmod(server.export, 0777));
}

static inline void disk_unmount(void)
{
	CHECK(!umount(server.export));
}

/* An empty disk to be mounted; false, having said why, if there is none. */
static inline bool disk_make(const char *type, u32 mib)
{
	char at[256];
	bool made;

	snprintf(at, sizeof(at), "%s/disk", server.base);
	made = disk_knows(type) && !mkdir(at, 0700) &&
	       !mount("tmpfs", at, "tmpfs", 0, NULL) &&
	       disk_command("PATH=$PATH:/sbin:/usr/sbin;"
			    " truncate -s %uM %s/image &&"
			    " mkfs.%s -q %s/image", mib, at, type, at) &&
	       disk_command("mount -o loop %s/image %s", at, server.export) &&
	       !umount(server.export);
	if (!made)
		printf("no %s: the host has none, no mkfs for it, or no loop"
		       " devices\n", type);
	return made;
}

/* The server, if it runs, and all that there was. */
static inline void disk_close(void)
{
	char at[256];

	if (server.pid)
		server_stop();
	snprintf(at, sizeof(at), "%s/disk", server.base);
	umount2(server.export, MNT_DETACH);
	umount2(at, MNT_DETACH);
	server_close();
}

#endif /* WIRE_DISK_TEST_H */
