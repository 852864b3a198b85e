/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Writing the head of an HTTP/1.1 reply.
 *
 * A head is written backwards from where the body begins, into the headroom
 * that every reply has, so that head and body leave as one piece and neither
 * is copied.  The date is made once a second, not once a reply.
 */
#ifndef SL_HTTP_REPLY_H
#define SL_HTTP_REPLY_H

#include <linux/types.h>

#include "stages/web/http.h"

/* What every head has in common, for a second. */
struct sl_http_date {
	s64 second;		/* since 1970; 0: not made yet */
	u32 bytes;
	char text[60];		/* "Server: ...", "Date: ...", with their ends */
};

struct sl_http_reply {
	u16 code;
	u8 type;		/* enum sl_http_type */
	bool bodyless;		/* 204 and 304 say nothing of a body */
	bool close;
	bool keep_alive;	/* to be said aloud, to clients of HTTP/1.0 */
	bool allow;		/* say which methods there are */
	u32 max_age;		/* seconds; 0: none */
	u64 content_bytes;
};

void sl_http_date(struct sl_http_date *date, s64 second);
u32 sl_http_write_head(u8 *body, const struct sl_http_reply *reply,
		       const struct sl_http_date *date);
u32 sl_http_write_notice(u8 *body, u16 code);

#endif /* SL_HTTP_REPLY_H */
