// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_browser.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/compiler.h>
#include "bench/tpcw_engine.h"

#define NS 1000000000ull

#define EVENTS_MAX 256
/* Images asked for at once; more are asked for when half have come. */
#define IMAGES_AHEAD 16
#define CONNECT_AGAIN_NS (20 * 1000 * 1000ull)
#define STALLED_SECONDS	 60
/* Without thinking, the first requests come within that time. */
#define STAGGER_NS (100 * 1000 * 1000ull)

u64 sl_tpcw_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS + now.tv_nsec;
}

static void arm(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		u32 events)
{
	struct epoll_event event = { .events = events, .data.ptr = one };

	if (one->armed == events)
		return;
	epoll_ctl(all->epoll, one->armed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
		  one->wire.fd, &event);
	one->armed = events;
}

static void disconnect(struct sl_tpcw_browser *one)
{
	/* Closing takes the socket out of the epoll set as well. */
	sl_tpcw_wire_close(&one->wire);
	one->armed = 0;
	one->closes = false;
	one->used = false;
	one->left = 0;
	one->state = SL_TPCW_AWAY;
}

static void due(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		u64 due_ns)
{
	if (all->finishing || one->timed)
		return;
	one->timed = true;
	sl_tpcw_timer_add(&all->timers, due_ns, one - all->browser);
}

static void message(struct sl_tpcw_browsers *all, u32 interaction,
		    const char *format, va_list args)
{
	char *text = all->result.message[all->result.errors];
	u32 room = sizeof(all->result.message[0]);
	int count = snprintf(text, room, "%s ", sl_tpcw_names_of[interaction]);

	vsnprintf(text + count, room - count, format, args);
}

void sl_tpcw_browser_fail(struct sl_tpcw_browsers *all,
			  struct sl_tpcw_browser *one, const char *format, ...)
{
	u64 now = sl_tpcw_now();
	va_list args;

	if (all->outage) {
		all->result.interrupted += one->visit.waiting ||
					   one->state == SL_TPCW_IMAGES;
	} else {
		if (all->result.errors < SL_TPCW_MESSAGES) {
			va_start(args, format);
			message(all, one->visit.now, format, args);
			va_end(args);
		}
		all->result.errors++;
	}
	disconnect(one);
	sl_tpcw_visit_lost(&one->visit, now);
	one->resume = SL_TPCW_PAGE;
	due(all, one, now + CONNECT_AGAIN_NS);
}

