// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that emulated browsers speak HTTP as a browser does: they take whole
 * and chunked bodies in pieces of any size, images in bursts, and servers
 * that close when they have said so; and that whatever else a server does,
 * which a table lists, is an error and ends neither the run nor the test.
 *
 * The server is a thread that answers /home and the images.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/tpcw_browser.h"
#include "bench/tpcw_pages_test.h"
#include "tools/test.h"

#define ITEMS	  100
#define BROWSERS  3
#define RUN_NS	  (150 * 1000 * 1000ull)
#define FINISH_NS (1000 * 1000 * 1000ull)
#define CLIENTS	  64

/* What the server does wrong, or in another way than usual. */
enum manner {
	PLAIN, CHUNKED, DRIPPING, CLOSING, HANGING_UP, OTHER_HOST_CASE,
	MANNERS_GOOD,
	NO_LENGTH = MANNERS_GOOD, SHORT, LONG, EXTRA, NOT_FOUND, BROKEN,
	GARBAGE, WRONG_PAGE, IMAGE_SHORT, IMAGE_OTHER, IMAGE_MISSING,
	IMAGE_TAIL, BAD_CHUNKS, MUTE, HUGE_HEAD,
	MANNERS
};

static const char *const messages[MANNERS] = {
	[NO_LENGTH] = "no HTTP",      [SHORT] = "</html>",
	[LONG] = "",		      [EXTRA] = "bytes too many",
	[NOT_FOUND] = "status 404",   [BROKEN] = "status 500",
	[GARBAGE] = "no HTTP",	      [WRONG_PAGE] = "title of",
	[IMAGE_SHORT] = "bytes for",  [IMAGE_OTHER] = "another picture",
	[IMAGE_MISSING] = "status 404 for", [IMAGE_TAIL] = "another picture",
	[BAD_CHUNKS] = "cannot be read", [MUTE] = "cut off",
	[HUGE_HEAD] = "no HTTP",
};

struct client {
	int fd;
	char text[65536];
	u32 count;
	u32 served;
};

static struct sl_tpcw_model *model;
static int listener = -1;
static enum manner manner;
static int quit;
static struct client client[CLIENTS];
static char out[4 << 20];

/* All of it, or the client is gone. */
static bool put(struct client *to, const char *text, u64 count)
{
	u64 step = manner == DRIPPING ? 701 : count, at, part;

	for (at = 0; at < count; at += part) {
		part = count - at < step ? count - at : step;
		if (send(to->fd, text + at, part, MSG_NOSIGNAL) !=
		    (ssize_t)part)
			return false;
	}
	return true;
}

static u64 chunked(char *to, const char *body, u64 count)
{
	u64 at, part, used = 0;

	for (at = 0; at < count; at += part) {
		part = count - at < 1000 ? count - at : 1000;
		used += sprintf(to + used, "%llx;x=y\r\n",
				(unsigned long long)part);
		memcpy(to + used, body + at, part);
		used += part;
		used += sprintf(to + used, manner == BAD_CHUNKS ? "!!" :
								  "\r\n");
	}
	return used + sprintf(to + used, "0\r\n\r\n");
}

static bool answer(struct client *to, const char *body, u64 count, u32 status)
{
	u64 length = manner == LONG ? count + 5 : count, used;

	if (manner == GARBAGE)
		return put(to, "SSH-2.0-x\r\n\r\n", 13);
	if (manner == MUTE)
		return false;
	used = sprintf(out, "HTTP/1.1 %u X\r\n", status);
	if (manner == HUGE_HEAD) {
		memset(out + used, 'x', 20000);
		return put(to, out, used + 20000);
	}
	if (manner == CLOSING)
		used += sprintf(out + used, "Connection: close\r\n");
	if (manner == CHUNKED || manner == BAD_CHUNKS) {
		used += sprintf(out + used,
				"Transfer-Encoding: chunked\r\n\r\n");
		used += chunked(out + used, body, count);
		return put(to, out, used);
	}
	if (manner == OTHER_HOST_CASE)
		used += sprintf(out + used, "content-LENGTH:%llu\r\n\r\n",
				(unsigned long long)length);
	else if (manner == NO_LENGTH)
		used += sprintf(out + used, "\r\n");
	else
		used += sprintf(out + used, "Content-Length: %llu\r\n\r\n",
				(unsigned long long)length);
	memcpy(out + used, body, count);
	used += count;
	if (manner == EXTRA)
		used += sprintf(out + used, "extra");
	return put(to, out, used) && manner != CLOSING;
}

