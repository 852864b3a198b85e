// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Requests and answers of the dashboard's port, all on its one thread.
 *
 * A stream of events that has sent the latest frame is suspended until the
 * next one is published.  A browser that vanishes is found out by then; one
 * that stops reading runs into the timeout of its connection.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "tools/web.h"

#define STALL_S		60	/* that a connection may stand still */
#define BLOCK_BYTES	16384
#define SECOND_NS	1000000000ull

static const char *const headers[][2] = {
	{ "Content-Security-Policy",
	  "default-src 'none'; script-src 'self'; style-src 'self'; "
	  "connect-src 'self'; img-src 'self'; base-uri 'none'; "
	  "form-action 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cache-Control", "no-store" },
};

static enum MHD_Result answer(struct MHD_Connection *connection, u32 status,
			      const char *type, struct MHD_Response *response)
{
	enum MHD_Result result;
	u32 i;

	if (!response)
		return MHD_NO;
	for (i = 0; i < ARRAY_SIZE(headers); i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
	MHD_add_response_header(response, "Content-Type", type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		MHD_add_response_header(response, "Retry-After", "5");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, u32 status,
			      const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8",
		      MHD_create_response_from_buffer(strlen(text), (void *)text,
						      MHD_RESPMEM_PERSISTENT));
}

static void drop_frame(struct sl_web_frame *frame)
{
	if (frame && !--frame->users) {
		free(frame->text);
		free(frame);
	}
}

/* Called for more of a stream. */
static ssize_t stream_read(void *context, uint64_t at, char *to, size_t room)
{
	struct sl_web_stream *stream = context;
	struct sl_web_frame *latest = stream->web->latest;
	size_t bytes;

	(void)at;
	if (stream->frame && stream->sent == stream->frame->bytes) {
		drop_frame(stream->frame);
		stream->frame = NULL;
	}
	if (!stream->frame) {
		if (!latest || latest->number == stream->number) {
			stream->suspended = true;
			MHD_suspend_connection(stream->connection);
			return 0;
		}
		/* Frames that it was too slow for are left out. */
		stream->frame = latest;
		stream->number = latest->number;
		stream->sent = 0;
		latest->users++;
	}
	bytes = min(room, stream->frame->bytes - stream->sent);
	memcpy(to, stream->frame->text + stream->sent, bytes);
	stream->sent += bytes;
	return bytes;
}

static void stream_close(void *context)
{
	struct sl_web_stream *stream = context;

	drop_frame(stream->frame);
	*stream->at = stream->next;
	if (stream->next)
		stream->next->at = stream->at;
	stream->web->stream_count--;
	free(stream);
}

static enum MHD_Result stream_open(struct sl_web *web,
				   struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	struct sl_web_stream *stream;

	if (web->stream_count >= SL_WEB_STREAMS_MAX)
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			      "too many browsers look at this already\n");
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return MHD_NO;
	stream->web = web;
	stream->connection = connection;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
						     BLOCK_BYTES, stream_read,
						     stream, stream_close);
	if (!response) {
		free(stream);
		return MHD_NO;
	}
	stream->next = web->streams;
	stream->at = &web->streams;
	if (stream->next)
		stream->next->at = &stream->next;
	web->streams = stream;
	web->stream_count++;
	return answer(connection, MHD_HTTP_OK,
		      "text/event-stream; charset=utf-8", response);
}

/**
 * sl_web_publish() - send the latest report to all streams
 * @web: the dashboard; its scope has just looked
 */
void sl_web_publish(struct sl_web *web)
{
	struct sl_web_frame *frame = calloc(1, sizeof(*frame));
	FILE *out;

	if (!frame)
		return;
	out = open_memstream(&frame->text, &frame->bytes);
	if (!out) {
		free(frame);
		return;
	}
	frame->number = web->latest ? web->latest->number + 1 : 1;
	frame->users = 1;
	fprintf(out, "retry: 2000\nid: %llu\ndata: ",
		(unsigned long long)frame->number);
	sl_web_state(&web->scope, out);
	fputs("\n\n", out);
	if (fclose(out)) {
		drop_frame(frame);
		return;
	}
	drop_frame(web->latest);
	web->latest = frame;
	sl_web_let_go(web);
}

/* Lets suspended streams look again. */
void sl_web_let_go(struct sl_web *web)
{
	struct sl_web_stream *stream;

	for (stream = web->streams; stream; stream = stream->next)
		if (stream->suspended) {
			stream->suspended = false;
			MHD_resume_connection(stream->connection);
		}
}

/* A text that is made for this answer alone. */
static enum MHD_Result answer_made(struct sl_web *web,
				   struct MHD_Connection *connection,
				   const char *path)
{
	const char *type = "application/json; charset=utf-8";
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return MHD_NO;
	if (!strcmp(path, "/metrics")) {
		type = "application/openmetrics-text; version=1.0.0;"
		       " charset=utf-8";
		sl_web_metrics(web->scope.after, out);
	} else if (!strcmp(path, "/api/history.json")) {
		sl_web_history(&web->scope, out);
	} else {
		sl_web_state(&web->scope, out);
		fputc('\n', out);
	}
	if (fclose(out)) {
		free(text);
		return MHD_NO;
	}
	return answer(connection, MHD_HTTP_OK, type,
		      MHD_create_response_from_buffer(bytes, text,
						      MHD_RESPMEM_MUST_FREE));
}