static void send_out(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one)
{
	int err = sl_tpcw_wire_send(&one->wire);

	/* A failure shows when reading, after what the shop still said. */
	arm(all, one, err == -EAGAIN ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void ask_page(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one)
{
	struct sl_tpcw_wire *wire = &one->wire;

	one->since_ns = sl_tpcw_now();
	one->state = SL_TPCW_PAGE;
	wire->out_at = 0;
	wire->out_end = sl_tpcw_visit_request(&one->visit, one->since_ns,
					      wire->out);
	send_out(all, one);
}

static u32 image_ask(const struct sl_tpcw_browsers *all,
		     struct sl_tpcw_page_image image, char *text)
{
	char *to = stpcpy(text, "GET /images/");

	to += sl_tpcw_image_name(image.kind, image.number, to);
	to = stpcpy(to, " HTTP/1.1\r\nHost: ");
	to = stpcpy(to, all->host);
	to = stpcpy(to, "\r\n\r\n");
	return to - text;
}

void sl_tpcw_browser_ask_images(struct sl_tpcw_browsers *all,
				struct sl_tpcw_browser *one)
{
	struct sl_tpcw_wire *wire = &one->wire;
	u32 ahead = one->asked - one->answered;

	if (ahead > IMAGES_AHEAD / 2 || one->asked == one->images ||
	    wire->out_at < wire->out_end)
		return;
	wire->out_at = 0;
	wire->out_end = 0;
	for (; ahead < IMAGES_AHEAD && one->asked < one->images; ahead++)
		wire->out_end += image_ask(all, one->image[one->asked++],
					   wire->out + wire->out_end);
	send_out(all, one);
}

static void connected(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one)
{
	if (one->resume == SL_TPCW_IMAGES) {
		one->state = SL_TPCW_IMAGES;
		one->asked = one->answered;
		one->wire.out_end = one->wire.out_at;
		sl_tpcw_browser_ask_images(all, one);
	} else if (one->visit.waiting) {
		/* The request is still there; nothing was heard of it. */
		one->state = SL_TPCW_PAGE;
		one->wire.out_at = 0;
		send_out(all, one);
	} else if (all->finishing) {
		disconnect(one);
	} else {
		ask_page(all, one);
	}
}

static void reconnect(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one)
{
	int err = sl_tpcw_wire_connect(&one->wire, &all->load.address);

	one->state = SL_TPCW_CONNECTING;
	one->since_ns = sl_tpcw_now();
	if (!err)
		connected(all, one);
	else if (err == -EINPROGRESS)
		arm(all, one, EPOLLOUT);
	else
		sl_tpcw_browser_fail(all, one, "was not asked for: %s",
				     strerror(-err));
}

static void begin(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one)
{
	if (one->state == SL_TPCW_AWAY)
		reconnect(all, one);
	else
		ask_page(all, one);
}

void sl_tpcw_browser_end(struct sl_tpcw_browsers *all,
			 struct sl_tpcw_browser *one, u64 now_ns)
{
	struct sl_tpcw_visit *visit = &one->visit;
	double think = sl_tpcw_visit_think(visit);
	u64 took = now_ns - visit->begun_ns;

	visit->left -= took / 1e9;
	all->result.done++;
	if (all->measuring) {
		all->result.measured++;
		sl_tpcw_latency_add(&all->result.latency[visit->now], took);
	}
	one->state = SL_TPCW_RESTING;
	one->resume = SL_TPCW_PAGE;
	if (one->closes)
		disconnect(one);
	if (all->finishing)
		return;
	think *= all->load.think / SL_TPCW_THINK_MEAN;
	if (think > 0)
		due(all, one, now_ns + think * NS);
	else
		begin(all, one);
}

void sl_tpcw_browser_again(struct sl_tpcw_browsers *all,
			   struct sl_tpcw_browser *one)
{
	disconnect(one);
	one->resume = SL_TPCW_IMAGES;
	reconnect(all, one);
}

/* The connection is gone; was there something on it to come? */
static void cut_off(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		    int err)
{
	bool clean = !one->left && !one->wire.held_bytes;

	if (one->state == SL_TPCW_RESTING) {
		disconnect(one);
	} else if (one->state == SL_TPCW_PAGE && one->used && clean &&
		   one->wire.out[0] == 'G' && !all->outage) {
		/* A server may close an idle connection at any time. */
		disconnect(one);
		reconnect(all, one);
	} else {
		sl_tpcw_browser_fail(all, one, "was cut off: %s",
				     err ? strerror(-err) : "end of stream");
	}
}

static void ready(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		  u32 events)
{
	socklen_t bytes = sizeof(int);
	u64 count;
	int err = 0;

	if (one->state == SL_TPCW_CONNECTING) {
		getsockopt(one->wire.fd, SOL_SOCKET, SO_ERROR, &err, &bytes);
		if (err)
			sl_tpcw_browser_fail(all, one, "was not asked for: %s",
					     strerror(err));
		else
			connected(all, one);
		return;
	}
	if (events & EPOLLOUT)
		send_out(all, one);
	if (!(events & ~EPOLLOUT))
		return;
	err = sl_tpcw_wire_receive(&one->wire, all->buffer,
				   SL_TPCW_BUFFER_BYTES, &count);
	if (err == 1) {
		all->result.bytes += count;
		sl_tpcw_browser_take(all, one, all->buffer, count);
	} else if (err != -EAGAIN) {
		cut_off(all, one, err);
	}
}

static bool busy(const struct sl_tpcw_browser *one)
{
	return one->state == SL_TPCW_PAGE || one->state == SL_TPCW_IMAGES ||
	       one->state == SL_TPCW_CONNECTING;
}

static void stalls_look(struct sl_tpcw_browsers *all, u64 now)
{
	u32 i;

	if (now < all->stalls_seen_ns + NS)
		return;
	all->stalls_seen_ns = now;
	for (i = 0; i < all->load.browsers; i++) {
		struct sl_tpcw_browser *one = &all->browser[i];

		if (busy(one) && now > one->since_ns + STALLED_SECONDS * NS)
			sl_tpcw_browser_fail(all, one, "did not go on for %u"
					     " seconds", STALLED_SECONDS);
	}
}

static void timers_look(struct sl_tpcw_browsers *all, u64 now)
{
	struct sl_tpcw_timers *timers = &all->timers;

	while (timers->count && timers->heap[0].due_ns <= now) {
		struct sl_tpcw_browser *one =
			&all->browser[sl_tpcw_timer_take(timers)];

		one->timed = false;
		begin(all, one);
	}
}

/* Waits, at most until the time given, and does what is to be done then. */
static void turn(struct sl_tpcw_browsers *all, u64 until_ns)
{
	struct epoll_event event[EVENTS_MAX];
	u64 now = sl_tpcw_now(), wait;
	struct timespec span;
	int count, i;

	timers_look(all, now);
	stalls_look(all, now);
	if (all->timers.count && all->timers.heap[0].due_ns < until_ns)
		until_ns = all->timers.heap[0].due_ns;
	wait = until_ns > now ? until_ns - now : 0;
	/* Stalls are looked for once a second. */
	if (wait > NS)
		wait = NS;
	span = (struct timespec){ wait / NS, wait % NS };
	count = epoll_pwait2(all->epoll, event, EVENTS_MAX, &span, NULL);
	for (i = 0; i < count; i++)
		ready(all, event[i].data.ptr, event[i].events);
}

void sl_tpcw_browsers_run(struct sl_tpcw_browsers *all, u64 until_ns,
			  const int *stop)
{
	while (sl_tpcw_now() < until_ns && !READ_ONCE(*stop))
		turn(all, until_ns);
}

void sl_tpcw_browsers_measure(struct sl_tpcw_browsers *all, bool on)
{
	all->measuring = on;
	if (!on)
		return;
	all->result.measured = 0;
	memset(all->result.latency, 0, sizeof(all->result.latency));
}

void sl_tpcw_browsers_outage(struct sl_tpcw_browsers *all, bool on)
{
	all->outage = on;
}

void sl_tpcw_browsers_finish(struct sl_tpcw_browsers *all, u64 until_ns)
{
	u32 i, count;

	all->finishing = true;
	all->timers.count = 0;
	do {
		for (count = 0, i = 0; i < all->load.browsers; i++)
			count += busy(&all->browser[i]);
		if (count)
			turn(all, until_ns);
	} while (count && sl_tpcw_now() < until_ns);
	for (i = 0; i < all->load.browsers; i++) {
		sl_tpcw_visit_lost(&all->browser[i].visit, sl_tpcw_now());
		disconnect(&all->browser[i]);
	}
	sl_tpcw_deeds_flush(all->load.shop->deeds);
}

const struct sl_tpcw_result *
sl_tpcw_browsers_result(const struct sl_tpcw_browsers *all)
{
	return &all->result;
}

/* A socket for each browser, and some to spare. */
static bool files_allow(u32 browsers)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return false;
	if (limit.rlim_cur >= browsers + 64)
		return true;
	limit.rlim_cur = browsers + 64;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	return !setrlimit(RLIMIT_NOFILE, &limit);
}

static void browsers_start(struct sl_tpcw_browsers *all)
{
	const struct sl_tpcw_load *load = &all->load;
	u64 now = sl_tpcw_now(), span = load->think * NS;
	u32 i;

	for (i = 0; i < load->browsers; i++) {
		struct sl_tpcw_browser *one = &all->browser[i];

		one->wire.fd = -1;
		one->resume = SL_TPCW_PAGE;
		sl_tpcw_visit_start(&one->visit, load->shop, load->mix,
				    all->host, load->seed, i);
		due(all, one, now + (span ?: STAGGER_NS) *
					    sl_dice_fraction(&one->visit.dice));
	}
}

struct sl_tpcw_browsers *sl_tpcw_browsers_create(const struct sl_tpcw_load *load)
{
	struct sl_tpcw_browsers *all;

	if (!files_allow(load->browsers))
		return NULL;
	all = calloc(1, sizeof(*all) + load->browsers * sizeof(all->browser[0]));
	if (!all)
		return NULL;
	all->load = *load;
	snprintf(all->host, sizeof(all->host), "%s:%u",
		 inet_ntoa(load->address.sin_addr),
		 ntohs(load->address.sin_port));
	all->epoll = epoll_create1(EPOLL_CLOEXEC);
	all->buffer = malloc(SL_TPCW_BUFFER_BYTES);
	all->timers.heap = calloc(load->browsers, sizeof(all->timers.heap[0]));
	if (all->epoll < 0 || !all->buffer || !all->timers.heap) {
		sl_tpcw_browsers_destroy(all);
		errno = ENOMEM;
		return NULL;
	}
	browsers_start(all);
	return all;
}

void sl_tpcw_browsers_destroy(struct sl_tpcw_browsers *all)
{
	u32 i;

	if (!all)
		return;
	for (i = 0; i < all->load.browsers; i++)
		sl_tpcw_wire_free(&all->browser[i].wire);
	free(all->timers.heap);
	free(all->buffer);
	if (all->epoll >= 0)
		close(all->epoll);
	free(all);
}
