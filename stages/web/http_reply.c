// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/http_reply.h"

static const struct {
	u16 code;
	const char *line;
} status_lines[] = {
	{ 200, "HTTP/1.1 200 OK\r\n" },
	{ 201, "HTTP/1.1 201 Created\r\n" },
	{ 204, "HTTP/1.1 204 No Content\r\n" },
	{ 304, "HTTP/1.1 304 Not Modified\r\n" },
	{ 400, "HTTP/1.1 400 Bad Request\r\n" },
	{ 403, "HTTP/1.1 403 Forbidden\r\n" },
	{ 404, "HTTP/1.1 404 Not Found\r\n" },
	{ 405, "HTTP/1.1 405 Method Not Allowed\r\n" },
	{ 408, "HTTP/1.1 408 Request Timeout\r\n" },
	{ 409, "HTTP/1.1 409 Conflict\r\n" },
	{ 410, "HTTP/1.1 410 Gone\r\n" },
	{ 413, "HTTP/1.1 413 Content Too Large\r\n" },
	{ 414, "HTTP/1.1 414 URI Too Long\r\n" },
	{ 417, "HTTP/1.1 417 Expectation Failed\r\n" },
	{ 429, "HTTP/1.1 429 Too Many Requests\r\n" },
	{ 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n" },
	{ 501, "HTTP/1.1 501 Not Implemented\r\n" },
	{ 503, "HTTP/1.1 503 Service Unavailable\r\n" },
	{ 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n" },
	{ 507, "HTTP/1.1 507 Insufficient Storage\r\n" },
	/* What stands for codes that nobody here should use. */
	{ 500, "HTTP/1.1 500 Internal Server Error\r\n" },
};

static const char *const type_lines[] = {
	[SL_HTTP_HTML] = "Content-Type: text/html; charset=utf-8\r\n",
	[SL_HTTP_TEXT] = "Content-Type: text/plain; charset=utf-8\r\n",
	[SL_HTTP_BMP] = "Content-Type: image/bmp\r\n",
	[SL_HTTP_JPEG] = "Content-Type: image/jpeg\r\n",
	[SL_HTTP_PNG] = "Content-Type: image/png\r\n",
	[SL_HTTP_GIF] = "Content-Type: image/gif\r\n",
	[SL_HTTP_CSS] = "Content-Type: text/css; charset=utf-8\r\n",
	[SL_HTTP_OCTETS] = "Content-Type: application/octet-stream\r\n",
};

static const char *status_line(u16 code)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(status_lines) - 1 && status_lines[i].code != code)
		i++;
	return status_lines[i].line;
}

static u8 *put_text(u8 *at, const char *text)
{
	size_t bytes = strlen(text);

	memcpy(at, text, bytes);
	return at + bytes;
}

static u8 *put_number(u8 *at, u64 n)
{
	u8 digit[20];
	u32 count = 0;

	do {
		digit[count++] = '0' + n % 10;
		n /= 10;
	} while (n);
	while (count)
		*at++ = digit[--count];
	return at;
}

static char *put_two(char *at, u32 n)
{
	at[0] = '0' + n / 10;
	at[1] = '0' + n % 10;
	return at + 2;
}

/*
 * Year, month and day of a day since 1970 in the Gregorian calendar.  Years
 * begin in March here, so that the leap day is the last one of a year.
 */
static void find_day(u32 days, u32 *year, u32 *month, u32 *day)
{
	u32 since = days + 719468;	/* days since 1 March 0000 */
	u32 era = since / 146097;
	u32 of_era = since % 146097;
	u32 year_of_era = (of_era - of_era / 1460 + of_era / 36524 -
			   of_era / 146096) / 365;
	u32 of_year = of_era - (365 * year_of_era + year_of_era / 4 -
				year_of_era / 100);
	u32 from_march = (5 * of_year + 2) / 153;

	*day = of_year - (153 * from_march + 2) / 5 + 1;
	*month = (from_march + 2) % 12;
	*year = era * 400 + year_of_era + (*month < 2);
}

/**
 * sl_http_date() - make the lines that change once a second
 * @date: where they are kept
 * @second: time since 1970
 */
void sl_http_date(struct sl_http_date *date, s64 second)
{
	u32 days = (u64)second / 86400;
	u32 rest = (u64)second % 86400;
	u32 year, month, day;
	char *at;

	if (date->second == second)
		return;
	find_day(days, &year, &month, &day);
	at = (char *)put_text((u8 *)date->text, "Server: sluice\r\nDate: ");
	memcpy(at, &"ThuFriSatSunMonTueWed"[days % 7 * 3], 3);
	memcpy(at + 3, ", ", 2);
	at = put_two(at + 5, day);
	*at++ = ' ';
	memcpy(at, &"JanFebMarAprMayJunJulAugSepOctNovDec"[month * 3], 3);
	at[3] = ' ';
	at = put_two(at + 4, year / 100 % 100);
	at = put_two(at, year % 100);
	*at++ = ' ';
	at = put_two(at, rest / 3600);
	*at++ = ':';
	at = put_two(at, rest / 60 % 60);
	*at++ = ':';
	at = put_two(at, rest % 60);
	at = (char *)put_text((u8 *)at, " GMT\r\n");
	date->bytes = at - date->text;
	date->second = second;
}

/**
 * sl_http_write_head() - write the head of a reply in front of its body
 * @body: where the body begins, SL_HTTP_HEADROOM bytes free before it
 * @reply: what the head is to say
 * @date: made by sl_http_date()
 *
 * Return: length of the head, which ends where the body begins.
 */
u32 sl_http_write_head(u8 *body, const struct sl_http_reply *reply,
		       const struct sl_http_date *date)
{
	/* Its length is known when it is written, hence not in place. */
	u8 head[2 * SL_HTTP_HEADROOM];
	u8 *at = put_text(head, status_line(reply->code));
	u32 bytes;

	memcpy(at, date->text, date->bytes);
	at += date->bytes;
	if (!reply->bodyless) {
		u32 type = min_t(u32, reply->type, SL_HTTP_OCTETS);

		at = put_text(at, type_lines[type]);
		at = put_text(at, "Content-Length: ");
		at = put_number(at, reply->content_bytes);
		at = put_text(at, "\r\n");
	}
	if (reply->allow) {
		at = put_text(at, "Allow: GET, HEAD, POST, OPTIONS\r\n");
	} else if (reply->max_age) {
		at = put_text(at, "Cache-Control: max-age=");
		at = put_number(at, reply->max_age);
		at = put_text(at, "\r\n");
	}
	if (reply->close)
		at = put_text(at, "Connection: close\r\n");
	else if (reply->keep_alive)
		at = put_text(at, "Connection: keep-alive\r\n");
	at = put_text(at, "\r\n");

	/* The longest of everything adds up to 238; http_reply_test.c tries. */
	bytes = at - head;
	if (WARN_ON_ONCE(bytes > SL_HTTP_HEADROOM))
		return 0;
	memcpy(body - bytes, head, bytes);
	return bytes;
}

/**
 * sl_http_write_notice() - write the body of a reply that says what is wrong
 * @body: room for 64 bytes
 * @code: status
 *
 * Return: its length.
 */
u32 sl_http_write_notice(u8 *body, u16 code)
{
	const char *line = status_line(code) + 9;
	u32 bytes = strlen(line) - 2;

	memcpy(body, line, bytes);
	body[bytes] = '\n';
	return bytes + 1;
}
