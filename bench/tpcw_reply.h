/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_REPLY_H
#define BENCH_TPCW_REPLY_H

/*
 * An HTTP/1.1 reply, as a client reads it.
 *
 * Nothing is taken on trust: a head that is too long, a length that is no
 * number, two lengths that differ or none at all is an error, not a guess.
 */
#include <linux/types.h>

/* A longer head is an error. */
#define SL_TPCW_REPLY_HEAD_MAX 16384

/**
 * struct sl_tpcw_reply - what a reply's head says
 * @status: 200, 404, ...
 * @bytes: length of the body, 0 if it is chunked
 * @chunked: does the body come in chunks?
 * @closes: will the server close the connection after it?
 */
struct sl_tpcw_reply {
	u32 status;
	u64 bytes;
	bool chunked;
	bool closes;
};

/**
 * sl_tpcw_reply_head() - read a reply's head
 * @text: what has been received
 * @count: bytes of it
 * @reply: filled if the head is whole
 *
 * Return: bytes of the head; 0 if there must come more; -EBADMSG if this is
 * no reply that a client could read.
 */
int sl_tpcw_reply_head(const char *text, u64 count,
		       struct sl_tpcw_reply *reply);

/**
 * sl_tpcw_reply_chunks() - put together a body that comes in chunks
 * @text: what has been received after the head
 * @count: bytes of it
 * @bytes: set to the length of the body, which begins at @text then
 * @used: set to how many of the @count bytes it came in
 *
 * @text is changed only if the body is whole.
 *
 * Return: 1 if the body is whole, 0 if there must come more, -EBADMSG.
 */
int sl_tpcw_reply_chunks(char *text, u64 count, u64 *bytes, u64 *used);

#endif
