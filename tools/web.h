/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The dashboard in a browser.
 *
 *   /                    the page, with page.css, its scripts and chart.js
 *   /events              what it shows, as server-sent events
 *   /api/stats.json      the same, once
 *   /api/history.json    rates and queues of the last minutes
 *   /metrics             counters for Prometheus, as OpenMetrics text
 *
 * One thread looks at the feed and serves everybody; it only answers GET and
 * HEAD, so nothing can be changed through it.  There are limits on
 * connections, on the size of requests and on the time that they may take.
 *
 *   web.c          the thread, its socket, its clock
 *   web_answer.c   requests and answers
 *   web_json.c, web_metrics.c   what is in them
 *   web_page.c     files of tools/web/, built in
 */
#ifndef SL_WEB_H
#define SL_WEB_H

#include <microhttpd.h>

#include "profiler/scope.h"

#define SL_WEB_CONNECTIONS_MAX	64
#define SL_WEB_STREAMS_MAX	32	/* of these, with /events */
#define SL_WEB_REQUEST_BYTES	8192	/* a request's head is smaller */
#define SL_WEB_REQUEST_S	60	/* and comes within that time, */
#define SL_WEB_HURRY_S		5	/* or this, if many others are there */

/* Text that several streams are sending; gone when the last lets go. */
struct sl_web_frame {
	u32 users;
	u64 number;
	size_t bytes;
	char *text;
};

/* A connection. */
struct sl_web_visitor {
	struct sl_web_visitor *next, **at;
	int fd;
	u64 since_ns;		/* when it began to wait for a request */
	bool answering;
};

/* A connection to /events. */
struct sl_web_stream {
	struct sl_web_stream *next, **at;
	struct sl_web *web;
	struct MHD_Connection *connection;
	struct sl_web_frame *frame;
	size_t sent;		/* of the frame */
	u64 number;		/* of the last frame that was begun */
	bool suspended;
};

struct sl_web {
	struct sl_scope scope;
	char name[300];		/* that is looked for when it has ended, or "" */
	double interval;
	bool loopback;
	struct MHD_Daemon *daemon;
	struct sl_web_frame *latest;
	struct sl_web_stream *streams;
	u32 stream_count;
	struct sl_web_visitor *visitors;
	u32 visitor_count;
	pthread_t thread;
	int stop_fd;
	char address[80];	/* as a browser wants it */
};

struct sl_web_options {
	const char *who;	/* the command, for complaints */
	const char *listen;	/* ADDRESS:PORT, :PORT or PORT */
	const char *name;	/* pipeline, segment or recording; NULL: latest */
	double interval;	/* seconds between two looks; 0: 1 */
	double speed;		/* of a recording; 0: 1 */
	bool again;		/* when it has ended, wait for the next one */
};

struct sl_web *sl_web_start(const struct sl_web_options *options);
void sl_web_stop(struct sl_web *web);

/* web_command.c */
int sl_web_wait(const struct sl_web_options *options);

/* web_socket.c */
int sl_web_listen(const struct sl_web_options *options, char *address,
		  size_t bytes, bool *loopback);

/* web_answer.c */
struct MHD_Daemon *sl_web_serve(struct sl_web *web, int listener);
void sl_web_publish(struct sl_web *web);
void sl_web_hurry(struct sl_web *web, u64 now_ns);
void sl_web_let_go(struct sl_web *web);

/* web_json.c */
void sl_web_state(const struct sl_scope *scope, FILE *out);
void sl_web_history(const struct sl_scope *scope, FILE *out);

/* web_metrics.c */
void sl_web_metrics(const struct sl_stats *stats, FILE *out);

/* web_page.c */
struct sl_web_file {
	const char *path;
	const char *type;
	const char *start, *end;
};

const struct sl_web_file *sl_web_file(const char *path);

#endif /* SL_WEB_H */
