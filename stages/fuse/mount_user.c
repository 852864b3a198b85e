// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Mounting and unmounting, by libfuse: as root by mount(2), as another user
 * with the help of fusermount3.
 *
 * To unmount is to wait for those who use the mount, and they wait for the
 * pipeline.  So a thread of its own does that, while requests are answered.
 */
#include <errno.h>
#include <fcntl.h>
#define FUSE_USE_VERSION 314
#include <fuse3/fuse_lowlevel.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <linux/err.h>
#include <asm/barrier.h>

#include "stages/fuse/fuse_user.h"

extern char **environ;

/* Not in the stage's region, for the thread has no rights to that. */
struct sl_fuse_mount {
	struct sl_stage *stage;
	struct fuse_session *session;
	const char *mountpoint;
	int fd;
	pthread_t thread;
	sem_t asked;
	bool told;		/* that it is in use */
	/* Written by the thread. */
	u32 state;		/* enum sl_fuse_mount_state */
};

/* What libfuse said last; one mount after the other is made. */
static char said[256];

static void keep_words(enum fuse_log_level level, const char *format,
		       va_list list)
{
	(void)level;
	vsnprintf(said, sizeof(said), format, list);
	said[strcspn(said, "\n")] = 0;
}

static int make_session(struct sl_fuse_mount *mount, const char *arguments)
{
	static const struct fuse_lowlevel_ops none;
	char name[] = "sluice", flag[] = "-o";
	char *options = strdup(arguments);
	char *argv[] = { name, flag, options, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);

	if (!options)
		return -ENOMEM;
	mount->session = fuse_session_new(&args, &none, sizeof(none), NULL);
	fuse_opt_free_args(&args);
	free(options);
	return mount->session ? 0 : -EINVAL;
}

/* The signals that fusermount3's child would get are not our business. */
static int mount_it(struct sl_stage *stage, struct sl_fuse_mount *mount)
{
	const struct sl_fuse_options *options = stage->options;
	char arguments[512];
	int err;

	if (strpbrk(options->fsname, ",\\") || !*options->fsname ||
	    strlen(options->fsname) > 255) {
		sl_stage_log(stage, "fsname: '%s' is no name for a mount; leave commas and backslashes out, and let it have 1 to 255 bytes",
			     options->fsname);
		return -EINVAL;
	}
	snprintf(arguments, sizeof(arguments),
		 "default_permissions,subtype=sluice,fsname=%s%s",
		 options->fsname, options->allow_other ? ",allow_other" : "");
	*said = 0;
	fuse_set_log_func(keep_words);
	err = make_session(mount, arguments);
	if (!err && fuse_session_mount(mount->session, options->mountpoint))
		err = errno ? -errno : -EPERM;
	if (!err)
		return 0;
	sl_stage_log(stage, "cannot mount on %s: %s%s", options->mountpoint,
		     *said ? said : strerror(-err),
		     geteuid() && options->allow_other
			     ? "; allow_other takes user_allow_other in /etc/fuse.conf"
			     : "");
	if (mount->session)
		fuse_session_destroy(mount->session);
	return -EPERM;
}

