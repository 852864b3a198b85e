// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "tools/web.h"

/* Perhaps it was started again: then that is what people want to see. */
static void find_again(struct sl_web *web)
{
	struct sl_scope scope;

	if (!*web->name || sl_scope_open(&scope, web->name))
		return;
	sl_scope_close(&web->scope);
	web->scope = scope;
}

static void look(struct sl_web *web)
{
	bool ended = web->scope.ended;
	int new = sl_scope_look(&web->scope);

	if (new > 0 || web->scope.ended != ended)
		sl_web_publish(web);
	if (web->scope.ended)
		find_again(web);
}

/* How long to wait, in ms, until the next look or until the library asks. */
static int wait_ms(struct sl_web *web, u64 now, u64 due)
{
	MHD_UNSIGNED_LONG_LONG library;
	u64 ms = due > now ? (due - now) / 1000000 + 1 : 0;

	if (MHD_get_timeout(web->daemon, &library) == MHD_YES)
		ms = min_t(u64, ms, library);
	return ms;
}

static void *run(void *context)
{
	struct sl_web *web = context;
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(
		web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {
		{ .fd = info->epoll_fd, .events = POLLIN },
		{ .fd = web->stop_fd, .events = POLLIN },
	};
	u64 due = 0;

	for (;;) {
		u64 now = ktime_get_ns();

		if (now >= due) {
			/* The first rates come soon. */
			due = now + (web->scope.looks ? web->interval * 1e9
						      : 1e8);
			look(web);
			sl_web_hurry(web, now);
		}
		poll(fds, ARRAY_SIZE(fds), wait_ms(web, now, due));
		if (fds[1].revents)
			return NULL;
		MHD_run(web->daemon);
	}
}

static int open_scope(struct sl_web *web, const struct sl_web_options *options)
{
	int err = sl_scope_open(&web->scope, options->name);

	if (err) {
		sl_feed_explain(err, options->who, options->name, stderr);
		return err;
	}
	if (options->speed > 0)
		sl_feed_pace(&web->scope.feed, options->speed);
	web->interval = options->interval > 0 ? options->interval : 1;
	if (options->again && !web->scope.feed.record)
		snprintf(web->name, sizeof(web->name), "%s",
			 web->scope.after->name);
	return 0;
}

static int start_thread(struct sl_web *web)
{
	sigset_t all, before;
	int err;

	/* Signals are for whoever started this. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = -pthread_create(&web->thread, NULL, run, web);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/**
 * sl_web_start() - show a pipeline or a recording to browsers
 * @options: which one, and where
 *
 * Says where it is, or in a line why it cannot be.
 *
 * Return: the dashboard, for sl_web_stop(), or NULL.
 */
struct sl_web *sl_web_start(const struct sl_web_options *options)
{
	struct sl_web *web = calloc(1, sizeof(*web));
	int listener;

	if (!web || open_scope(web, options))
		goto err_free;
	listener = sl_web_listen(options, web->address, sizeof(web->address),
				 &web->loopback);
	if (listener < 0)
		goto err_scope;
	web->daemon = sl_web_serve(web, listener);
	if (!web->daemon) {
		close(listener);
		goto err_say;
	}
	web->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (web->stop_fd < 0)
		goto err_daemon;
	if (start_thread(web))
		goto err_stop;
	fprintf(stderr, "%s: dashboard at http://%s/\n", options->who,
		web->address);
	return web;
err_stop:
	close(web->stop_fd);
err_daemon:
	MHD_stop_daemon(web->daemon);
err_say:
	fprintf(stderr, "%s: cannot serve the dashboard\n", options->who);
err_scope:
	sl_scope_close(&web->scope);
err_free:
	free(web);
	return NULL;
}

/**
 * sl_web_stop() - end what sl_web_start() began
 * @web: the dashboard, or NULL
 */
void sl_web_stop(struct sl_web *web)
{
	u64 one = 1;

	if (!web)
		return;
	while (write(web->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(web->thread, NULL);
	sl_web_let_go(web);
	MHD_stop_daemon(web->daemon);
	close(web->stop_fd);
	if (web->latest)
		free(web->latest->text);
	free(web->latest);
	sl_scope_close(&web->scope);
	free(web);
}
