// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Takes what the shop answers: pages as a whole, images as they come.
 *
 * Functions that return bytes return how many they took; -1 after they have
 * called sl_tpcw_browser_fail(), which leaves nothing to go on with.
 */
#include <stdio.h>
#include <string.h>

#include "bench/tpcw_engine.h"

static s64 page_take(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		     const char *body, u64 count, u64 now)
{
	struct sl_tpcw_page *page = &all->page;
	const char *wrong;

	sl_tpcw_page_read(page, body, count);
	wrong = sl_tpcw_visit_reply(&one->visit, page, body, count, now);
	if (wrong) {
		sl_tpcw_browser_fail(all, one, "%s", wrong);
		return -1;
	}
	one->images = all->load.images ? page->images : 0;
	one->asked = 0;
	one->answered = 0;
	memcpy(one->image, page->image, one->images * sizeof(page->image[0]));
	one->state = SL_TPCW_IMAGES;
	return count;
}

static u32 image_bytes(const struct sl_tpcw_browsers *all,
		       struct sl_tpcw_page_image image)
{
	return sl_tpcw_image_bytes(all->load.shop->model, image.kind,
				   image.number);
}

static bool image_end(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one)
{
	struct sl_tpcw_page_image image = one->image[one->answered];
	char name[32];

	if (!sl_tpcw_image_check(one->head, one->tail, image_bytes(all, image),
				 image.kind, image.number)) {
		sl_tpcw_image_name(image.kind, image.number, name);
		sl_tpcw_browser_fail(all, one, "got another picture for %s",
				     name);
		return false;
	}
	one->answered++;
	all->result.images++;
	return true;
}

/* Only the last three bytes of an image count: those before shift out. */
static void tail_keep(struct sl_tpcw_browser *one, const char *data, u64 count)
{
	u64 kept = sizeof(one->tail);

	if (count < kept) {
		kept = count;
		memmove(one->tail, one->tail + count,
			sizeof(one->tail) - count);
	}
	memcpy(one->tail + sizeof(one->tail) - kept, data + count - kept, kept);
}

static s64 image_take(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		      const char *data, u64 count)
{
	u32 head = sizeof(one->head) - one->head_bytes;

	if (count > one->left)
		count = one->left;
	if (head > count)
		head = count;
	memcpy(one->head + one->head_bytes, data, head);
	one->head_bytes += head;
	tail_keep(one, data, count);
	one->left -= count;
	if (!one->left && !image_end(all, one))
		return -1;
	return count;
}

static bool image_begin(struct sl_tpcw_browsers *all,
			struct sl_tpcw_browser *one, u32 status, u64 bytes)
{
	struct sl_tpcw_page_image image = one->image[one->answered];
	u32 want = image_bytes(all, image);
	char name[32];

	if (status == 200 && bytes == want) {
		one->left = want;
		one->head_bytes = 0;
		return true;
	}
	sl_tpcw_image_name(image.kind, image.number, name);
	if (status != 200)
		sl_tpcw_browser_fail(all, one, "got status %u for %s", status,
				     name);
	else
		sl_tpcw_browser_fail(all, one, "got %llu bytes for %s, not %u",
				     (unsigned long long)bytes, name, want);
	return false;
}

/* A reply that is whole. */
static s64 whole_take(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		      u32 status, const char *body, u64 count, u64 now)
{
	if (one->state == SL_TPCW_IMAGES)
		return image_begin(all, one, status, count) ?
			       image_take(all, one, body, count) :
			       -1;
	if (status == 200)
		return page_take(all, one, body, count, now);
	/* After a failure of the shop's own, nobody knows what was done. */
	if (status < 500)
		sl_tpcw_visit_refused(&one->visit);
	sl_tpcw_browser_fail(all, one, "was answered with status %u", status);
	return -1;
}

/* Takes nothing, and returns 0, as long as more must come first. */
static s64 reply_take(struct sl_tpcw_browsers *all, struct sl_tpcw_browser *one,
		      char *data, u64 count, u64 now)
{
	struct sl_tpcw_reply reply;
	int head = sl_tpcw_reply_head(data, count, &reply), whole;
	u64 bytes, used;

	if (!head)
		return 0;
	if (head < 0) {
		sl_tpcw_browser_fail(all, one, "got a reply that is no HTTP");
		return -1;
	}
	bytes = reply.bytes;
	used = reply.bytes;
	if (reply.chunked)
		whole = sl_tpcw_reply_chunks(data + head, count - head, &bytes,
					     &used);
	else
		whole = bytes <= count - head;
	if (whole == 1 || one->state == SL_TPCW_IMAGES)
		one->closes |= reply.closes;
	one->used = true;
	if (whole == 1)
		return whole_take(all, one, reply.status, data + head, bytes,
				  now) < 0 ? -1 : (s64)(head + used);
	/* An image may be taken as it comes. */
	if (one->state == SL_TPCW_IMAGES && !reply.chunked)
		return image_begin(all, one, reply.status, bytes) ? head : -1;
	if (whole < 0 || bytes > SL_TPCW_WHOLE_MAX - SL_TPCW_REPLY_HEAD_MAX ||
	    count >= SL_TPCW_WHOLE_MAX) {
		sl_tpcw_browser_fail(all, one, "got a body that cannot be "
				     "read");
		return -1;
	}
	return 0;
}

static bool awaits(const struct sl_tpcw_browser *one)
{
	return one->state == SL_TPCW_PAGE ||
	       (one->state == SL_TPCW_IMAGES && one->answered < one->asked);
}

void sl_tpcw_browser_take(struct sl_tpcw_browsers *all,
			  struct sl_tpcw_browser *one, char *data, u64 count)
{
	u64 now = sl_tpcw_now();
	s64 taken = 1;

	one->since_ns = now;
	while (count && taken) {
		if (!awaits(one)) {
			sl_tpcw_browser_fail(all, one, "got %llu bytes too "
					     "many", (unsigned long long)count);
			return;
		}
		if (one->left)
			taken = image_take(all, one, data, count);
		else
			taken = reply_take(all, one, data, count, now);
		if (taken < 0)
			return;
		data += taken;
		count -= taken;
	}
	if (count && sl_tpcw_wire_hold(&one->wire, data, count)) {
		sl_tpcw_browser_fail(all, one, "finds no memory for its reply");
		return;
	}
	if (one->state != SL_TPCW_IMAGES)
		return;
	if (one->answered == one->images)
		sl_tpcw_browser_end(all, one, now);
	else if (one->closes && !one->left && !count)
		sl_tpcw_browser_again(all, one);
	else
		sl_tpcw_browser_ask_images(all, one);
}
