// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * How the shop answers requests: pages, lists, and what went wrong.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "stages/web/shop_stage.h"

#define STYLE_AGE	3600	/* seconds */

/**
 * sl_shop_code() - status of HTTP for a procedure's or a file's
 * @err: a negative errno
 *
 * Return: the status.
 */
u16 sl_shop_code(int err)
{
	switch (err) {
	case -EINVAL:
	case -ENAMETOOLONG:
		return 400;
	case -EACCES:
	case -EPERM:
		return 403;
	case -ENOENT:
	case -ENOTDIR:
	case -ELOOP:
		return 404;
	case -ENODATA:
	case -EOVERFLOW:
		return 409;
	case -EBUSY:
	case -EAGAIN:
		return 503;
	case -ENOSPC:
	case -EDQUOT:
		return 507;
	default:
		return 500;
	}
}

static enum sl_shop_drop drop_reason(u16 code)
{
	switch (code) {
	case 400:
		return SL_SHOP_DROP_BAD_REQUEST;
	case 403:
	case 409:
		return SL_SHOP_DROP_REFUSED;
	case 404:
		return SL_SHOP_DROP_NOT_FOUND;
	case 405:
		return SL_SHOP_DROP_METHOD;
	case 503:
		return SL_SHOP_DROP_BUSY;
	case 507:
		return SL_SHOP_DROP_FULL;
	default:
		return SL_SHOP_DROP_FAILED;
	}
}

/* Begins a text where the body of an answer goes. */
static void open_body(struct sl_text *text, struct sl_event *event)
{
	sl_text_open(text, event->buffer + SL_HTTP_HEADROOM,
		     event->data_max > SL_HTTP_HEADROOM ?
		     event->data_max - SL_HTTP_HEADROOM : 0);
}

/* Answers a request with a text that is in the request's own buffer. */
static void answer(struct sl_stage *stage, struct sl_event *event, u16 code,
		   enum sl_http_type type, const struct sl_text *text)
{
	struct sl_http_args *http = sl_http(event);

	http->code = code;
	http->type = type;
	http->max_age = type == SL_HTTP_CSS ? STYLE_AGE : 0;
	event->data = text->start;
	event->data_bytes = sl_text_bytes(text);
	http->content_bytes = event->data_bytes;
	event->flags = 0;
	/* Not even a word of regret fits: the http stage has one of its own. */
	event->status = sl_text_whole(text) ? 0 : -ENOBUFS;
	sl_stage_reply(stage, event);
}

/* Answers a request with a page that says what is wrong, and counts that. */
static void refuse(struct sl_stage *stage, struct sl_event *event, u16 code,
		   enum sl_shop_drop reason)
{
	struct sl_shop_page page = { .name = "error" };

	sl_stage_drop(stage, reason);
	open_body(&page.text, event);
	sl_shop_page_error(&page, code);
	answer(stage, event, code, SL_HTTP_HTML, &page.text);
}

/**
 * sl_shop_refuse() - answer a request with an error, which is counted
 * @stage: the shop, the request's owner
 * @event: the request
 * @code: status
 */
void sl_shop_refuse(struct sl_stage *stage, struct sl_event *event, u16 code)
{
	refuse(stage, event, code, drop_reason(code));
}

/**
 * sl_shop_show() - answer a request with its page
 * @stage: the shop, the request's owner
 * @event: the request, which the page overwrites
 * @interaction: what was asked for
 * @page: whose it is
 * @out: what the procedure answered; NULL if none was called
 */
void sl_shop_show(struct sl_stage *stage, struct sl_event *event,
		  const struct sl_shop_interaction *interaction,
		  struct sl_shop_page *page, const void *out)
{
	page->name = interaction->name;
	open_body(&page->text, event);
	interaction->show(page, out);
	sl_shop_page_end(page);
	if (likely(sl_text_whole(&page->text)))
		answer(stage, event, 200, SL_HTTP_HTML, &page->text);
	else
		refuse(stage, event, 500, SL_SHOP_DROP_PAGE_SIZE);
}

/**
 * sl_shop_show_entry() - answer a request for a list out of its entry
 * @stage: the shop, the request's owner
 * @event: the request
 * @interaction: which list
 * @c_id: who wants it
 * @sc_id: with which cart
 * @entry: a fresh one
 */
void sl_shop_show_entry(struct sl_stage *stage, struct sl_event *event,
			const struct sl_shop_interaction *interaction,
			u32 c_id, u32 sc_id, const struct sl_shop_entry *entry)
{
	struct sl_shop_page page = {
		.c_id = c_id, .sc_id = sc_id, .key = &entry->key,
		.age_s = (stage->now_ns - entry->asked_ns) / 1000000000u,
	};

	sl_shop_show(stage, event, interaction, &page, &entry->rows);
}

/* All who waited for a list get it, or the error. */
static void answer_waiting(struct sl_stage *stage, struct sl_shop_entry *entry,
			   const struct sl_shop_interaction *what, int err)
{
	struct sl_shop *shop = stage->private;
	struct sl_shop_request *request = &shop->request;
	struct sl_event *event;

	while ((event = sl_fifo_get(&entry->waiting))) {
		shop->cache.waiting--;
		if (err) {
			sl_shop_refuse(stage, event, sl_shop_code(err));
			continue;
		}
		/* Its fields are still there, and were good when it came. */
		sl_shop_read_request(request, event);
		sl_shop_show_entry(stage, event, what, request->c_id,
				   request->sc_id, entry);
	}
}

/**
 * sl_shop_finish_list() - rows of a list have come, or will not
 * @stage: the shop
 * @query: the reply; it stays the caller's
 * @call: what it belongs to
 */
void sl_shop_finish_list(struct sl_stage *stage, struct sl_event *query,
			 const struct sl_shop_call *call)
{
	struct sl_shop_entry *entry = call->entry;
	int err = query->status;

	if (err) {
		sl_shop_refuse(stage, call->request, sl_shop_code(err));
		if (entry)
			sl_shop_cache_fail(entry);
	} else if (entry) {
		sl_shop_cache_fill(entry, (void *)query->data);
		sl_shop_show_entry(stage, call->request, call->interaction,
				   call->c_id, call->sc_id, entry);
	} else {
		struct sl_shop_page page = {
			.c_id = call->c_id, .sc_id = call->sc_id,
			.key = &call->key,
			.age_s = (stage->now_ns - call->asked_ns) / 1000000000u,
		};

		sl_shop_show(stage, call->request, call->interaction, &page,
			     query->data);
	}
	if (entry)
		answer_waiting(stage, entry, call->interaction, err);
}

/**
 * sl_shop_show_style() - answer a request for the style sheet
 * @stage: the shop, the request's owner
 * @event: the request
 */
void sl_shop_show_style(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_text text;

	open_body(&text, event);
	sl_text_say(&text, sl_shop_style);
	answer(stage, event, 200, SL_HTTP_CSS, &text);
}
