// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * shop: the bookstore's pages.
 *
 * Left port "http": requests.  Right port "db" (query): the procedures of the
 * schema `shop`; right port "files" (file): where the images are.  A request
 * becomes a call of one procedure, in an event of the shop's own, and the
 * reply a page in the request's event; forms need no call, lists come from
 * the cache while they are young, and images are sent as they are read.
 *
 * It knows nothing of a request but what is in its events, so it may be
 * replicated at will; each replica has a cache of its own.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/ktime.h>

#include "stages/stages.h"
#include "stages/web/shop_stage.h"

static const u8 images_path[] = "/images/";
static const u8 style_path[] = "/style.css";

/* What a request's parameters and a reply's rows may need, at most. */
union rows {
	struct sl_shop_promotions_out promotions;
	struct sl_shop_rows rows;
	struct sl_shop_detail_out detail;
	struct sl_shop_cart_out cart;
	struct sl_shop_change_in change;
	struct sl_shop_buy_request_in buy_request_in;
	struct sl_shop_buy_request_out buy_request;
	struct sl_shop_buy_confirm_in buy_confirm_in;
	struct sl_shop_buy_confirm_out buy_confirm;
	struct sl_shop_order_out order;
};

/* Not for secrets: which promotions are shown, what a stock clerk decides. */
static u32 roll(struct sl_shop *shop)
{
	shop->dice ^= shop->dice << 13;
	shop->dice ^= shop->dice >> 7;
	shop->dice ^= shop->dice << 17;
	return shop->dice >> 16;
}

static void ask_db(struct sl_stage *stage, struct sl_event *query,
		   u16 procedure, u32 bytes)
{
	struct sl_shop *shop = stage->private;

	query->op = procedure;
	query->data_bytes = bytes;
	shop->calls++;
	sl_stage_call(stage, SL_SHOP_DB_PORT, query);
}

/* Makes an event a query for a request; its parameters go to data. */
static struct sl_shop_call *open_call(struct sl_stage *stage,
				      struct sl_event *query,
				      struct sl_event *event,
				      const struct sl_shop_interaction *what,
				      const struct sl_shop_request *request)
{
	struct sl_shop_call *call = sl_shop_call(query);

	query->data = query->buffer + SL_HTTP_HEADROOM;
	query->context = event;
	query->flow = event->flow;
	call->interaction = what;
	call->request = event;
	call->entry = NULL;
	call->asked_ns = stage->now_ns;
	call->c_id = request->c_id;
	call->sc_id = request->sc_id;
	call->random = request->random;
	return call;
}

/*
 * A list: from the cache, together with those who wait for it already, or
 * asked for.  Returns false if the request must wait where it is.
 */
static bool begin_list(struct sl_stage *stage, struct sl_event *event,
		       const struct sl_shop_interaction *what,
		       struct sl_shop_request *request)
{
	struct sl_shop *shop = stage->private;
	struct sl_shop_list_in key;
	struct sl_shop_entry *entry;
	struct sl_shop_call *call;
	struct sl_event *query;

	if (what->ask(request, &key) < 0) {
		sl_shop_refuse(stage, event, 400);
		return true;
	}
	entry = sl_shop_cache_find(&shop->cache, &key, stage->now_ns);
	if (entry && entry->state == SL_SHOP_FRESH) {
		sl_shop_show_entry(stage, event, what, request->c_id,
				   request->sc_id, entry);
		return true;
	}
	if (entry && entry->state == SL_SHOP_LOADING) {
		sl_fifo_put(&entry->waiting, event);
		shop->cache.waiting++;
		return true;
	}
	if (!sl_shop_images_spare(stage))
		return false;
	query = sl_stage_take(stage);
	call = open_call(stage, query, event, what, request);
	call->key = key;
	call->entry = entry;
	if (entry)
		sl_shop_cache_load(entry, stage->now_ns);
	memcpy(query->data, &key, sizeof(key));
	ask_db(stage, query, what->procedure, sizeof(key));
	return true;
}

static bool begin_query(struct sl_stage *stage, struct sl_event *event,
			const struct sl_shop_interaction *what,
			struct sl_shop_request *request)
{
	struct sl_event *query;
	int bytes;

	if (!sl_shop_images_spare(stage))
		return false;
	query = sl_stage_take(stage);
	open_call(stage, query, event, what, request);
	request->procedure = what->procedure;
	bytes = what->ask(request, query->data);
	if (bytes < 0) {
		sl_stage_free(stage, query);
		sl_shop_refuse(stage, event, sl_shop_code(bytes));
		return true;
	}
	ask_db(stage, query, request->procedure, bytes);
	return true;
}

