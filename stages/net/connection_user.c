// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "stages/net/connection_user.h"

/* A new connection comes without a call: nothing is known of it yet. */
struct sl_connection *sl_connection_take(struct sl_socket *net, int fd,
					 u64 now_ns)
{
	struct sl_connection *c = net->free;
	u32 generation;

	if (c)
		net->free = c->next;
	else
		c = &net->connection[net->high++];
	net->in_use++;
	generation = c->generation;
	*c = (struct sl_connection){
		.fd = fd,
		.generation = generation,
		.active_ns = now_ns,
		.used = true,
	};
	return c;
}

/* Lets poll() look after a connection, once. */
void sl_connection_queue(struct sl_socket *net, struct sl_connection *c)
{
	if (c->attended)
		return;
	c->attended = true;
	c->next = NULL;
	if (net->first)
		net->last->next = c;
	else
		net->first = c;
	net->last = c;
}

/* Frees its place if neither the socket nor the right stage needs it. */
static void settle(struct sl_stage *stage, struct sl_connection *c)
{
	struct sl_socket *net = stage->private;

	if (!c->used || c->fd >= 0 || c->calling || c->attended ||
	    (c->known && !c->told))
		return;
	c->used = false;
	c->generation++;
	c->next = net->free;
	net->free = c;
	net->in_use--;
	if (!net->listening && !net->short_of_fds)
		sl_socket_watch(stage, true);
}

static void call(struct sl_stage *stage, struct sl_connection *c,
		 struct sl_event *event, u16 op)
{
	struct sl_socket *net = stage->private;
	u32 number = c - net->connection;

	event->op = op;
	event->flags = 0;
	event->flow = number;
	sl_bytes(event)->cookie = c->cookie;
	sl_bytes(event)->connection = number;
	sl_bytes(event)->generation = c->generation;
	memcpy(sl_bytes(event)->peer, c->peer, sizeof(c->peer));
	sl_bytes(event)->peer_port = c->peer_port;
	sl_bytes(event)->port = net->port;
	c->known = true;
	c->calling = true;
	net->calls++;
	sl_stage_call(stage, SL_SOCKET_BYTES_PORT, event);
}

/* Is it time to tell the right stage that the connection is closed? */
static bool is_over(const struct sl_connection *c)
{
	return c->known && !c->told && !c->calling &&
	       (c->fd < 0 || c->lingering);
}

static void say_closed(struct sl_stage *stage, struct sl_connection *c,
		       struct sl_event *event)
{
	event->data_bytes = 0;
	c->told = true;
	call(stage, c, event, SL_BYTES_CLOSED);
}

static void set_unsent(struct sl_socket *net, struct sl_connection *c)
{
	bool unsent = c->out.first;

	net->unsent += unsent - c->unsent;
	c->unsent = unsent;
}

/**
 * sl_connection_end() - close the socket
 * @stage: the socket stage
 * @c: connection, open or not
 * @abort: have the kernel forget what it has not sent yet
 *
 * What was to be written goes home.
 */
void sl_connection_end(struct sl_stage *stage, struct sl_connection *c,
		       bool abort)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	struct sl_socket *net = stage->private;
	struct sl_event *event;

	if (c->fd < 0)
		return;
	if (abort)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	close(c->fd);
	c->fd = -1;
	if (c->lingering) {
		c->lingering = false;
		net->lingering--;
	}
	while ((event = sl_fifo_get(&c->out))) {
		net->held--;
		sl_stage_free(stage, event);
	}
	set_unsent(net, c);
	if (is_over(c))
		sl_connection_queue(net, c);
	settle(stage, c);
}

/*
 * All is written.  Closing now, with bytes of the peer unread, would make the
 * kernel send a reset, which can overtake the reply; so only our side is
 * closed, and the rest is read and thrown away until the peer closes too.
 */
static void finish(struct sl_stage *stage, struct sl_connection *c)
{
	struct sl_socket *net = stage->private;

	shutdown(c->fd, SHUT_WR);
	c->lingering = true;
	net->lingering++;
	c->readable = true;
	sl_connection_queue(net, c);
}

/* Frees what has been written; returns whether that ends the connection. */
static bool advance(struct sl_stage *stage, struct sl_connection *c,
		    size_t bytes)
{
	struct sl_socket *net = stage->private;
	struct sl_event *event;

	while ((event = c->out.first) && event->data_bytes <= bytes) {
		bool last = event->flags & SL_BYTES_LAST;

		bytes -= event->data_bytes;
		sl_fifo_get(&c->out);
		net->held--;
		sl_stage_free(stage, event);
		if (last)
			return true;
	}
	if (bytes) {
		event->data += bytes;
		event->data_bytes -= bytes;
	}
	return false;
}

