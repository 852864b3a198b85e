// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The chunked coding, taken off (RFC 9112, section 7.1).
 *
 * Extensions and trailers are checked, bounded and skipped.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/http_parse.h"

#define DIGITS_MAX	8	/* of a chunk's size */
#define EXTRA_MAX	4096	/* extensions or trailers of one body */

static int hex(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* May a byte stand in an extension or in a trailer's value? */
static bool is_text(u8 c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

static bool is_name(u8 c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?={}", c);
}

static int read_size(struct sl_http_chunk *chunk, u8 c)
{
	int digit = hex(c);

	if (digit >= 0) {
		if (chunk->digits++ == DIGITS_MAX)
			return 413;
		chunk->left = 16 * chunk->left + digit;
		return 0;
	}
	if (!chunk->digits || (c != '\r' && c != ';'))
		return 400;
	chunk->state = c == ';' ? SL_CHUNK_EXTENSION : SL_CHUNK_SIZE_END;
	return 0;
}

/* Goes on to @state if the byte is the one that must come here. */
static int expect(struct sl_http_chunk *chunk, u8 c, u8 wanted, u8 state)
{
	if (c != wanted)
		return 400;
	chunk->state = state;
	return 0;
}

static int skip_extra(struct sl_http_chunk *chunk, u8 c, u8 state_after)
{
	if (c == '\r') {
		chunk->state = state_after;
		return 0;
	}
	if (!is_text(c))
		return 400;
	return chunk->extra_bytes++ < EXTRA_MAX ? 0 : 431;
}

static int skip_name(struct sl_http_chunk *chunk, u8 c)
{
	if (c == ':' && chunk->state == SL_CHUNK_NAME) {
		chunk->state = SL_CHUNK_VALUE;
		return 0;
	}
	if (!is_name(c))
		return 400;
	chunk->state = SL_CHUNK_NAME;
	return chunk->extra_bytes++ < EXTRA_MAX ? 0 : 431;
}

/* Takes one byte of what is not data. */
static int step(struct sl_http_chunk *chunk, u8 c)
{
	switch (chunk->state) {
	case SL_CHUNK_SIZE:
		return read_size(chunk, c);
	case SL_CHUNK_EXTENSION:
		return skip_extra(chunk, c, SL_CHUNK_SIZE_END);
	case SL_CHUNK_SIZE_END:
		return expect(chunk, c, '\n', chunk->left ? SL_CHUNK_DATA
							  : SL_CHUNK_TRAILER);
	case SL_CHUNK_DATA_CR:
		return expect(chunk, c, '\r', SL_CHUNK_DATA_LF);
	case SL_CHUNK_DATA_LF:
		chunk->digits = 0;
		return expect(chunk, c, '\n', SL_CHUNK_SIZE);
	case SL_CHUNK_TRAILER:
		if (c == '\r') {
			chunk->state = SL_CHUNK_LAST;
			return 0;
		}
		return skip_name(chunk, c);
	case SL_CHUNK_NAME:
		return skip_name(chunk, c);
	case SL_CHUNK_VALUE:
		return skip_extra(chunk, c, SL_CHUNK_VALUE_END);
	case SL_CHUNK_VALUE_END:
		return expect(chunk, c, '\n', SL_CHUNK_TRAILER);
	default:
		return expect(chunk, c, '\n', SL_CHUNK_DONE);
	}
}

/**
 * sl_http_dechunk() - take the chunked coding off a piece of a body
 * @chunk: where the body is; its state is SL_CHUNK_DONE when it is complete
 * @data: the piece
 * @bytes: how long it is
 * @used: set to how much of it belonged to this body
 * @body: where the body is collected
 * @body_bytes: how much of it is there, increased
 * @body_max: how much there may be
 *
 * Return: 0, or the status to refuse the request with.
 */
int sl_http_dechunk(struct sl_http_chunk *chunk, const u8 *data, u32 bytes,
		    u32 *used, u8 *body, u32 *body_bytes, u32 body_max)
{
	u32 at = 0;

	while (at < bytes && chunk->state != SL_CHUNK_DONE) {
		u32 n;
		int status;

		if (chunk->state != SL_CHUNK_DATA) {
			status = step(chunk, data[at++]);
			if (status)
				return status;
			continue;
		}
		if (chunk->left > body_max - *body_bytes)
			return 413;
		n = min_t(u64, chunk->left, bytes - at);
		memcpy(body + *body_bytes, data + at, n);
		*body_bytes += n;
		at += n;
		chunk->left -= n;
		if (!chunk->left)
			chunk->state = SL_CHUNK_DATA_CR;
	}
	*used = at;
	return 0;
}