static bool begin_page(struct sl_stage *stage, struct sl_event *event,
		       const struct sl_shop_interaction *what)
{
	const struct sl_shop_options *options = stage->options;
	struct sl_shop *shop = stage->private;
	struct sl_shop_request *request = &shop->request;

	if (what->post != (sl_http(event)->method == SL_HTTP_POST)) {
		sl_shop_refuse(stage, event, 405);
		return true;
	}
	if (sl_shop_read_request(request, event) < 0) {
		sl_shop_refuse(stage, event, 400);
		return true;
	}
	if (what->procedure == SL_SHOP_PROCEDURES) {
		struct sl_shop_page page = { .c_id = request->c_id,
					     .sc_id = request->sc_id };

		sl_shop_show(stage, event, what, &page, NULL);
		return true;
	}
	if (what->listed)
		return begin_list(stage, event, what, request);
	request->random = roll(shop);
	request->promotions = options->promotions;
	return begin_query(stage, event, what, request);
}

static bool is_path(const struct sl_http_args *http, const u8 *path, u32 bytes)
{
	return http->path_bytes >= bytes && !memcmp(http->path, path, bytes);
}

/* What is not one of the 14 interactions. */
static bool begin_file(struct sl_stage *stage, struct sl_event *event)
{
	const struct sl_http_args *http = sl_http(event);
	u32 skip = sizeof(images_path) - 1;
	bool image = is_path(http, images_path, skip) &&
		     sl_shop_image_is_name(http->path + skip,
					   http->path_bytes - skip);
	bool style = http->path_bytes == sizeof(style_path) - 1 &&
		     is_path(http, style_path, sizeof(style_path) - 1);

	if (!image && !style) {
		sl_shop_refuse(stage, event, 404);
		return true;
	}
	if (http->method == SL_HTTP_POST) {
		sl_shop_refuse(stage, event, 405);
		return true;
	}
	if (image)
		return sl_shop_image_begin(stage, event, http->path + skip,
					   http->path_bytes - skip);
	sl_shop_show_style(stage, event);
	return true;
}

/* Returns false if the request must wait where it is. */
static bool begin(struct sl_stage *stage, struct sl_event *event)
{
	const struct sl_http_args *http = sl_http(event);
	const struct sl_shop_interaction *what;

	if (unlikely(event->op != SL_HTTP_REQUEST)) {
		event->status = -EINVAL;
		sl_stage_reply(stage, event);
		return true;
	}
	what = sl_shop_find(http->path, http->path_bytes);
	return what ? begin_page(stage, event, what) : begin_file(stage, event);
}

/* The cart that was only to be shown is empty: now chance decides. */
static void fill_cart(struct sl_stage *stage, struct sl_event *query,
		      const struct sl_shop_call *call)
{
	struct sl_shop_change_in *change = (void *)query->data;

	*change = (struct sl_shop_change_in){ .sc_id = call->sc_id,
					      .random = call->random };
	ask_db(stage, query, SL_SHOP_CART_CHANGE, sizeof(*change));
}

/* A query comes back; whatever it says, its request is answered. */
static void finish(struct sl_stage *stage, struct sl_event *query)
{
	struct sl_shop *shop = stage->private;
	const struct sl_shop_call *call = sl_shop_call(query);

	shop->calls--;
	if (call->interaction->listed) {
		sl_shop_finish_list(stage, query, call);
	} else if (query->status == -ENODATA &&
		   query->op == SL_SHOP_CART_SHOW) {
		fill_cart(stage, query, call);
		return;
	} else if (query->status) {
		sl_shop_refuse(stage, call->request,
			       sl_shop_code(query->status));
	} else {
		struct sl_shop_page page = { .c_id = call->c_id,
					     .sc_id = call->sc_id };

		sl_shop_show(stage, call->request, call->interaction, &page,
			     query->data);
	}
	sl_stage_free(stage, query);
}

static void hold(struct sl_stage *stage)
{
	const struct sl_shop *shop = stage->private;

	sl_stage_hold(stage, shop->cache.waiting + shop->images.lined_up);
}

static u32 shop_run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 port = sl_stage_port(stage, edge);
	u32 i;

	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (port == SL_SHOP_DB_PORT)
			finish(stage, event);
		else if (port == SL_SHOP_FILES_PORT)
			sl_shop_image_reply(stage, event);
		else if (!begin(stage, event))
			break;
	}
	sl_shop_images_feed(stage);
	hold(stage);
	return i;
}

