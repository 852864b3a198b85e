// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * socket: TCP connections of the host's kernel.
 *
 * Right port "next" (bytes): who speaks with the peers.  Listens on `listen`,
 * calls the right with what connections receive, and writes what it sends:
 * one receive and one send for all that a connection has in a batch.  While
 * a connection has bytes to write it is not read, and while the bank is
 * empty none is, so peers that do not listen fill their own sockets.
 *
 * May be replicated: the kernel then spreads connections over the replicas.
 *
 * Why epoll and not io_uring: in the smallest server there can be (one loop,
 * 64 connections, 1 KiB replies) multishot receives into provided buffers,
 * with sends submitted by the batch, took some 6 % less CPU for a request than
 * epoll, in a few noisy trials.  For that connections could no longer be left
 * unread one by one, which is how back-pressure reaches clients, and hosts
 * that forbid io_uring would be left out.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "membank/region.h"
#include "stages/net/connection_user.h"
#include "stages/stages.h"

#define RECEIVE_MAX	64		/* in a turn */
#define LINGER_NS	2000000000u	/* for the peer to close as well */
#define CROWD_NS	1000000000u	/* for a peer to read, in a crowd */
#define SWEEP_MAX	512		/* connections looked at in a tick */
#define SPARE_FDS	64		/* that others in the process need */

/* More descriptors than a shell gives; what the host refuses, accept() meets. */
static void want_descriptors(u64 count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= count)
		return;
	limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int socket_open(struct sl_stage *stage)
{
	const struct sl_socket_options *options = stage->options;
	struct sl_socket *net = stage->private;
	int err;

	if (!stage->bank) {
		sl_stage_log(stage, "events and event_bytes must not be 0");
		return -EINVAL;
	}
	net->connections_max = options->connections_max;
	net->connection = sl_region_carve(stage->region, net->connections_max *
						sizeof(*net->connection));
	if (!net->connection) {
		sl_stage_log(stage, "no memory for %u connections; lower connections_max",
			     net->connections_max);
		return -ENOMEM;
	}
	want_descriptors(options->connections_max + SPARE_FDS);
	net->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (net->epoll < 0) {
		err = -errno;
		sl_stage_log(stage, "no epoll: %s", strerror(-err));
		return err;
	}
	err = sl_socket_listen(stage);
	if (err)
		goto err_epoll;
	err = sl_stage_watch(stage, net->epoll);
	if (err) {
		sl_stage_log(stage, "cannot wait for sockets: %s",
			     strerror(-err));
		goto err_listener;
	}
	return 0;

err_listener:
	close(net->listener);
err_epoll:
	close(net->epoll);
	return err;
}

/* Finds whom an event is about; NULL if that connection is history. */
static struct sl_connection *find(struct sl_socket *net,
				  struct sl_event *event)
{
	const struct sl_bytes_args *args = sl_bytes(event);
	struct sl_connection *c;

	if (args->connection >= net->high)
		return NULL;
	c = &net->connection[args->connection];
	return c->generation == args->generation ? c : NULL;
}

/* Appends to what a connection has to write; returns it if it is the first. */
static struct sl_connection *take_send(struct sl_stage *stage,
				       struct sl_event *event)
{
	struct sl_socket *net = stage->private;
	struct sl_connection *c = find(net, event);

	if (unlikely(!c || c->fd < 0 || c->last)) {
		sl_stage_free(stage, event);
		return NULL;
	}
	sl_fifo_put(&c->out, event);
	net->held++;
	c->last = event->flags & SL_BYTES_LAST;
	if (c->dirty)
		return NULL;
	c->dirty = true;
	return c;
}

static u32 socket_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	const struct sl_socket *net = stage->private;
	struct sl_connection *dirty[SL_BATCH_MAX];
	u32 count = 0;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		struct sl_connection *c;

		if (event->op == SL_BYTES_SEND) {
			c = take_send(stage, event);
			if (c)
				dirty[count++] = c;
			continue;
		}
		c = find(stage->private, event);
		if (likely(c))
			sl_connection_answered(stage, c, event);
		else
			sl_stage_free(stage, event);
	}
	for (i = 0; i < count; i++) {
		dirty[i]->dirty = false;
		sl_connection_write(stage, dirty[i]);
	}
	sl_stage_hold(stage, net->held);
	return batch->count;
}

/* What epoll has to say about a connection. */
static void note(struct sl_stage *stage, struct sl_connection *c, u32 events)
{
	struct sl_socket *net = stage->private;

	if (unlikely(c->fd < 0))
		return;
	if (unlikely(events & EPOLLERR) ||
	    unlikely(events & EPOLLHUP && c->lingering)) {
		if (!c->lingering)
			sl_stage_drop(stage, SL_SOCKET_DROP_RESET);
		sl_connection_end(stage, c, false);
		return;
	}
	if (events & (EPOLLIN | EPOLLRDHUP)) {
		c->readable = true;
		if (events & EPOLLRDHUP)
			c->hangup = true;
		if (!c->calling || c->lingering)
			sl_connection_queue(net, c);
	}
	if (unlikely(c->blocked) && events & EPOLLOUT) {
		c->blocked = false;
		sl_connection_write(stage, c);
	}
}

/* Serves the queue once round, or as long as there are events. */
static u32 attend(struct sl_stage *stage)
{
	struct sl_socket *net = stage->private;
	struct sl_connection *end = net->last;
	u32 most = sl_stage_share(stage, RECEIVE_MAX);
	struct sl_connection *c;
	u32 done = 0;

	while ((c = net->first) && done < most) {
		net->first = c->next;
		c->attended = false;
		if (!sl_connection_attend(stage, c)) {
			/* It stays the first. */
			c->attended = true;
			c->next = net->first;
			if (!net->first)
				net->last = c;
			net->first = c;
			break;
		}
		done++;
		if (c == end)
			break;
	}
	return done;
}

