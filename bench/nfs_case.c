// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "bench/nfs_bench.h"

#define CALLS	"calls/s", 1
#define GIGA	"GB/s", 1e9
/* Enough to keep a server busy; more only moves the caches. */
#define IN_FLIGHT_ON	8

/* One by one, as a slow program asks, as a busy one, as many at once. */
#define LIBNFS(group, name, title, load) \
	{ name, title, CALLS, group, false, load, 1, 0, NULL }, \
	{ name, title, CALLS, group, false, load, 16, 0, NULL }, \
	{ name, title, CALLS, group, false, load, 64, 0, NULL }

#define LEAN(group, name, title, load, files, beside) \
	{ name, title, CALLS, group, true, load, 64, files, beside }

const struct nfs_case nfs_cases[] = {
	LIBNFS(0, "getattr", "GETATTR", NFS_CLIENT_GETATTR),
	LIBNFS(1, "lookup", "LOOKUP", NFS_CLIENT_LOOKUP),
	LIBNFS(2, "read", "READ 4 KiB", NFS_CLIENT_READ),
	LIBNFS(3, "write", "WRITE 4 KiB, COMMIT", NFS_CLIENT_WRITE),
	LIBNFS(4, "create", "CREATE + REMOVE", NFS_CLIENT_CREATE),
	LIBNFS(5, "readdirplus", "READDIRPLUS 100", NFS_CLIENT_READDIRPLUS),
	{ "sequential-read", "READ all, <= 1 MiB", GIGA, 6, false,
	  NFS_CLIENT_READ_ON, IN_FLIGHT_ON, 0, NULL },
	{ "sequential-write", "WRITE all, <= 1 MiB", GIGA, 7, false,
	  NFS_CLIENT_WRITE_ON, IN_FLIGHT_ON, 0, NULL },
	LEAN(8, "lean-null", "NULL (echo)", NFS_NULL, 0, NULL),
	LEAN(8, "lean-getattr", "GETATTR", NFS_GETATTR, 0, "lean-null"),
	LEAN(8, "lean-read", "READ 4 KiB", NFS_READ, 0, "lean-null"),
	LEAN(8, "lean-write", "WRITE 4 KiB, COMMIT", NFS_WRITE, 0,
	     "lean-null"),
	LEAN(8, "lean-20k", "GETATTR of 20,000", NFS_GETATTR_FAR, 20000,
	     "lean-getattr"),
	LEAN(8, "lean-200k", "GETATTR of 200,000", NFS_GETATTR_FAR, 200000,
	     "lean-getattr"),
};
const u32 nfs_case_count = ARRAY_SIZE(nfs_cases);

/* A name stands for all that begin with it and a dash, too. */
static bool names(const char *word, const char *name)
{
	size_t bytes = strlen(word);

	return !strncmp(word, name, bytes) && (!name[bytes] ||
					       name[bytes] == '-');
}

static void complain(const char *word)
{
	const char *last = "";
	u32 i;

	fprintf(stderr, "sluice bench nfs: no load '%s'; there are", word);
	for (i = 0; i < nfs_case_count; i++) {
		if (strcmp(nfs_cases[i].name, last))
			fprintf(stderr, " %s", nfs_cases[i].name);
		last = nfs_cases[i].name;
	}
	fprintf(stderr, "\n");
}

int nfs_case_choose(struct nfs_bench *bench, const char *list)
{
	char words[256];
	char *at = words, *word;
	u32 i;

	memset(bench->wanted, 0, sizeof(bench->wanted));
	snprintf(words, sizeof(words), "%s", list);
	while ((word = strsep(&at, ","))) {
		bool found = false;

		for (i = 0; i < nfs_case_count; i++)
			if (names(word, nfs_cases[i].name))
				found = bench->wanted[i] = true;
		if (!found) {
			complain(word);
			return -EINVAL;
		}
	}
	return 0;
}
