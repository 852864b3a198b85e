/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Where the tests of what programs may expect of files are made: in a
 * directory of their own below the one that is their argument, or below
 * TMPDIR.  fuse_test.sh runs them on a mount; on the host's own directory
 * they prove that it is the host's behaviour that they ask for.
 */
#ifndef SL_POSIX_SITE_TEST_H
#define SL_POSIX_SITE_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/test.h"

/* A call fails, and with this error. */
#define FAILS(call, error)						\
	do {								\
		errno = 0;						\
		CHECK_EQ((call) < 0 ? errno : 0, (error));		\
	} while (0)
#define WORKS(call) CHECK_EQ((call) < 0 ? errno : 0, 0)

static char posix_place[PATH_MAX];

static inline int posix_remove_one(const char *path, const struct stat *st,
				   int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	remove(path);
	return 0;
}

static inline void posix_enter(int argc, char **argv)
{
	const char *top = argc > 1 ? argv[1] : getenv("TMPDIR");

	snprintf(posix_place, sizeof(posix_place), "%s/posix.XXXXXX",
		 top && *top ? top : "/tmp");
	if (!mkdtemp(posix_place) || chmod(posix_place, 0777) ||
	    chdir(posix_place)) {
		perror(posix_place);
		exit(1);
	}
	umask(022);
	/* What hangs is to fail. */
	alarm(120);
}

static inline void posix_leave(void)
{
	if (!chdir("/"))
		nftw(posix_place, posix_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	CHECK_EQ(access(posix_place, F_OK), -1);
}

/* Makes a file with some text in it. */
static inline void posix_write(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* The text in a file, or "?" if it cannot be read. */
static inline const char *posix_read(const char *name)
{
	static char text[256];
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return "?";
	text[n] = 0;
	return text;
}

static inline struct stat posix_stat(const char *name)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	CHECK_EQ(lstat(name, &st), 0);
	return st;
}

/* A child as another user; returns 0 in it, and to the parent its pid. */
static inline pid_t posix_fork_as(uid_t uid, gid_t gid, gid_t group)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	/* The system calls, for this thread is all there is. */
	if (syscall(SYS_setgroups, group ? 1 : 0, &group) ||
	    setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		_exit(99);
	return 0;
}

/* Whether all was well with a child: it says so with 0. */
static inline void posix_wait(pid_t pid)
{
	int status = -1;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* In a child: what fails is its exit status. */
#define POSIX_EXPECT(cond)						\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: failed: %s: %m\n",	\
				__FILE__, __LINE__, #cond);		\
			_exit(1);					\
		}							\
	} while (0)

#endif /* SL_POSIX_SITE_TEST_H */
