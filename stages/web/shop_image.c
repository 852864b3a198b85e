// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/shop_stage.h"

#define STREAMS_PER_EVENT	4
#define STALE_MAX		32	/* in a row; it may be forgotten at once */

static struct sl_shop_images *images_of(struct sl_stage *stage)
{
	struct sl_shop *shop = stage->private;

	return &shop->images;
}

/**
 * sl_shop_image_is_name() - may this be the name of an image?
 * @name: as it came
 * @bytes: its length
 *
 * Return: whether it is of the form [a-z0-9_]+\.bmp and not too long; so it
 * leads nowhere but into the images' directory.
 */
bool sl_shop_image_is_name(const u8 *name, u32 bytes)
{
	u32 i;

	if (bytes < 5 || bytes > SL_SHOP_NAME_MAX ||
	    memcmp(name + bytes - 4, ".bmp", 4))
		return false;
	for (i = 0; i < bytes - 4; i++)
		if ((name[i] < 'a' || name[i] > 'z') &&
		    (name[i] < '0' || name[i] > '9') && name[i] != '_')
			return false;
	return true;
}

/**
 * sl_shop_images_open() - make room for streams and names
 * @stage: the shop
 * @path: of the directory, within the export
 * @names: how many names to remember
 * @max_age: seconds that clients may keep an image
 *
 * Return: 0 or -ENOMEM.
 */
