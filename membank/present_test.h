/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef MEMBANK_PRESENT_TEST_H
#define MEMBANK_PRESENT_TEST_H

/*
 * How much memory is really there, for the tests of what is given back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/types.h>

/* Bytes of whole pages that are present. */
static inline size_t present_bytes(void *memory, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t pages = bytes / page;
	unsigned char *present = malloc(pages);
	size_t count = 0;
	size_t i;

	if (!present || mincore(memory, bytes, present))
		abort();
	for (i = 0; i < pages; i++)
		count += present[i] & 1;
	free(present);
	return count * page;
}

/* A line of a file under /proc that starts with a word, in KiB; or 0. */
static inline unsigned long kib_of(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	char line[256], format[64];
	unsigned long kib = 0;

	snprintf(format, sizeof(format), "%s %%lu", word);
	while (file && !kib && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &kib) != 1)
			kib = 0;
	if (file)
		fclose(file);
	return kib;
}

#endif /* MEMBANK_PRESENT_TEST_H */
