// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * datagram: UDP through the host's kernel.
 *
 * Right port "next" (messages): who answers.  Each datagram is a call of its
 * own, in an event of the bank, whose number is the message's until the call
 * is answered.  Datagrams are received and sent many at a time; what comes
 * while the bank is empty waits in the socket, as far as that has memory, and
 * what the socket does not take at once is lost, as datagrams may be.
 *
 * An answer leaves from the address that the question came to, though the
 * host has many; clients throw it away otherwise.
 *
 * May be replicated: the kernel then spreads clients over the replicas.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "membank/region.h"
#include "stages/net/address_user.h"
#include "stages/stage.h"
#include "stages/stages.h"

#define WINDOW_MIN	4	/* datagrams asked for at a time */
#define CONTROL_BYTES	CMSG_SPACE(sizeof(struct in6_pktinfo))

enum { NEXT };
enum { TOO_LONG, EMPTY, NOT_SENT, LATE };

struct options {
	const char *listen;
	u64 buffer;
};

/* Whom the message in an event is from. */
struct origin {
	union sl_address peer;
	socklen_t peer_bytes;
	u32 control_bytes;
	u32 generation;		/* another one for each message */
	bool open;		/* its call is not answered yet */
	u8 control[CONTROL_BYTES] __attribute__((aligned(8)));
};

struct datagram {
	int fd;
	u16 port;
	bool draining;
	u32 calls;
	u32 window;		/* how many are likely to be there */
	struct origin *origin;	/* by number of the event */
};

/* What is to be sent at the end of a batch. */
struct sending {
	u32 count;
	struct mmsghdr message[SL_BATCH_MAX];
	struct iovec part[SL_BATCH_MAX];
	struct sl_event *event[SL_BATCH_MAX];
};

