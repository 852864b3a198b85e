/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Images: files of one directory, sent in the parts in which they are read.
 *
 * A stream is an image on its way to a client.  It mounts the directory and
 * looks its name up unless their handles are known, and then reads one part
 * after the other; the event that a part was read into becomes a part of the
 * reply, so no byte is copied.  Between parts a stream holds no event, for
 * the one it had is with the client now: it lines up for another.
 *
 * A server may forget a handle, even in the middle of an image.  Then its name
 * is looked up again; if it still is the same file, nothing has happened.
 *
 * Parts may have to wait in the http stage, for replies that come before
 * theirs on a connection.  If they could take every event, those replies would
 * wait for events that wait for them.  So images take at most half of the
 * bank, and the oldest stream one more: all that comes before it is answered
 * already, so what it takes only waits for its client.  The other half also
 * means that clients who read slowly cannot stop the pages.
 */
#ifndef SL_SHOP_IMAGE_H
#define SL_SHOP_IMAGE_H

#include "stages/stage.h"
#include "stages/web/http.h"
#include "stages/web/shop_names.h"

enum sl_shop_step { SL_SHOP_MOUNT, SL_SHOP_LOOKUP, SL_SHOP_GETATTR,
		    SL_SHOP_READ };

struct sl_shop_stream {
	struct sl_shop_stream *next;	/* free, or in line for an event */
	struct sl_shop_stream *older;	/* in flight */
	struct sl_shop_stream *younger;
	struct sl_event *request;	/* until the head is out */
	struct sl_http_args to;
	u32 way;
	u32 flow;
	u8 step;		/* enum sl_shop_step */
	u8 stale;		/* handles found to be stale, in a row */
	bool lined_up;
	u8 name_bytes;
	u8 name[SL_SHOP_NAME_MAX];
	struct sl_file_handle handle;
	u64 offset;
	u64 size;
	u64 fileid;		/* what the handle must stand for */
};

struct sl_shop_images {
	struct sl_shop_names names;
	struct sl_file_handle directory;
	bool mounted;
	const char *path;	/* of the directory within the export */
	u32 max_age;		/* seconds that clients may keep an image */
	struct sl_shop_stream *free;
	struct sl_shop_stream *oldest;
	struct sl_shop_stream *youngest;
	struct sl_shop_stream *line;	/* first that needs an event */
	struct sl_shop_stream **line_end;
	u32 lined_up;
};

bool sl_shop_image_is_name(const u8 *name, u32 bytes);

struct sl_shop;
int sl_shop_images_open(struct sl_stage *stage, const char *path, u32 names,
			u32 max_age);
bool sl_shop_image_begin(struct sl_stage *stage, struct sl_event *request,
			 const u8 *name, u32 bytes);
void sl_shop_image_reply(struct sl_stage *stage, struct sl_event *event);
u32 sl_shop_images_feed(struct sl_stage *stage);
bool sl_shop_images_spare(struct sl_stage *stage);

#endif /* SL_SHOP_IMAGE_H */
