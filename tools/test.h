/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_TEST_H
#define TOOLS_TEST_H

/*
 * What a test needs, and no more.
 *
 * A test is a program of its own.  It is quiet while checks hold, prints one
 * line to stderr for a check that does not, goes on, and ends with
 *
 *	N passed, N failed
 *
 *   CHECK(cond)           the condition holds
 *   CHECK_EQ(got, want)   two integers are equal; prints both if not
 *   CHECK_STR(got, want)  two strings are equal; prints both if not
 *   TEST_SKIP(reason)     says why and ends with exit code 77
 *   TEST_END()            last statement of main(): closing line, exit code
 *
 * Checks may be made from any thread.  Each yields whether it held, so that a
 * test can stop where going on makes no sense: if (!CHECK(ring)) return;
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond) sl_test_check(!!(cond), __FILE__, __LINE__, #cond)
#define CHECK_EQ(got, want)                                              \
	sl_test_check_eq((long long)(got), (long long)(want), __FILE__, \
			 __LINE__, #got)
#define CHECK_STR(got, want) \
	sl_test_check_str((got), (want), __FILE__, __LINE__, #got)
#define TEST_SKIP(reason) sl_test_skip(reason)
#define TEST_END()	  return sl_test_end()

/* A test that fails everywhere would bury its first cause. */
#define SL_TEST_REPORTS_MAX 20

static unsigned long sl_test_passed, sl_test_failed;

static inline bool sl_test_count(bool held)
{
	unsigned long *counter = held ? &sl_test_passed : &sl_test_failed;
	unsigned long n = __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);

	return !held && n <= SL_TEST_REPORTS_MAX;
}

static inline bool sl_test_check(bool held, const char *file, int line,
				 const char *what)
{
	if (sl_test_count(held))
		fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
	return held;
}

static inline bool sl_test_check_eq(long long got, long long want,
				    const char *file, int line,
				    const char *what)
{
	if (sl_test_count(got == want))
		fprintf(stderr, "%s:%d: failed: %s is %lld, expected %lld\n",
			file, line, what, got, want);
	return got == want;
}

static inline bool sl_test_check_str(const char *got, const char *want,
				     const char *file, int line,
				     const char *what)
{
	bool held = got && want ? !strcmp(got, want) : got == want;

	if (sl_test_count(held))
		fprintf(stderr,
			"%s:%d: failed: %s is\n  \"%s\", expected\n  \"%s\"\n",
			file, line, what, got ? got : "(null)",
			want ? want : "(null)");
	return held;
}

static inline void sl_test_skip(const char *reason)
{
	printf("skipped: %s\n", reason);
	exit(77);
}

static inline int sl_test_end(void)
{
	unsigned long failed =
		__atomic_load_n(&sl_test_failed, __ATOMIC_RELAXED);
	unsigned long passed =
		__atomic_load_n(&sl_test_passed, __ATOMIC_RELAXED);

	printf("%lu passed, %lu failed\n", passed, failed);
	/* A test without a single check proves nothing. */
	return failed || !passed;
}

#endif