static u32 socket_poll(struct sl_stage *stage)
{
	struct sl_socket *net = stage->private;
	struct epoll_event event[RECEIVE_MAX];
	bool knock = false;
	int n, i;

	n = epoll_wait(net->epoll, event, RECEIVE_MAX, 0);
	for (i = 0; i < n; i++) {
		if (event[i].data.ptr)
			note(stage, event[i].data.ptr, event[i].events);
		else
			knock = true;
	}
	/* Last, lest news of an old connection be taken for a new one's. */
	if (unlikely(knock))
		return sl_socket_accept(stage) + attend(stage);
	return attend(stage);
}

/*
 * How long a peer may read nothing of what waits for it.  Events that wait are
 * missing in the banks of others, so a crowd that reads nothing must not keep
 * many of them for long.
 */
static u64 patience_ns(const struct sl_stage *stage)
{
	const struct sl_socket_options *options = stage->options;
	const struct sl_socket *net = stage->private;

	if (net->held > options->unread_max &&
	    options->send_timeout_ns > CROWD_NS)
		return CROWD_NS;
	return options->send_timeout_ns;
}

static void check_time(struct sl_stage *stage, struct sl_connection *c,
		       u64 now_ns)
{
	const struct sl_socket_options *options = stage->options;
	u64 quiet_ns = now_ns > c->active_ns ? now_ns - c->active_ns : 0;

	if (c->fd < 0)
		return;
	if (c->lingering) {
		if (quiet_ns >= LINGER_NS)
			sl_connection_end(stage, c, true);
	} else if (c->out.first) {
		if (quiet_ns >= patience_ns(stage)) {
			sl_stage_drop(stage, SL_SOCKET_DROP_SEND);
			sl_connection_end(stage, c, true);
		}
	} else if (!c->calling && quiet_ns >= options->idle_timeout_ns) {
		sl_stage_drop(stage, SL_SOCKET_DROP_IDLE);
		sl_connection_end(stage, c, false);
	}
}

static void socket_tick(struct sl_stage *stage, u64 now_ns)
{
	struct sl_socket *net = stage->private;
	u32 count = net->high < SWEEP_MAX ? net->high : SWEEP_MAX;

	if (net->short_of_fds) {
		net->short_of_fds = false;
		sl_socket_watch(stage, true);
	}
	while (count--) {
		if (net->sweep >= net->high)
			net->sweep = 0;
		check_time(stage, &net->connection[net->sweep++], now_ns);
	}
	sl_stage_hold(stage, net->held);
	/* What has ended is to be told even if the core falls asleep now. */
	attend(stage);
}

static void stop_listening(struct sl_socket *net)
{
	if (net->listener >= 0)
		close(net->listener);
	net->listener = -1;
	net->listening = false;
}

static bool socket_drain(struct sl_stage *stage)
{
	struct sl_socket *net = stage->private;

	net->draining = true;
	stop_listening(net);
	return !net->calls && !net->unsent && !net->lingering;
}

static void socket_close(struct sl_stage *stage)
{
	struct sl_socket *net = stage->private;
	u32 i;

	stop_listening(net);
	for (i = 0; i < net->high; i++)
		if (net->connection[i].fd >= 0)
			close(net->connection[i].fd);
	close(net->epoll);
}

#define OFFSET(field) offsetof(struct sl_socket_options, field)

static const struct sl_option options[] = {
	{ "listen", SL_OPTION_ADDRESS, OFFSET(listen), 0, 0, "127.0.0.1:8080",
	  NULL, "address and port to accept connections on" },
	{ "backlog", SL_OPTION_NUMBER, OFFSET(backlog), 1, 65535, "1024", NULL,
	  "connections that may wait to be accepted" },
	{ "connections_max", SL_OPTION_NUMBER, OFFSET(connections_max), 1,
	  1 << 20, "4096", NULL, "open connections; more wait in the backlog" },
	{ "idle_timeout", SL_OPTION_DURATION, OFFSET(idle_timeout_ns), 1000000,
	  86400000000000, "60s", NULL,
	  "closes a connection on which nothing comes or goes" },
	{ "send_timeout", SL_OPTION_DURATION, OFFSET(send_timeout_ns), 1000000,
	  86400000000000, "30s", NULL,
	  "drops a peer that reads nothing of what waits for it" },
	{ "unread_max", SL_OPTION_NUMBER, OFFSET(unread_max), 0, 1 << 20,
	  "64", NULL, "events that may wait for peers to read; if more do, send_timeout is 1s at most" },
	{ .name = NULL },
};

/* In the order of enum sl_socket_drop. */
static const char *const drop_reasons[] = {
	"reset by peer", "idle timeout", "send timeout", "aborted",
	"out of descriptors", NULL,
};

const struct sl_stage_type sl_socket_stage = {
	.name = "socket",
	.summary = "TCP connections through the host's sockets",
	.class = SL_FLOW,
	.port = {
		[SL_SOCKET_BYTES_PORT] = { "next", "bytes", true, false },
	},
	.options = options,
	.options_bytes = sizeof(struct sl_socket_options),
	.private_bytes = sizeof(struct sl_socket),
	.events = 256,
	.event_bytes = 16384,
	.weight_ns = 2000,
	.drop_reasons = drop_reasons,
	.open = socket_open,
	.run = socket_run,
	.poll = socket_poll,
	.tick = socket_tick,
	.drain = socket_drain,
	.close = socket_close,
};