int sl_shop_images_open(struct sl_stage *stage, const char *path, u32 names,
			u32 max_age)
{
	struct sl_shop_images *images = images_of(stage);
	u32 count = STREAMS_PER_EVENT * stage->bank->event_count;
	struct sl_shop_stream *stream;

	images->path = path;
	images->max_age = max_age;
	images->line_end = &images->line;
	stream = sl_region_carve(stage->region, count * sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	while (count--) {
		stream[count].next = images->free;
		images->free = &stream[count];
	}
	return sl_shop_names_open(&images->names, stage->region, names);
}

static void line_up(struct sl_shop_images *images,
		    struct sl_shop_stream *stream)
{
	stream->lined_up = true;
	stream->next = NULL;
	*images->line_end = stream;
	images->line_end = &stream->next;
	images->lined_up++;
}

static void leave_line(struct sl_shop_images *images,
		       struct sl_shop_stream **link)
{
	struct sl_shop_stream *stream = *link;

	stream->lined_up = false;
	*link = stream->next;
	if (!stream->next)
		images->line_end = link;
	images->lined_up--;
}

static void finish(struct sl_shop_images *images,
		   struct sl_shop_stream *stream)
{
	if (stream->older)
		stream->older->younger = stream->younger;
	else
		images->oldest = stream->younger;
	if (stream->younger)
		stream->younger->older = stream->older;
	else
		images->youngest = stream->older;
	stream->next = images->free;
	images->free = stream;
}

/* How many events are at home, once those on the doorstep are in. */
static u32 free_events(struct sl_stage *stage, u32 enough)
{
	if (stage->bank->free_count < enough)
		sl_bank_collect(stage->bank);
	return stage->bank->free_count;
}

/**
 * sl_shop_images_spare() - may something other than a stream take an event?
 * @stage: the shop
 *
 * Return: whether there is one that the oldest stream will not miss.
 */
bool sl_shop_images_spare(struct sl_stage *stage)
{
	u32 enough = images_of(stage)->oldest ? 2 : 1;

	return free_events(stage, enough) >= enough;
}

/* May a stream take an event now?  See the top of the header. */
static bool may_take(struct sl_stage *stage,
		     const struct sl_shop_stream *stream)
{
	const struct sl_shop *shop = stage->private;
	u32 all = stage->bank->event_count;
	u32 home = free_events(stage, all / 2 + 1);
	u32 images = all - home - shop->calls;

	if (stream == shop->images.oldest)
		return home >= 1 && images <= all / 2;
	return home >= 2 && images < all / 2;
}

/* Asks for the next thing that the stream needs. */
static void ask(struct sl_stage *stage, struct sl_shop_stream *stream,
		struct sl_event *event)
{
	static const u16 op[] = {
		[SL_SHOP_MOUNT] = SL_FILE_MOUNT,
		[SL_SHOP_LOOKUP] = SL_FILE_LOOKUP,
		[SL_SHOP_GETATTR] = SL_FILE_GETATTR,
		[SL_SHOP_READ] = SL_FILE_READ,
	};
	struct sl_shop_images *images = images_of(stage);
	struct sl_file_args *file = sl_file(event);

	event->context = stream;
	event->op = op[stream->step];
	event->flags = 0;
	event->status = 0;
	event->flow = stream->flow;
	event->data = event->buffer + SL_HTTP_HEADROOM;
	event->data_bytes = 0;
	*file = (struct sl_file_args){ .handle = stream->handle };
	if (stream->step == SL_SHOP_MOUNT) {
		event->data_bytes = strlen(images->path);
		memcpy(event->data, images->path, event->data_bytes);
	} else if (stream->step == SL_SHOP_LOOKUP) {
		file->handle = images->directory;
		event->data_bytes = stream->name_bytes;
		memcpy(event->data, stream->name, stream->name_bytes);
	} else if (stream->step == SL_SHOP_READ) {
		file->offset = stream->offset;
		file->count = event->data_max - SL_HTTP_HEADROOM;
	}
	sl_stage_call(stage, SL_SHOP_FILES_PORT, event);
}

/* Where a stream begins, or begins again: with what is not known yet. */
static void choose_step(struct sl_stage *stage, struct sl_shop_stream *stream)
{
	struct sl_shop_images *images = images_of(stage);

	if (sl_shop_names_find(&images->names, stream->name,
			       stream->name_bytes, stage->now_ns,
			       &stream->handle))
		stream->step = stream->to.method == SL_HTTP_HEAD ?
			       SL_SHOP_GETATTR : SL_SHOP_READ;
	else
		stream->step = images->mounted ? SL_SHOP_LOOKUP : SL_SHOP_MOUNT;
}

/**
 * sl_shop_image_begin() - begin to send an image
 * @stage: the shop
 * @request: who wants it
 * @name: which one; sl_shop_image_is_name()
 * @bytes: length of the name
 *
 * Return: false if the request must wait where it is.
 */
bool sl_shop_image_begin(struct sl_stage *stage, struct sl_event *request,
			 const u8 *name, u32 bytes)
{
	struct sl_shop_images *images = images_of(stage);
	struct sl_shop_stream *stream = images->free;

	if (!stream)
		return false;
	images->free = stream->next;
	stream->request = request;
	stream->to = *sl_http(request);
	stream->way = sl_stage_way(request);
	stream->flow = request->flow;
	stream->stale = 0;
	stream->offset = 0;
	stream->name_bytes = bytes;
	memcpy(stream->name, name, bytes);

	stream->younger = NULL;
	stream->older = images->youngest;
	if (images->youngest)
		images->youngest->younger = stream;
	else
		images->oldest = stream;
	images->youngest = stream;

	choose_step(stage, stream);
	line_up(images, stream);
	sl_shop_images_feed(stage);
	return true;
}

/**
 * sl_shop_images_feed() - give events to the streams in line
 * @stage: the shop
 *
 * Return: how many went on.
 */
u32 sl_shop_images_feed(struct sl_stage *stage)
{
	struct sl_shop_images *images = images_of(stage);
	struct sl_shop_stream **link = &images->line;
	u32 fed = 0;

	while (*link) {
		struct sl_shop_stream *stream = *link;

		if (may_take(stage, stream)) {
			leave_line(images, link);
			ask(stage, stream, sl_stage_take(stage));
			fed++;
			continue;
		}
		/* Only the oldest could fare better than the first in line. */
		if (stream == images->oldest || !images->oldest->lined_up ||
		    !may_take(stage, images->oldest))
			break;
		while (*link != images->oldest)
			link = &(*link)->next;
	}
	return fed;
}

/* The head, without a byte of the body. */
static void send_head(struct sl_stage *stage, struct sl_shop_stream *stream,
		      bool more)
{
	struct sl_event *request = stream->request;
	struct sl_http_args *http = sl_http(request);

	http->code = 200;
	http->type = SL_HTTP_BMP;
	http->max_age = images_of(stage)->max_age;
	http->content_bytes = stream->size;
	request->data = request->buffer + SL_HTTP_HEADROOM;
	request->data_bytes = 0;
	request->status = 0;
	request->flags = more ? SL_HTTP_MORE : 0;
	stream->request = NULL;
	sl_stage_reply(stage, request);
}

/* Something went wrong: says so, or ends a reply that is half out. */
static void fail(struct sl_stage *stage, struct sl_shop_stream *stream,
		 struct sl_event *event, int err)
{
	struct sl_shop_images *images = images_of(stage);

	if (stream->request) {
		sl_shop_refuse(stage, stream->request, sl_shop_code(err));
		sl_stage_free(stage, event);
	} else {
		sl_stage_drop(stage, SL_SHOP_DROP_IMAGE);
		sl_http_part(event, &stream->to, false);
		event->status = err;
		event->data_bytes = 0;
		sl_stage_send(stage, stream->way, event);
	}
	finish(images, stream);
}

/* A part has come: on it goes, and the stream wants the next one. */
static void take_part(struct sl_stage *stage, struct sl_shop_stream *stream,
		      struct sl_event *event)
{
	struct sl_shop_images *images = images_of(stage);
	const struct sl_file_attr *attr = &sl_file(event)->attr;
	u64 bytes = event->data_bytes;
	bool more;

	if (stream->request) {
		stream->size = attr->size;
		stream->fileid = attr->fileid;
	} else if (attr->fileid != stream->fileid) {
		/* Another file by the same name must not continue this one. */
		fail(stage, stream, event, -ESTALE);
		return;
	}
	stream->stale = 0;
	bytes = min_t(u64, bytes, stream->size - stream->offset);
	/* Whoever cuts the file short meanwhile also cuts short the reply. */
	if (!bytes && stream->offset < stream->size) {
		fail(stage, stream, event, -EIO);
		return;
	}
	if (stream->request)
		send_head(stage, stream, bytes > 0);
	if (!bytes) {
		sl_stage_free(stage, event);
		finish(images, stream);
		return;
	}
	stream->offset += bytes;
	more = stream->offset < stream->size;
	event->data_bytes = bytes;
	sl_http_part(event, &stream->to, more);
	sl_stage_send(stage, stream->way, event);
	if (more)
		line_up(images, stream);
	else
		finish(images, stream);
}

static void take_name(struct sl_stage *stage, struct sl_shop_stream *stream,
		      struct sl_event *event)
{
	struct sl_shop_images *images = images_of(stage);
	struct sl_file_args *file = sl_file(event);

	if (file->attr.type != SL_FILE_REG) {
		fail(stage, stream, event, -ENOENT);
		return;
	}
	stream->handle = file->object;
	sl_shop_names_put(&images->names, stream->name, stream->name_bytes,
			  stage->now_ns, &file->object);
	stream->step = stream->to.method == SL_HTTP_HEAD ? SL_SHOP_GETATTR :
							   SL_SHOP_READ;
	ask(stage, stream, event);
}

/*
 * A handle is no longer good, as of a server that remembers a bounded number of
 * files: looks the name up again, a few times, and goes on where it was.
 */
static void take_stale(struct sl_stage *stage, struct sl_shop_stream *stream,
		       struct sl_event *event)
{
	struct sl_shop_images *images = images_of(stage);

	if (stream->step == SL_SHOP_LOOKUP)
		images->mounted = false;
	else
		sl_shop_names_drop(&images->names, stream->name,
				   stream->name_bytes);
	if (++stream->stale > STALE_MAX) {
		fail(stage, stream, event, -EIO);
		return;
	}
	choose_step(stage, stream);
	ask(stage, stream, event);
}

/**
 * sl_shop_image_reply() - what a stream asked for has come
 * @stage: the shop
 * @event: the answer
 */
void sl_shop_image_reply(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_shop_images *images = images_of(stage);
	struct sl_shop_stream *stream = event->context;

	if (event->status == -ESTALE) {
		take_stale(stage, stream, event);
	} else if (event->status) {
		fail(stage, stream, event, event->status);
	} else if (stream->step == SL_SHOP_MOUNT) {
		images->directory = sl_file(event)->object;
		images->mounted = true;
		stream->step = SL_SHOP_LOOKUP;
		ask(stage, stream, event);
	} else if (stream->step == SL_SHOP_LOOKUP) {
		take_name(stage, stream, event);
	} else if (stream->step == SL_SHOP_GETATTR) {
		stream->size = sl_file(event)->attr.size;
		send_head(stage, stream, false);
		sl_stage_free(stage, event);
		finish(images, stream);
	} else {
		take_part(stage, stream, event);
	}
}