/* The socket with all it needs; -EINVAL also if listen is no address. */
static int bind_socket(struct sl_stage *stage, struct datagram *net)
{
	const struct options *options = stage->options;
	const int on = 1, bytes = options->buffer;
	union sl_address address;
	socklen_t address_bytes = sl_address_read(options->listen, &address);
	int err;

	if (!address_bytes)
		return 0;
	net->fd = socket(address.any.sa_family,
			 SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (net->fd < 0)
		return -errno;
	/* As much of it as the host allows. */
	setsockopt(net->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(net->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	if (address.any.sa_family == AF_INET6)
		err = setsockopt(net->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
				 sizeof(on));
	else
		err = setsockopt(net->fd, IPPROTO_IP, IP_PKTINFO, &on,
				 sizeof(on));
	if (!err && stage->replica_count > 1)
		err = setsockopt(net->fd, SOL_SOCKET, SO_REUSEPORT, &on,
				 sizeof(on));
	if (!err)
		err = bind(net->fd, &address.any, address_bytes);
	if (err) {
		err = -errno;
		close(net->fd);
		return err;
	}
	net->port = sl_address_port(net->fd);
	if (!address.v4.sin_port)
		sl_stage_log(stage, "listens on port %u", net->port);
	return 1;
}

static int datagram_open(struct sl_stage *stage)
{
	const struct options *options = stage->options;
	struct datagram *net = stage->private;
	int err;

	if (!stage->bank) {
		sl_stage_log(stage, "events and event_bytes must not be 0");
		return -EINVAL;
	}
	net->window = WINDOW_MIN;
	net->origin = sl_region_carve(stage->region, stage->bank->event_count *
						     sizeof(*net->origin));
	if (!net->origin) {
		sl_stage_log(stage, "no memory for %u events",
			     stage->bank->event_count);
		return -ENOMEM;
	}
	err = bind_socket(stage, net);
	if (err <= 0) {
		sl_address_complain(stage, options->listen, -err);
		return err ? err : -EINVAL;
	}
	err = sl_stage_watch(stage, net->fd);
	if (err) {
		sl_stage_log(stage, "cannot wait for datagrams: %s",
			     strerror(-err));
		close(net->fd);
		return err;
	}
	return 0;
}

/* Sends all there is; what cannot be is skipped. */
static void flush(struct sl_stage *stage, struct sending *out)
{
	const struct datagram *net = stage->private;
	u32 done = 0;
	u32 i;

	while (done < out->count) {
		int n = sendmmsg(net->fd, out->message + done,
				 out->count - done, MSG_NOSIGNAL);

		if (n > 0) {
			done += n;
		} else if (errno != EINTR) {
			sl_stage_drop(stage, NOT_SENT);
			done++;
		}
	}
	for (i = 0; i < out->count; i++)
		sl_stage_free(stage, out->event[i]);
	out->count = 0;
}

static void take_send(struct sl_stage *stage, struct sending *out,
		      struct sl_event *event)
{
	const struct sl_bytes_args *args = sl_bytes(event);
	struct datagram *net = stage->private;
	struct origin *origin = NULL;
	u32 i = out->count;

	if (args->connection < stage->bank->event_count)
		origin = &net->origin[args->connection];
	if (unlikely(!origin || !origin->open ||
		     origin->generation != args->generation)) {
		sl_stage_drop(stage, LATE);
		sl_stage_free(stage, event);
		return;
	}
	if (unlikely(!event->data_bytes)) {
		sl_stage_free(stage, event);
		return;
	}
	out->event[i] = event;
	out->part[i].iov_base = event->data;
	out->part[i].iov_len = event->data_bytes;
	out->message[i].msg_hdr = (struct msghdr){
		.msg_name = &origin->peer,
		.msg_namelen = origin->peer_bytes,
		.msg_iov = &out->part[i],
		.msg_iovlen = 1,
		.msg_control = origin->control_bytes ? origin->control : NULL,
		.msg_controllen = origin->control_bytes,
	};
	out->count++;
}

static u32 datagram_run(struct sl_stage *stage, u32 edge,
			struct sl_batch *batch)
{
	struct datagram *net = stage->private;
	struct sending out;
	u32 i;

	(void)edge;
	out.count = 0;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];
		struct origin *origin;

		if (event->op == SL_BYTES_SEND) {
			take_send(stage, &out, event);
			continue;
		}
		/* Its event is not taken again before all is sent. */
		origin = &net->origin[sl_bank_index(stage->bank, event)];
		origin->open = false;
		origin->generation++;
		net->calls--;
		sl_stage_free(stage, event);
	}
	if (out.count)
		flush(stage, &out);
	return batch->count;
}

/* Which of our addresses it came to is where the answer comes from. */
static void keep_control(struct origin *origin, struct msghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	struct in6_pktinfo v6;
	struct in_pktinfo v4;

	origin->control_bytes = 0;
	if (!c || message->msg_flags & MSG_CTRUNC)
		return;
	/* By which way the answer goes, routing knows better. */
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&v4, CMSG_DATA(c), sizeof(v4));
		v4.ipi_ifindex = 0;
		memcpy(CMSG_DATA(c), &v4, sizeof(v4));
		origin->control_bytes = CMSG_SPACE(sizeof(v4));
	} else if (c->cmsg_level == IPPROTO_IPV6 &&
		   c->cmsg_type == IPV6_PKTINFO) {
		memcpy(&v6, CMSG_DATA(c), sizeof(v6));
		if (!IN6_IS_ADDR_LINKLOCAL(&v6.ipi6_addr))
			v6.ipi6_ifindex = 0;
		memcpy(CMSG_DATA(c), &v6, sizeof(v6));
		origin->control_bytes = CMSG_SPACE(sizeof(v6));
	}
}

/* Passes one on; returns whether there was anything to pass on. */
static bool pass_on(struct sl_stage *stage, struct sl_event *event,
		    struct mmsghdr *message)
{
	struct datagram *net = stage->private;
	u32 number = sl_bank_index(stage->bank, event);
	struct origin *origin = &net->origin[number];
	struct sl_bytes_args *args = sl_bytes(event);