static bool answer_page(struct client *to, const char *query)
{
	static struct pages pages;
	static struct sl_tpcw_visit visit;
	const char *id = strstr(query, "?c_id=");
	struct sl_tpcw_customer customer;

	visit.now = manner == WRONG_PAGE ? SL_TPCW_SEARCH_REQUEST :
					   SL_TPCW_HOME;
	visit.customer = id && id < strchr(query, '\r') ? atoi(id + 6) : 0;
	if (visit.customer) {
		sl_tpcw_customer_fill(model, visit.customer, &customer);
		visit.fname = customer.fname;
		visit.lname = customer.lname;
	}
	pages_make(&pages, &visit);
	if (manner == SHORT)
		pages.count -= 9;
	return answer(to, pages.text, pages.count,
		      manner == NOT_FOUND ? 404 : manner == BROKEN ? 500 : 200);
}

static bool answer_image(struct client *to, const char *name)
{
	static u8 file[SL_TPCW_IMAGE_BYTES_MAX];
	enum sl_tpcw_image_kind kind;
	u32 number, bytes;

	if (!CHECK(sl_tpcw_image_parse(name, strcspn(name, " "), &kind,
				       &number)))
		return false;
	if (manner == IMAGE_OTHER && kind == SL_TPCW_THUMB)
		number++;
	bytes = sl_tpcw_image_draw(model, kind, number, file);
	if (manner == IMAGE_SHORT)
		bytes -= 3;
	if (manner == IMAGE_TAIL)
		file[bytes - 1]++;
	return answer(to, (char *)file, bytes,
		      manner == IMAGE_MISSING ? 404 : 200);
}

/* Answers all whole requests.  Return: is the client to be kept? */
static bool serve(struct client *from)
{
	char *end;

	while ((end = strstr(from->text, "\r\n\r\n"))) {
		bool keep;

		/* Idle connections may be closed without a word. */
		if (manner == HANGING_UP && from->served == 9 &&
		    !strncmp(from->text, "GET /home", 9))
			return false;
		if (!strncmp(from->text, "GET /images/", 12))
			keep = answer_image(from, from->text + 12);
		else
			keep = answer_page(from, from->text);
		from->served++;
		end += 4;
		from->count -= end - from->text;
		memmove(from->text, end, from->count + 1);
		if (!keep)
			return false;
	}
	return true;
}

static void take_client(void)
{
	int fd = accept(listener, NULL, NULL);
	u32 i;

	for (i = 0; i < CLIENTS && client[i].fd; i++)
		;
	if (fd < 0 || i == CLIENTS) {
		close(fd);
		return;
	}
	client[i].fd = fd;
	client[i].count = 0;
	client[i].served = 0;
	client[i].text[0] = 0;
}

static void drop_client(struct client *which)
{
	close(which->fd);
	which->fd = 0;
}

static void read_client(struct client *from)
{
	ssize_t got = recv(from->fd, from->text + from->count,
			   sizeof(from->text) - 1 - from->count, 0);

	if (got > 0) {
		from->count += got;
		from->text[from->count] = 0;
		if (serve(from))
			return;
	}
	drop_client(from);
}

static void *server(void *unused)
{
	struct pollfd poll_for[CLIENTS + 1];
	u32 i;

	(void)unused;
	while (!__atomic_load_n(&quit, __ATOMIC_ACQUIRE)) {
		poll_for[CLIENTS] = (struct pollfd){ listener, POLLIN, 0 };
		for (i = 0; i < CLIENTS; i++)
			poll_for[i] = (struct pollfd){ client[i].fd ?: -1,
						       POLLIN, 0 };
		if (poll(poll_for, CLIENTS + 1, 5) <= 0)
			continue;
		for (i = 0; i < CLIENTS; i++)
			if (poll_for[i].revents)
				read_client(&client[i]);
		if (poll_for[CLIENTS].revents)
			take_client();
	}
	for (i = 0; i < CLIENTS; i++)
		if (client[i].fd)
			drop_client(&client[i]);
	return NULL;
}

static struct sockaddr_in listen_somewhere(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t bytes = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_EQ(bind(listener, (struct sockaddr *)&address, bytes), 0);
	CHECK_EQ(listen(listener, 64), 0);
	CHECK_EQ(getsockname(listener, (struct sockaddr *)&address, &bytes),
		 0);
	return address;
}