/*
 * A page elsewhere may have its name's address changed to ours and then read
 * from us as from itself.  It cannot do that with a number for a name.
 */
static bool is_our_name(const struct sl_web *web,
			struct MHD_Connection *connection)
{
	const char *host = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "Host");

	if (!web->loopback || !host || *host == '[')
		return true;
	return (!strncmp(host, "localhost", 9) &&
		(!host[9] || host[9] == ':')) ||
	       strspn(host, "0123456789.:") == strlen(host);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
			      const char *path, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_bytes, void **request)
{
	struct sl_web *web = context;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct sl_web_visitor *visitor = info ? info->socket_context : NULL;
	const struct sl_web_file *file = sl_web_file(path);

	(void)version;
	(void)upload;
	/* First comes the head alone; what may follow it is not looked at. */
	if (!*request || *upload_bytes) {
		*request = web;
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (visitor)
		visitor->answering = true;
	if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "this port is for looking only\n");
	if (!is_our_name(web, connection))
		return refuse(connection, MHD_HTTP_MISDIRECTED_REQUEST,
			      "ask by address, or as localhost\n");
	if (file)
		return answer(connection, MHD_HTTP_OK, file->type,
			      MHD_create_response_from_buffer(
				      file->end - file->start,
				      (void *)file->start,
				      MHD_RESPMEM_PERSISTENT));
	if (!strcmp(path, "/events"))
		return stream_open(web, connection);
	if (!strcmp(path, "/metrics") || !strcmp(path, "/api/stats.json") ||
	    !strcmp(path, "/api/history.json"))
		return answer_made(web, connection, path);
	return refuse(connection, MHD_HTTP_NOT_FOUND,
		      "there are /, /events, /metrics, /api/stats.json and"
		      " /api/history.json\n");
}

static void completed(void *context, struct MHD_Connection *connection,
		      void **request, enum MHD_RequestTerminationCode code)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct sl_web_visitor *visitor = info ? info->socket_context : NULL;

	(void)context;
	(void)request;
	(void)code;
	if (visitor) {
		visitor->answering = false;
		visitor->since_ns = ktime_get_ns();
	}
}

static void come_or_go(void *context, struct MHD_Connection *connection,
		       void **socket_context,
		       enum MHD_ConnectionNotificationCode code)
{
	struct sl_web *web = context;
	struct sl_web_visitor *visitor = *socket_context;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (!visitor)
			return;
		*visitor->at = visitor->next;
		if (visitor->next)
			visitor->next->at = visitor->at;
		web->visitor_count--;
		free(visitor);
		return;
	}
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	visitor = info ? calloc(1, sizeof(*visitor)) : NULL;
	*socket_context = visitor;
	if (!visitor)
		return;
	visitor->fd = info->connect_fd;
	visitor->since_ns = ktime_get_ns();
	visitor->next = web->visitors;
	visitor->at = &web->visitors;
	if (visitor->next)
		visitor->next->at = &visitor->next;
	web->visitors = visitor;
	web->visitor_count++;
}

/**
 * sl_web_hurry() - end connections that take too long to ask
 * @web: the dashboard
 * @now_ns: the time
 *
 * The library's timeout begins anew with every byte; this one does not.  It is
 * short while there are so many that new ones might not get in; else browsers
 * may keep connections for later.
 */
void sl_web_hurry(struct sl_web *web, u64 now_ns)
{
	u64 wait_s = web->visitor_count > SL_WEB_CONNECTIONS_MAX / 2 ?
		     SL_WEB_HURRY_S : SL_WEB_REQUEST_S;
	struct sl_web_visitor *visitor;

	for (visitor = web->visitors; visitor; visitor = visitor->next)
		if (!visitor->answering &&
		    now_ns > visitor->since_ns + wait_s * SECOND_NS)
			shutdown(visitor->fd, SHUT_RDWR);
}

/* What the library says of bad requests is nothing for the one who watches. */
static void keep_quiet(void *context, const char *format, va_list list)
{
	(void)context;
	(void)format;
	(void)list;
}

/**
 * sl_web_serve() - begin to answer
 * @web: the dashboard
 * @listener: from sl_web_listen(); the daemon closes it
 *
 * Return: the daemon, whose loop is the caller's, or NULL.
 */
struct MHD_Daemon *sl_web_serve(struct sl_web *web, int listener)
{
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, handle, web,
		MHD_OPTION_EXTERNAL_LOGGER, keep_quiet, NULL,
		MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_LIMIT, SL_WEB_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, STALL_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)SL_WEB_REQUEST_BYTES * 2,
		MHD_OPTION_NOTIFY_COMPLETED, completed, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, come_or_go, web,
		MHD_OPTION_END);
}
