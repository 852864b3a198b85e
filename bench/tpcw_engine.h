/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_ENGINE_H
#define BENCH_TPCW_ENGINE_H

/*
 * Inside the emulated browsers: what tpcw_browser.c, which sends and waits,
 * and tpcw_take.c, which takes what comes, have in common.
 */
#include "bench/tpcw_browser.h"
#include "bench/tpcw_reply.h"
#include "bench/tpcw_timer.h"
#include "bench/tpcw_visit.h"
#include "bench/tpcw_wire.h"

/* A reply that is read as a whole is no larger. */
#define SL_TPCW_WHOLE_MAX    (1u << 20)
#define SL_TPCW_BUFFER_BYTES (SL_TPCW_WHOLE_MAX + 256 * 1024)

/*
 * AWAY has no connection and is due to get one, or parked.  RESTING has one
 * and is due to ask for a page, or parked.
 */
enum sl_tpcw_state {
	SL_TPCW_AWAY,
	SL_TPCW_CONNECTING,
	SL_TPCW_RESTING,
	SL_TPCW_PAGE,
	SL_TPCW_IMAGES,
};

/**
 * struct sl_tpcw_browser - one emulated browser
 * @state: see above
 * @resume: what to go on with once connected, SL_TPCW_PAGE or SL_TPCW_IMAGES
 * @armed: events that epoll watches for, 0 if it watches for none
 * @timed: is there a timer for it?
 * @closes: did the server say that it would close the connection?
 * @used: has this connection brought a reply?
 * @since_ns: when something happened last
 * @wire: the connection
 * @visit: where it is in the shop
 * @images: of the page, in all
 * @asked: how many of them were asked for
 * @answered: how many have come
 * @image: which they are
 * @left: bytes to come of the image that is coming
 * @head_bytes: how much of its head has come
 * @head: its first bytes
 * @tail: its last bytes so far
 */
struct sl_tpcw_browser {
	enum sl_tpcw_state state;
	enum sl_tpcw_state resume;
	u32 armed;
	bool timed;
	bool closes;
	bool used;
	u64 since_ns;
	struct sl_tpcw_wire wire;
	struct sl_tpcw_visit visit;
	u32 images;
	u32 asked;
	u32 answered;
	struct sl_tpcw_page_image image[SL_TPCW_PAGE_IMAGES_MAX];
	u32 left;
	u32 head_bytes;
	u8 head[SL_TPCW_IMAGE_HEAD];
	u8 tail[3];
};

/**
 * struct sl_tpcw_browsers - all of them
 * @load: what they are to do
 * @host: of the requests
 * @buffer: for what is received
 * @epoll: waits for all
 * @measuring: do times count?
 * @outage: is the shop away on purpose?
 * @finishing: is nothing new to be begun?
 * @stalls_seen_ns: when it was last looked for browsers that hang
 * @timers: of those who rest or are away
 * @page: the page that is being read
 * @result: what came of it
 * @browser: the browsers
 */
struct sl_tpcw_browsers {
	struct sl_tpcw_load load;
	char host[32];
	char *buffer;
	int epoll;
	bool measuring;
	bool outage;
	bool finishing;
	u64 stalls_seen_ns;
	struct sl_tpcw_timers timers;
	struct sl_tpcw_page page;
	struct sl_tpcw_result result;
	struct sl_tpcw_browser browser[];
};

/**
 * sl_tpcw_browser_fail() - something went wrong
 * @all: the browsers
 * @one: whose page, image or connection it was
 * @format: what, to follow the name of the interaction
 *
 * Ends the interaction, the session and the connection, as nobody knows what
 * else would come on it; a new session begins soon.
 */
__attribute__((format(printf, 3, 4)))
void sl_tpcw_browser_fail(struct sl_tpcw_browsers *all,
			  struct sl_tpcw_browser *one,
			  const char *format, ...);

/* Asks for images of the page that have not been asked for yet. */
void sl_tpcw_browser_ask_images(struct sl_tpcw_browsers *all,
				struct sl_tpcw_browser *one);

/* The last byte of an interaction has come. */
void sl_tpcw_browser_end(struct sl_tpcw_browsers *all,
			 struct sl_tpcw_browser *one, u64 now_ns);

/* The shop closes this connection: the other images come on a new one. */
void sl_tpcw_browser_again(struct sl_tpcw_browsers *all,
			   struct sl_tpcw_browser *one);

/* Goes through bytes that were received; what is left of them is held. */
void sl_tpcw_browser_take(struct sl_tpcw_browsers *all,
			  struct sl_tpcw_browser *one, char *data,
			  u64 count);

#endif