	if (unlikely(message->msg_hdr.msg_flags & MSG_TRUNC ||
		     !message->msg_len)) {
		sl_stage_drop(stage, message->msg_len ? TOO_LONG : EMPTY);
		sl_stage_free(stage, event);
		return false;
	}
	origin->peer_bytes = message->msg_hdr.msg_namelen;
	origin->open = true;
	keep_control(origin, &message->msg_hdr);
	event->op = SL_BYTES_RECEIVED;
	event->flow = number;
	event->data_bytes = message->msg_len;
	args->cookie = NULL;
	args->connection = number;
	args->generation = origin->generation;
	sl_address_store(&origin->peer, args->peer, &args->peer_port);
	args->port = net->port;
	net->calls++;
	sl_stage_call(stage, NEXT, event);
	return true;
}

static u32 datagram_poll(struct sl_stage *stage)
{
	struct datagram *net = stage->private;
	struct mmsghdr message[SL_BATCH_MAX];
	struct sl_event *event[SL_BATCH_MAX];
	struct iovec part[SL_BATCH_MAX];
	u32 most = sl_stage_share(stage, net->window);
	u32 count = 0;
	int i, n = 0;

	while (count < most && !net->draining) {
		struct origin *origin;

		event[count] = sl_stage_take(stage);
		if (!event[count])
			break;
		origin = &net->origin[sl_bank_index(stage->bank,
						    event[count])];
		part[count].iov_base = event[count]->data;
		part[count].iov_len = event[count]->data_max;
		message[count].msg_hdr = (struct msghdr){
			.msg_name = &origin->peer,
			.msg_namelen = sizeof(origin->peer),
			.msg_iov = &part[count],
			.msg_iovlen = 1,
			.msg_control = origin->control,
			.msg_controllen = sizeof(origin->control),
		};
		count++;
	}
	if (count)
		n = recvmmsg(net->fd, message, count, 0, NULL);
	n = n < 0 ? 0 : n;
	for (i = 0; i < n; i++)
		pass_on(stage, event[i], &message[i]);
	/* The last taken first, so that they lie as they did. */
	for (i = count; i-- > n;)
		sl_stage_free(stage, event[i]);
	if ((u32)n == net->window)
		net->window = net->window * 2 > SL_BATCH_MAX ? SL_BATCH_MAX
							    : net->window * 2;
	else if (n < (int)net->window / 2 && net->window > WINDOW_MIN)
		net->window /= 2;
	return n;
}

static bool datagram_drain(struct sl_stage *stage)
{
	struct datagram *net = stage->private;

	net->draining = true;
	return !net->calls;
}

static void datagram_close(struct sl_stage *stage)
{
	struct datagram *net = stage->private;

	close(net->fd);
}

static const struct sl_option options[] = {
	{ "listen", SL_OPTION_ADDRESS, offsetof(struct options, listen), 0, 0,
	  "127.0.0.1:8080", NULL, "address and port to receive datagrams on" },
	{ "buffer", SL_OPTION_BYTES, offsetof(struct options, buffer), 4096,
	  1 << 30, "4M", NULL,
	  "memory of the socket, each way, as far as the host allows it" },
	{ .name = NULL },
};

static const char *const drop_reasons[] = {
	[TOO_LONG] = "too long",
	[EMPTY] = "empty",
	[NOT_SENT] = "not sent",
	[LATE] = "answered too late",
	NULL,
};

const struct sl_stage_type sl_datagram_stage = {
	.name = "datagram",
	.summary = "UDP datagrams through the host's sockets",
	.class = SL_FLOW,
	.port = { [NEXT] = { "next", "messages", true, false } },
	.options = options,
	.options_bytes = sizeof(struct options),
	.private_bytes = sizeof(struct datagram),
	.events = 128,
	.event_bytes = 65536,
	.weight_ns = 1000,
	.drop_reasons = drop_reasons,
	.open = datagram_open,
	.run = datagram_run,
	.poll = datagram_poll,
	.drain = datagram_drain,
	.close = datagram_close,
};