/* What programs have written by mmap() is to be written before it ends. */
static void sync_all(const struct sl_fuse_mount *mount)
{
	int fd = open(mount->mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	syncfs(fd);
	close(fd);
}

/* What root may do by itself fusermount3 does for others. */
static bool unmount(const struct sl_fuse_mount *mount)
{
	char tool[] = "fusermount3", flag[] = "-u", quiet[] = "-q";
	char end[] = "--";
	char *argv[] = { tool, flag, quiet, end, (char *)mount->mountpoint,
			 NULL };
	int status;
	pid_t pid;

	if (!umount2(mount->mountpoint, UMOUNT_NOFOLLOW))
		return true;
	if (errno != EPERM)
		return false;
	if (posix_spawnp(&pid, tool, NULL, NULL, argv, environ))
		return false;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void *end(void *arg)
{
	struct sl_fuse_mount *mount = arg;

	while (sem_wait(&mount->asked))
		continue;
	if (READ_ONCE(mount->state) == SL_FUSE_UNMOUNTED)
		return NULL;
	sync_all(mount);
	/* Pairs with the load in sl_fuse_mount_state(). */
	smp_store_release(&mount->state, unmount(mount) ? SL_FUSE_UNMOUNTED
							: SL_FUSE_BUSY);
	sl_stage_wake(mount->stage);
	return NULL;
}

static int start_thread(struct sl_fuse_mount *mount)
{
	int err;

	sem_init(&mount->asked, 0, 0);
	err = pthread_create(&mount->thread, NULL, end, mount);
	if (!err)
		pthread_setname_np(mount->thread, "sluice/umount");
	return -err;
}

/**
 * sl_fuse_mount_open() - mount
 * @stage: the fuse stage; its mountpoint was looked at
 *
 * Return: the mount, or an ERR_PTR() when the reason has been said.
 */
struct sl_fuse_mount *sl_fuse_mount_open(struct sl_stage *stage)
{
	const struct sl_fuse_options *options = stage->options;
	struct sl_fuse_mount *mount = calloc(1, sizeof(*mount));
	int err;

	if (!mount)
		return ERR_PTR(-ENOMEM);
	mount->stage = stage;
	mount->mountpoint = realpath(options->mountpoint, NULL);
	err = mount->mountpoint ? mount_it(stage, mount) : -errno;
	if (err)
		goto err_mount;
	mount->fd = fuse_session_fd(mount->session);
	err = fcntl(mount->fd, F_SETFL, O_NONBLOCK) ||
	      fcntl(mount->fd, F_SETFD, FD_CLOEXEC) ? -errno : 0;
	if (!err)
		err = sl_stage_watch(stage, mount->fd);
	if (!err)
		err = start_thread(mount);
	if (!err)
		return mount;
	sl_stage_log(stage, "cannot serve %s: %s", options->mountpoint,
		     strerror(-err));
	fuse_session_unmount(mount->session);
	fuse_session_destroy(mount->session);
err_mount:
	free((char *)mount->mountpoint);
	free(mount);
	return ERR_PTR(err);
}

/*
 * What is unmounted libfuse leaves alone if the descriptor says so.  The
 * kernel's says it only when the mount is gone in every namespace that had got
 * a copy, so another one takes its place: a pipe that nobody reads.
 */
static void hide_descriptor(const struct sl_fuse_mount *mount)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return;
	dup2(ends[1], mount->fd);
	close(ends[0]);
	close(ends[1]);
}

/**
 * sl_fuse_mount_close() - see to it that nothing is mounted any more
 * @mount: the mount; nobody answers requests now
 *
 * libfuse closes the descriptor first, so that nobody waits for an answer, and
 * leaves alone what is unmounted already.
 */
void sl_fuse_mount_close(struct sl_fuse_mount *mount)
{
	u32 state = smp_load_acquire(&mount->state);

	if (state == SL_FUSE_BUSY)
		sl_stage_log(mount->stage, "%s is in use; it is taken away, and who uses it gets errors from now on",
			     mount->mountpoint);
	if (state == SL_FUSE_UNMOUNTED)
		hide_descriptor(mount);
	fuse_session_unmount(mount->session);
	/* If it was never asked to do anything, it is to end. */
	if (state == SL_FUSE_MOUNTED && !mount->told)
		WRITE_ONCE(mount->state, SL_FUSE_UNMOUNTED);
	sem_post(&mount->asked);
	pthread_join(mount->thread, NULL);
	sem_destroy(&mount->asked);
	fuse_session_destroy(mount->session);
	free((char *)mount->mountpoint);
	free(mount);
}

int sl_fuse_mount_fd(const struct sl_fuse_mount *mount)
{
	return mount->fd;
}

/* Begins to unmount; the stage's core is woken when that is done. */
void sl_fuse_mount_end(struct sl_fuse_mount *mount)
{
	mount->told = true;
	sem_post(&mount->asked);
}

enum sl_fuse_mount_state
sl_fuse_mount_state(const struct sl_fuse_mount *mount)
{
	return smp_load_acquire(&mount->state);
}
