// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/string.h>

#include "stages/web/http_parse.h"

/* What a byte may be part of. */
#define TOKEN	1	/* a method, the name of a field */
#define VALUE	2	/* the value of a field */
#define TARGET	4	/* a request's target */
#define HOST	8	/* the value of Host */

static const u8 kind[256] = {
	['\t'] = VALUE,
	[' '] = VALUE,
	['!'] = TOKEN | VALUE | TARGET | HOST,
	['"'] = VALUE | TARGET,
	['#'] = TOKEN | VALUE,
	['$' ... '\''] = TOKEN | VALUE | TARGET | HOST,
	['(' ... ')'] = VALUE | TARGET | HOST,
	['*' ... '+'] = TOKEN | VALUE | TARGET | HOST,
	[','] = VALUE | TARGET | HOST,
	['-' ... '.'] = TOKEN | VALUE | TARGET | HOST,
	['/'] = VALUE | TARGET,
	['0' ... '9'] = TOKEN | VALUE | TARGET | HOST,
	[':' ... ';'] = VALUE | TARGET | HOST,
	['<'] = VALUE | TARGET,
	['='] = VALUE | TARGET | HOST,
	['>' ... '@'] = VALUE | TARGET,
	['A' ... 'Z'] = TOKEN | VALUE | TARGET | HOST,
	['['] = VALUE | TARGET | HOST,
	['\\'] = VALUE | TARGET,
	[']'] = VALUE | TARGET | HOST,
	['^'] = TOKEN | VALUE | TARGET,
	['_'] = TOKEN | VALUE | TARGET | HOST,
	['`'] = TOKEN | VALUE | TARGET,
	['a' ... 'z'] = TOKEN | VALUE | TARGET | HOST,
	['{'] = VALUE | TARGET,
	['|'] = TOKEN | VALUE | TARGET,
	['}'] = VALUE | TARGET,
	['~'] = TOKEN | VALUE | TARGET | HOST,
	[0x80 ... 0xff] = VALUE,
};

static const u8 *skip(const u8 *p, u8 what)
{
	while (kind[*p] & what)
		p++;
	return p;
}

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(u8 c)
{
	return c >= '0' && c <= '9';
}

/* Is a text this word, which is in lower case, letters big or small? */
static bool is_word(const u8 *p, u32 bytes, const char *word)
{
	u32 i;

	if (bytes != strlen(word))
		return false;
	for (i = 0; i < bytes; i++) {
		u8 c = p[i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c != (u8)word[i])
			return false;
	}
	return true;
}

/**
 * sl_http_scan() - look for the end of a head
 * @scan: how far this head has been looked at
 * @data: all of the head that is there
 * @bytes: how much that is
 *
 * A blank line alone is a head of two bytes, which a server should skip.
 *
 * Return: length of the head with its blank line, 0 if more is needed, or
 * -EBADMSG if a line does not end as it must.
 */
int sl_http_scan(struct sl_http_scan *scan, const u8 *data, u32 bytes)
{
	while (scan->at < bytes) {
		const u8 *lf = memchr(data + scan->at, '\n', bytes - scan->at);
		u32 end;

		if (!lf)
			break;
		end = lf - data;
		if (!end || data[end - 1] != '\r')
			return -EBADMSG;
		if (end - 1 == scan->line)
			return end + 1;
		scan->line = end + 1;
		scan->at = end + 1;
	}
	scan->at = bytes;
	return 0;
}

static const struct {
	const char *name;
	u8 method;
	u16 refuse;
} methods[] = {
	{ "GET", SL_HTTP_GET, 0 },
	{ "HEAD", SL_HTTP_HEAD, 0 },
	{ "POST", SL_HTTP_POST, 0 },
	{ "OPTIONS", 0, 0 },
	{ "PUT", 0, 405 },
	{ "DELETE", 0, 405 },
	{ "PATCH", 0, 405 },
	{ "TRACE", 0, 405 },
	{ "CONNECT", 0, 405 },
};

static void find_method(struct sl_http_head *head, const u8 *name, u32 bytes)
{
	u32 i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strlen(methods[i].name) != bytes ||
		    memcmp(methods[i].name, name, bytes))
			continue;
		head->method = methods[i].method;
		head->refuse = methods[i].refuse;
		head->options = name[0] == 'O';
		return;
	}
	head->refuse = 501;
}

/*
 * Finds path and query between two places.  Of an absolute target ("http://
 * host/path") the rest is skipped; where it has no path, one of the slashes
 * before the host serves as one.
 */
static int split_target(struct sl_http_head *head, const u8 *data,
			const u8 *start, const u8 *end)
{
	const u8 *path = start;
	const u8 *mark;

	if (*start != '/') {
		const u8 *host = start + 7;

		if (end - start == 1 && *start == '*' && head->options)
			goto found;
		/* The name of a host and a port; nothing else asks for it. */
		if (head->refuse == 405)
			goto found;
		if (end - start < 8 || !is_word(start, 7, "http://"))
			return 400;
		for (path = host; path < end && kind[*path] & HOST; path++)
			;
		if (path == host || (path < end && *path != '/' &&
				     *path != '?'))
			return 400;
	}
found:
	mark = memchr(path, '?', end - path);
	head->path_at = path - data;
	head->path_bytes = (mark ? mark : end) - path;
	if (!head->path_bytes) {
		head->path_at = start + 6 - data;
		head->path_bytes = 1;
	}
	head->query_at = (mark ? mark + 1 : end) - data;
	head->query_bytes = end - data - head->query_at;
	return 0;
}

