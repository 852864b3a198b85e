// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_reply.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* More digits than any length that is worth reading. */
#define DIGITS_MAX 15

/* A field of the head, without the spaces around its value. */
struct field {
	const char *name;
	const char *value;
	u32 name_count;
	u32 value_count;
};

static bool is(const char *text, u32 count, const char *word)
{
	return count == strlen(word) && !strncasecmp(text, word, count);
}

static bool field_split(const char *line, u32 count, struct field *field)
{
	const char *colon = memchr(line, ':', count);

	if (!colon || colon == line)
		return false;
	field->name = line;
	field->name_count = colon - line;
	field->value = colon + 1;
	field->value_count = count - field->name_count - 1;
	while (field->value_count &&
	       (*field->value == ' ' || *field->value == '\t')) {
		field->value++;
		field->value_count--;
	}
	while (field->value_count &&
	       (field->value[field->value_count - 1] == ' ' ||
		field->value[field->value_count - 1] == '\t'))
		field->value_count--;
	return true;
}

static bool number_read(const char *text, u32 count, u64 *number)
{
	u64 value = 0;
	u32 i;

	if (!count || count > DIGITS_MAX)
		return false;
	for (i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + text[i] - '0';
	}
	*number = value;
	return true;
}

/* The status line: "HTTP/1.1 200 OK"; the reason may be missing. */
static bool status_read(const char *line, u32 count,
			struct sl_tpcw_reply *reply)
{
	u64 status;

	if (count < 12 || memcmp(line, "HTTP/1.", 7) ||
	    (line[7] != '0' && line[7] != '1') || line[8] != ' ' ||
	    !number_read(line + 9, 3, &status) ||
	    (count > 12 && line[12] != ' '))
		return false;
	reply->status = status;
	reply->closes = line[7] == '0';
	/* A reply that has no body by rule is none that we ask for. */
	return status >= 200 && status < 600 && status != 204 && status != 304;
}

static bool field_read(const struct field *field, struct sl_tpcw_reply *reply,
		       bool *measured)
{
	u64 bytes;

	if (is(field->name, field->name_count, "content-length")) {
		if (!number_read(field->value, field->value_count, &bytes) ||
		    (*measured && bytes != reply->bytes))
			return false;
		reply->bytes = bytes;
		*measured = true;
	} else if (is(field->name, field->name_count, "transfer-encoding")) {
		if (!is(field->value, field->value_count, "chunked"))
			return false;
		reply->chunked = true;
	} else if (is(field->name, field->name_count, "connection")) {
		if (is(field->value, field->value_count, "close"))
			reply->closes = true;
		else if (is(field->value, field->value_count, "keep-alive"))
			reply->closes = false;
	}
	return true;
}

/* Return: the end of the line, NULL if it does not end in CR LF. */
static const char *line_end(const char *line, const char *end)
{
	const char *feed = memchr(line, '\n', end - line);

	return feed && feed > line && feed[-1] == '\r' ? feed - 1 : NULL;
}

int sl_tpcw_reply_head(const char *text, u64 count,
		       struct sl_tpcw_reply *reply)
{
	u64 seen = count < SL_TPCW_REPLY_HEAD_MAX ? count :
						    SL_TPCW_REPLY_HEAD_MAX;
	const char *end = memmem(text, seen, "\r\n\r\n", 4), *line, *next;
	bool measured = false;
	struct field field;

	if (!end)
		return seen < SL_TPCW_REPLY_HEAD_MAX ? 0 : -EBADMSG;
	memset(reply, 0, sizeof(*reply));
	next = line_end(text, end + 2);
	if (!next || !status_read(text, next - text, reply))
		return -EBADMSG;
	for (line = next + 2; line < end; line = next + 2) {
		next = line_end(line, end + 2);
		if (!next || !field_split(line, next - line, &field) ||
		    !field_read(&field, reply, &measured))
			return -EBADMSG;
	}
	if (measured == reply->chunked)
		return -EBADMSG;
	return end + 4 - text;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Return: bytes of the size's line, 0 if it is not whole, or -EBADMSG. */
static int size_read(const char *text, u64 count, u64 *size)
{
	u64 i = 0;

	*size = 0;
	for (; i < count && digit_of(text[i]) >= 0; i++)
		*size = *size << 4 | digit_of(text[i]);
	if (i == count && i <= 8)
		return 0;
	if (!i || i > 8)
		return -EBADMSG;
	/* An extension may follow, of which nobody has made use yet. */
	for (; i < count && text[i] != '\r'; i++)
		if (i > 256 || text[i] == '\n')
			return -EBADMSG;
	if (i + 2 > count)
		return 0;
	return text[i + 1] == '\n' ? (int)i + 2 : -EBADMSG;
}

/*
 * Goes through the chunks, and, when they are known to be whole, moves them
 * together.
 */
static int chunks_walk(char *text, u64 count, u64 *bytes, u64 *used, bool move)
{
	u64 at = 0, size;
	int line;

	*bytes = 0;
	for (;;) {
		line = size_read(text + at, count - at, &size);
		if (line <= 0)
			return line;
		at += line;
		if (size + 2 > count - at)
			return 0;
		if (text[at + size] != '\r' || text[at + size + 1] != '\n')
			return -EBADMSG;
		if (move)
			memmove(text + *bytes, text + at, size);
		*bytes += size;
		at += size + 2;
		if (!size)
			break;
	}
	*used = at;
	return 1;
}

int sl_tpcw_reply_chunks(char *text, u64 count, u64 *bytes, u64 *used)
{
	int whole = chunks_walk(text, count, bytes, used, false);

	return whole == 1 ? chunks_walk(text, count, bytes, used, true) : whole;
}