/* Events come home without a word, and streams wait for them. */
static u32 shop_poll(struct sl_stage *stage)
{
	u32 fed = sl_shop_images_feed(stage);

	if (fed)
		hold(stage);
	return fed;
}

static bool shop_drain(struct sl_stage *stage)
{
	const struct sl_shop *shop = stage->private;

	return !shop->calls && !shop->images.oldest;
}

static int shop_open(struct sl_stage *stage)
{
	const struct sl_shop_options *options = stage->options;
	struct sl_shop *shop = stage->private;
	u64 room = stage->bank ? stage->bank->event_bytes -
				 sizeof(struct sl_event) : 0;
	u64 least = SL_HTTP_HEADROOM + sizeof(union rows);
	int err;

	if (room < least) {
		sl_stage_log(stage, "event_bytes is %llu, too small for a query's rows; set it to %llu or more",
			     (unsigned long long)room,
			     (unsigned long long)least);
		return -EINVAL;
	}
	if (!options->images[0]) {
		sl_stage_log(stage, "images is empty; set it to the images' directory within the export");
		return -EINVAL;
	}
	/* Never 0, which the dice would stay at. */
	shop->dice = ktime_get_ns() * 2 + 1 + ((u64)stage->replica << 48);
	err = sl_shop_cache_open(&shop->cache, stage->region,
				 options->cache_entries,
				 options->cache_age_ns);
	if (!err)
		err = sl_shop_images_open(stage, options->images,
					  options->names,
					  options->image_age_ns / 1000000000u);
	if (err)
		sl_stage_log(stage, "no memory for %llu lists and %llu names; lower cache_entries or names",
			     (unsigned long long)options->cache_entries,
			     (unsigned long long)options->names);
	return err;
}

#define OFFSET(field) offsetof(struct sl_shop_options, field)

static const struct sl_option options[] = {
	{ "cache_age", SL_OPTION_DURATION, OFFSET(cache_age_ns), 0,
	  30000000000, "30s", NULL,
	  "how old lists may be: new products, best sellers, searches" },
	{ "cache_entries", SL_OPTION_NUMBER, OFFSET(cache_entries), 0, 1 << 20,
	  "512", NULL, "lists that are kept; 7 KiB each" },
	{ "promotions", SL_OPTION_NUMBER, OFFSET(promotions), 0,
	  SL_SHOP_RELATED, "5", NULL, "items that home and search promote" },
	{ "images", SL_OPTION_STRING, OFFSET(images), 0, 0, "images", NULL,
	  "directory of the images within the export" },
	{ "names", SL_OPTION_NUMBER, OFFSET(names), 1, 1 << 24, "32768", NULL,
	  "images whose file handles are remembered; 88 bytes each" },
	{ "image_age", SL_OPTION_DURATION, OFFSET(image_age_ns), 0,
	  31536000000000000, "1h", NULL, "how long browsers may keep images" },
	{ .name = NULL },
};

static const char *const drop_reasons[] = {
	[SL_SHOP_DROP_BAD_REQUEST] = "bad request",
	[SL_SHOP_DROP_NOT_FOUND] = "not found",
	[SL_SHOP_DROP_METHOD] = "wrong method",
	[SL_SHOP_DROP_REFUSED] = "refused",
	[SL_SHOP_DROP_BUSY] = "busy",
	[SL_SHOP_DROP_FULL] = "disk full",
	[SL_SHOP_DROP_FAILED] = "failed",
	[SL_SHOP_DROP_PAGE_SIZE] = "page too large",
	[SL_SHOP_DROP_IMAGE] = "image cut short",
	NULL,
};

const struct sl_stage_type sl_shop_stage = {
	.name = "shop",
	.summary = "the bookstore's pages and images",
	.class = SL_STATELESS,
	.port = { { "http", "http", false, false },
		  { "db", "query", true, false },
		  { "files", "file", true, false } },
	.options = options,
	.options_bytes = sizeof(struct sl_shop_options),
	.private_bytes = sizeof(struct sl_shop),
	/* Images take half: as many as there are requests in http's bank. */
	.events = 512,
	.event_bytes = SL_HTTP_HEADROOM + 65536,
	.weight_ns = 3000,
	.own_requests = true,
	.sends = 1 << SL_SHOP_HTTP_PORT,
	.drop_reasons = drop_reasons,
	.open = shop_open,
	.run = shop_run,
	.poll = shop_poll,
	.drain = shop_drain,
};