/* "HTTP/1.1" and the end of the line. */
static int read_version(struct sl_http_head *head, const u8 *p)
{
	if (memcmp(p, "HTTP/", 5) || !is_digit(p[5]) || p[6] != '.' ||
	    !is_digit(p[7]) || p[8] != '\r' || p[9] != '\n')
		return 400;
	if (p[5] != '1')
		return 505;
	head->minor = p[7] != '0';
	return 0;
}

static int read_request_line(struct sl_http_head *head, const u8 *data,
			     const u8 *end, const u8 **next)
{
	const u8 *name_end = skip(data, TOKEN);
	const u8 *target = name_end + 1;
	const u8 *target_end;
	int status;

	if (name_end == data || *name_end != ' ')
		return 400;
	find_method(head, data, name_end - data);
	target_end = skip(target, TARGET);
	/* A blank and "HTTP/1.1" and the line's end must still fit. */
	if (target_end == target || *target_end != ' ' || end - target_end < 11)
		return 400;
	status = read_version(head, target_end + 1);
	if (status)
		return status;
	*next = target_end + 11;
	return split_target(head, data, target, target_end);
}

/* What fields have been seen; twice is once too often. */
struct fields {
	bool host;
	bool length;
	bool coding;
};

static int read_length(struct sl_http_head *head, const u8 *p, const u8 *end)
{
	u64 n = 0;

	if (p == end)
		return 400;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return 400;
		/* What is too much stays too much. */
		if (n < 1ull << 50)
			n = 10 * n + (*p - '0');
	}
	head->body_bytes = n;
	return 0;
}

static void read_connection(struct sl_http_head *head, const u8 *p,
			    const u8 *end)
{
	while (p < end) {
		const u8 *word;

		if (!(kind[*p] & TOKEN)) {
			p++;
			continue;
		}
		word = p;
		while (p < end && kind[*p] & TOKEN)
			p++;
		if (is_word(word, p - word, "close"))
			head->close = true;
		else if (is_word(word, p - word, "keep-alive"))
			head->keep_alive = true;
	}
}

static int read_host(const u8 *p, const u8 *end)
{
	while (p < end && kind[*p] & HOST)
		p++;
	return p == end ? 0 : 400;
}

/* A field of which the name says how long it is and begins at @name. */
static int read_field(struct sl_http_head *head, struct fields *seen,
		      const u8 *name, u32 bytes, const u8 *value,
		      const u8 *end)
{
	switch (bytes) {
	case 4:
		if (!is_word(name, bytes, "host"))
			return 0;
		if (seen->host)
			return 400;
		seen->host = true;
		return read_host(value, end);
	case 6:
		if (!is_word(name, bytes, "expect") || !head->minor)
			return 0;
		if (!is_word(value, end - value, "100-continue"))
			return 417;
		head->expect = true;
		return 0;
	case 10:
		if (is_word(name, bytes, "connection"))
			read_connection(head, value, end);
		return 0;
	case 14:
		if (!is_word(name, bytes, "content-length"))
			return 0;
		if (seen->length)
			return 400;
		seen->length = true;
		return read_length(head, value, end);
	case 17:
		if (!is_word(name, bytes, "transfer-encoding"))
			return 0;
		if (seen->coding || !head->minor)
			return 400;
		seen->coding = true;
		head->chunked = true;
		return is_word(value, end - value, "chunked") ? 0 : 501;
	}
	return 0;
}

/* Reads the lines after the first, up to the blank one. */
static int read_fields(struct sl_http_head *head, const u8 *p,
		       const u8 *head_end)
{
	struct fields seen = { false, false, false };

	while (*p != '\r') {
		const u8 *name = p;
		const u8 *name_end = skip(p, TOKEN);
		const u8 *value = name_end + 1;
		const u8 *end;
		int status;

		if (name_end == name || *name_end != ':')
			return 400;
		while (is_blank(*value))
			value++;
		p = skip(value, VALUE);
		if (p[0] != '\r' || p[1] != '\n')
			return 400;
		end = p;
		while (end > value && is_blank(end[-1]))
			end--;
		status = read_field(head, &seen, name, name_end - name, value,
				    end);
		if (status)
			return status;
		p += 2;
	}
	/* A CR alone at the beginning of a line is not the blank line. */
	if (p + 2 != head_end)
		return 400;
	if (seen.coding && seen.length)
		return 400;
	if (head->minor && !seen.host)
		return 400;
	return 0;
}

/**
 * sl_http_parse() - take a head apart
 * @head: where to put what it says; method is right even if the rest is not
 * @data: a head that sl_http_scan() found the end of
 * @bytes: what it returned, more than 2
 *
 * Every line ends in CR LF, and the last one is blank, so no step needs to ask
 * whether bytes are left: none but the end of a line gets beyond a CR.
 *
 * Return: 0, or the status to refuse it with; the connection is then to be
 * closed, for where the next request begins is not known.  What is well
 * formed but cannot be done is in head->refuse.
 */
int sl_http_parse(struct sl_http_head *head, const u8 *data, u32 bytes)
{
	const u8 *next;
	int status;

	memset(head, 0, sizeof(*head));
	head->head_bytes = bytes;
	status = read_request_line(head, data, data + bytes, &next);
	if (status)
		return status;
	status = read_fields(head, next, data + bytes);
	if (status)
		return status;
	if (!head->minor && !head->keep_alive)
		head->close = true;
	return 0;
}
