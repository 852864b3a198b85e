/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Reading HTTP/1 requests, strictly (RFC 9110, RFC 9112).
 *
 * Bytes arrive in pieces of any size, so this is done in three steps, each of
 * which looks at a byte once however the pieces are cut:
 *
 *   sl_http_scan()     finds where a head ends, going on where it stopped
 *   sl_http_parse()    takes a whole head apart
 *   sl_http_dechunk()  takes the chunked coding off a body, piece by piece
 *
 * Whatever two readers of the same bytes could take for different requests
 * is refused with 400: bare line feeds, folded lines, blanks before a colon,
 * control characters, a second Content-Length or Host, Content-Length beside
 * Transfer-Encoding.  Nothing here allocates, copies or knows a connection.
 */
#ifndef SL_HTTP_PARSE_H
#define SL_HTTP_PARSE_H

#include <linux/types.h>

#include "stages/web/http.h"

/* How far a head has been looked at; zeroed before its first byte. */
struct sl_http_scan {
	u32 at;			/* bytes before this have been looked at */
	u32 line;		/* where the line begins that is not over */
};

/* A head taken apart; positions count from its first byte. */
struct sl_http_head {
	u8 method;		/* enum sl_http_method, 0 if none of them */
	u8 minor;		/* of the version: 0 or 1 */
	bool close;		/* the client wants no further request */
	bool keep_alive;	/* it says that it does */
	bool chunked;		/* the body is, and body_bytes unknown */
	bool expect;		/* it waits for 100 (Continue) */
	bool options;		/* answer with what is allowed */
	u16 refuse;		/* 0, or the status the request deserves */
	u32 head_bytes;
	u32 path_at;
	u32 path_bytes;
	u32 query_at;
	u32 query_bytes;
	u64 body_bytes;
};

enum sl_http_chunk_state {
	SL_CHUNK_SIZE, SL_CHUNK_EXTENSION, SL_CHUNK_SIZE_END, SL_CHUNK_DATA,
	SL_CHUNK_DATA_CR, SL_CHUNK_DATA_LF, SL_CHUNK_TRAILER, SL_CHUNK_NAME,
	SL_CHUNK_VALUE, SL_CHUNK_VALUE_END, SL_CHUNK_LAST, SL_CHUNK_DONE,
};

/* State of a chunked body; zeroed before its first byte. */
struct sl_http_chunk {
	u8 state;		/* enum sl_http_chunk_state */
	u8 digits;		/* of the size so far */
	u32 extra_bytes;	/* of extensions or trailers, which we skip */
	u64 left;		/* of the chunk */
};

int sl_http_scan(struct sl_http_scan *scan, const u8 *data, u32 bytes);
int sl_http_parse(struct sl_http_head *head, const u8 *data, u32 bytes);
int sl_http_dechunk(struct sl_http_chunk *chunk, const u8 *data, u32 bytes,
		    u32 *used, u8 *body, u32 *body_bytes, u32 body_max);

#endif /* SL_HTTP_PARSE_H */
