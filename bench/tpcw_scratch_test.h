/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_SCRATCH_TEST_H
#define BENCH_TPCW_SCRATCH_TEST_H

/* A directory of the test's own, where temporary files go. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static char scratch[PATH_MAX - 256];

static inline bool scratch_make(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(scratch, sizeof(scratch), "%s/tpcw_test.XXXXXX",
		 parent && *parent ? parent : "/tmp");
	if (mkdtemp(scratch))
		return true;
	perror(scratch);
	return false;
}

#endif
