/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The shop stage from within.
 *
 *   shop.c		the stage: what comes in, what is called, what goes out
 *   shop_answer.c	pages, lists and errors as answers
 *   shop_interaction.c	the table of the 14 interactions
 *   shop_ask.c		from a request's fields to a procedure's parameters
 *   shop_page*.c	from a procedure's rows to a page
 *   shop_cache.c	lists that may be a little old
 *   shop_image.c	images, in parts
 *   shop_names.c	which handle an image's name has
 *   shop_form.c, text.c	reading and writing
 *
 * An event of the shop's bank is a query or a READ in flight.  Its buffer
 * begins with what the shop must know when it comes back (sl_shop_call); data
 * lies behind it, where a part of a reply has to begin anyway.
 */
#ifndef SL_SHOP_STAGE_H
#define SL_SHOP_STAGE_H

#include "stages/stage.h"
#include "stages/web/http.h"
#include "stages/web/shop.h"
#include "stages/web/shop_cache.h"
#include "stages/web/shop_form.h"
#include "stages/web/shop_image.h"
#include "stages/web/shop_page.h"

enum { SL_SHOP_HTTP_PORT, SL_SHOP_DB_PORT, SL_SHOP_FILES_PORT };

enum sl_shop_drop {
	SL_SHOP_DROP_BAD_REQUEST,
	SL_SHOP_DROP_NOT_FOUND,
	SL_SHOP_DROP_METHOD,
	SL_SHOP_DROP_REFUSED,	/* wrong password, empty cart */
	SL_SHOP_DROP_BUSY,
	SL_SHOP_DROP_FULL,
	SL_SHOP_DROP_FAILED,
	SL_SHOP_DROP_PAGE_SIZE,
	SL_SHOP_DROP_IMAGE,
};

struct sl_shop_options {
	u64 cache_age_ns;
	u64 cache_entries;
	u64 promotions;
	u64 names;
	u64 image_age_ns;
	const char *images;
};

/* A request with its fields found, while its query is being made. */
struct sl_shop_request {
	u32 c_id;		/* 0 if it has none */
	u32 sc_id;
	u32 random;
	u32 promotions;
	u8 procedure;		/* the interaction's; ask() may choose another */
	bool post;
	struct sl_form form;
};

struct sl_shop_interaction {
	const char *name;	/* its path, and in its title */
	bool post;
	bool listed;		/* its rows are cached, its parameters the key */
	u8 procedure;		/* SL_SHOP_PROCEDURES: it needs none */
	/* Fills in the parameters. Returns their size or a negative errno. */
	int (*ask)(struct sl_shop_request *request, void *in);
	void (*show)(struct sl_shop_page *page, const void *out);
};

/* The start of the buffer of a query in flight. */
struct sl_shop_call {
	const struct sl_shop_interaction *interaction;
	struct sl_event *request;
	struct sl_shop_entry *entry;	/* waits for these rows; or NULL */
	u64 asked_ns;
	u32 c_id;
	u32 sc_id;
	u32 random;
	struct sl_shop_list_in key;	/* of a list */
};

static_assert(sizeof(struct sl_shop_call) <= SL_HTTP_HEADROOM,
	      "data of all events begin at the same place");

struct sl_shop {
	struct sl_shop_cache cache;
	struct sl_shop_images images;
	struct sl_shop_request request;	/* in hand; too large for a stack */
	u64 dice;
	u32 calls;		/* queries in flight */
};

static inline struct sl_shop_call *sl_shop_call(struct sl_event *query)
{
	return (struct sl_shop_call *)query->buffer;
}

/* shop_interaction.c */
const struct sl_shop_interaction *sl_shop_find(const u8 *path, u32 bytes);

/* shop_ask.c */
int sl_shop_read_request(struct sl_shop_request *request,
			 struct sl_event *event);
int sl_shop_ask_promotions(struct sl_shop_request *request, void *in);
int sl_shop_ask_new_products(struct sl_shop_request *request, void *in);
int sl_shop_ask_best_sellers(struct sl_shop_request *request, void *in);
int sl_shop_ask_search(struct sl_shop_request *request, void *in);
int sl_shop_ask_detail(struct sl_shop_request *request, void *in);
int sl_shop_ask_cart(struct sl_shop_request *request, void *in);
int sl_shop_ask_buy_request(struct sl_shop_request *request, void *in);
int sl_shop_ask_buy_confirm(struct sl_shop_request *request, void *in);
int sl_shop_ask_order(struct sl_shop_request *request, void *in);
int sl_shop_ask_admin(struct sl_shop_request *request, void *in);

/* shop_answer.c */
u16 sl_shop_code(int err);
void sl_shop_refuse(struct sl_stage *stage, struct sl_event *event, u16 code);
void sl_shop_show(struct sl_stage *stage, struct sl_event *event,
		  const struct sl_shop_interaction *interaction,
		  struct sl_shop_page *page, const void *out);
void sl_shop_show_entry(struct sl_stage *stage, struct sl_event *event,
			const struct sl_shop_interaction *interaction,
			u32 c_id, u32 sc_id, const struct sl_shop_entry *entry);
void sl_shop_finish_list(struct sl_stage *stage, struct sl_event *query,
			 const struct sl_shop_call *call);
void sl_shop_show_style(struct sl_stage *stage, struct sl_event *event);

#endif /* SL_SHOP_STAGE_H */