/* A mix that stays at home. */
static struct sl_tpcw_mix home = { .name = "home" };

static struct sl_tpcw_load load_make(struct sl_tpcw_shop *shop)
{
	struct sl_tpcw_load load = {
		.browsers = BROWSERS, .mix = &home, .images = true,
		.seed = 9, .shop = shop,
	};
	u32 i;

	for (i = 0; i < SL_TPCW_INTERACTIONS; i++)
		home.weight[i][SL_TPCW_HOME] = SL_TPCW_WEIGHTS;
	return load;
}

static void check_result(const struct sl_tpcw_result *result)
{
	const char *want = messages[manner];

	if (manner < MANNERS_GOOD) {
		CHECK(result->done > BROWSERS);
		CHECK_EQ(result->images, result->done * 8);
		CHECK_EQ(result->measured, result->done);
		CHECK_EQ(result->latency[SL_TPCW_HOME].count, result->done);
		if (!CHECK_EQ(result->errors, 0))
			fprintf(stderr, "manner %d: %s\n", manner,
				result->message[0]);
		return;
	}
	CHECK_EQ(result->done, 0);
	CHECK(result->errors >= BROWSERS);
	if (!CHECK(strstr(result->message[0], want)))
		fprintf(stderr, "manner %d: %s\n", manner, result->message[0]);
}

static void test_manner(double think)
{
	static const int go_on;
	struct sl_tpcw_deeds deeds = { 0 };
	struct sl_tpcw_shop *shop = sl_tpcw_shop_create(model, true, &deeds);
	struct sl_tpcw_load load = load_make(shop);
	struct sl_tpcw_browsers *browsers;
	pthread_t thread;

	load.address = listen_somewhere();
	load.think = think;
	quit = 0;
	pthread_create(&thread, NULL, server, NULL);
	browsers = sl_tpcw_browsers_create(&load);
	if (CHECK(browsers)) {
		sl_tpcw_browsers_measure(browsers, true);
		sl_tpcw_browsers_run(browsers, sl_tpcw_now() + RUN_NS,
				     &go_on);
		/* What the server will never end, nobody waits for. */
		sl_tpcw_browsers_finish(browsers, sl_tpcw_now() +
						(manner == LONG ? 0 :
								  FINISH_NS));
		if (manner != LONG)
			check_result(sl_tpcw_browsers_result(browsers));
		else
			CHECK_EQ(sl_tpcw_browsers_result(browsers)->done, 0);
	}
	__atomic_store_n(&quit, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	close(listener);
	sl_tpcw_browsers_destroy(browsers);
	sl_tpcw_shop_destroy(shop);
	sl_tpcw_deeds_free(&deeds);
}

/* Nobody listens, then somebody does: no error if that was announced. */
static void test_outage(void)
{
	static const int go_on;
	struct sl_tpcw_deeds deeds = { 0 };
	struct sl_tpcw_shop *shop = sl_tpcw_shop_create(model, true, &deeds);
	struct sl_tpcw_load load = load_make(shop);
	struct sl_tpcw_browsers *browsers;
	const struct sl_tpcw_result *result;

	load.address = listen_somewhere();
	close(listener);
	browsers = sl_tpcw_browsers_create(&load);
	result = sl_tpcw_browsers_result(browsers);
	sl_tpcw_browsers_outage(browsers, true);
	sl_tpcw_browsers_run(browsers, sl_tpcw_now() + RUN_NS, &go_on);
	CHECK_EQ(result->errors, 0);
	CHECK_EQ(result->interrupted, 0);
	sl_tpcw_browsers_outage(browsers, false);
	sl_tpcw_browsers_run(browsers, sl_tpcw_now() + RUN_NS, &go_on);
	CHECK(result->errors > 0);
	CHECK(strstr(result->message[0], strerror(ECONNREFUSED)));
	sl_tpcw_browsers_finish(browsers, sl_tpcw_now() + FINISH_NS);
	sl_tpcw_browsers_destroy(browsers);
	sl_tpcw_shop_destroy(shop);
	sl_tpcw_deeds_free(&deeds);
}

int main(void)
{
	model = sl_tpcw_model_create(ITEMS, 1, 3);
	for (manner = 0; manner < MANNERS; manner++)
		test_manner(0);
	manner = PLAIN;
	test_manner(0.01);
	test_outage();
	sl_tpcw_model_destroy(model);
	TEST_END();
}