static ssize_t write_some(struct sl_connection *c, size_t *total)
{
	struct iovec piece[SL_BATCH_MAX];
	struct msghdr message = { .msg_iov = piece };
	struct sl_event *event;
	size_t count = 0;

	*total = 0;
	for (event = c->out.first; event && count < SL_BATCH_MAX;
	     event = event->next) {
		piece[count].iov_base = event->data;
		piece[count++].iov_len = event->data_bytes;
		*total += event->data_bytes;
	}
	if (!*total)
		return 0;
	if (count == 1)
		return send(c->fd, piece[0].iov_base, piece[0].iov_len,
			    MSG_NOSIGNAL);
	message.msg_iovlen = count;
	return sendmsg(c->fd, &message, MSG_NOSIGNAL);
}

/**
 * sl_connection_write() - write what there is to send, as far as it goes
 * @stage: the socket stage
 * @c: connection, open or not
 */
void sl_connection_write(struct sl_stage *stage, struct sl_connection *c)
{
	struct sl_socket *net = stage->private;

	while (c->out.first && !c->blocked) {
		size_t total;
		ssize_t n = write_some(c, &total);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			sl_stage_drop(stage, SL_SOCKET_DROP_RESET);
			sl_connection_end(stage, c, false);
			return;
		}
		/* An edge of epoll tells when there is room again. */
		if (n < 0 || (size_t)n < total)
			c->blocked = true;
		if (n < 0)
			break;
		c->active_ns = stage->now_ns;
		if (advance(stage, c, n)) {
			finish(stage, c);
			break;
		}
	}
	set_unsent(net, c);
	/* Reading waits until the peer has read. */
	if (!c->out.first && !c->calling && (c->readable || c->kept))
		sl_connection_queue(net, c);
}

/* Reads what is not wanted any more, a bounded amount at a time. */
static void discard(struct sl_stage *stage, struct sl_connection *c)
{
	u8 waste[4096];
	ssize_t n;
	u32 i;

	for (i = 0; i < 16; i++) {
		n = recv(c->fd, waste, sizeof(waste), 0);
		if (n < 0 && errno == EAGAIN) {
			c->readable = false;
			return;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			sl_connection_end(stage, c, false);
			return;
		}
	}
	sl_connection_queue(stage->private, c);
}

/* Reads once, as much as an event holds. */
static void receive(struct sl_stage *stage, struct sl_connection *c,
		    struct sl_event *event)
{
	ssize_t n = recv(c->fd, event->data, event->data_max, 0);

	if (likely(n > 0)) {
		/* Less than there is room for: that was all, for now. */
		c->readable = c->hangup || n == event->data_max;
		c->active_ns = stage->now_ns;
		event->data_bytes = n;
		call(stage, c, event, SL_BYTES_RECEIVED);
		return;
	}
	if (!n) {
		c->readable = false;
		c->eof = true;
		if (c->known) {
			call(stage, c, event, SL_BYTES_RECEIVED);
			return;
		}
	}
	sl_stage_free(stage, event);
	if (n < 0 && errno == EAGAIN) {
		c->readable = false;
		return;
	}
	if (n < 0 && errno == EINTR) {
		sl_connection_queue(stage->private, c);
		return;
	}
	if (n < 0)
		sl_stage_drop(stage, SL_SOCKET_DROP_RESET);
	sl_connection_end(stage, c, false);
}

/**
 * sl_connection_attend() - do what a connection waits for
 * @stage: the socket stage
 * @c: connection taken out of the queue
 *
 * Return: false if that needs an event and there is none.
 */
bool sl_connection_attend(struct sl_stage *stage, struct sl_connection *c)
{
	struct sl_socket *net = stage->private;
	bool listens = c->fd >= 0 && !c->last && !c->calling && !c->out.first;
	struct sl_event *event = c->kept;

	if (listens && !net->draining && event) {
		c->kept = NULL;
		call(stage, c, event, SL_BYTES_RECEIVED);
	} else if ((listens && !net->draining && c->readable && !c->eof) ||
		   is_over(c)) {
		c->kept = NULL;
		if (!event)
			event = sl_stage_take(stage);
		if (unlikely(!event))
			return false;
		if (is_over(c))
			say_closed(stage, c, event);
		else
			receive(stage, c, event);
	}
	if (c->lingering && c->readable)
		discard(stage, c);
	settle(stage, c);
	return true;
}

/**
 * sl_connection_answered() - the right stage has answered a call
 * @stage: the socket stage
 * @c: connection that was called about
 * @event: the call
 */
void sl_connection_answered(struct sl_stage *stage, struct sl_connection *c,
			    struct sl_event *event)
{
	struct sl_socket *net = stage->private;

	c->calling = false;
	net->calls--;
	if (event->op == SL_BYTES_CLOSED) {
		sl_stage_free(stage, event);
		settle(stage, c);
		return;
	}
	c->cookie = sl_bytes(event)->cookie;
	if (unlikely(is_over(c))) {
		say_closed(stage, c, event);
		return;
	}
	if (unlikely(event->flags & SL_BYTES_AGAIN && event->data_bytes))
		c->kept = event;
	else
		sl_stage_free(stage, event);
	if (c->readable || c->kept)
		sl_connection_queue(net, c);
}
