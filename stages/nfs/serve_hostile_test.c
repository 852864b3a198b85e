// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that the server lives with clients that do not behave, and that one
 * that does goes on unharmed beside them: clients that read nothing, vanish in
 * the middle of a record, send a byte at a time, send rubbish, close half of
 * the connection, or come again over another one with what they have asked
 * before.
 */
#include <poll.h>
#include <pthread.h>

#include "stages/nfs/wire_test.h"

#define CROWD		60
#define DEAF		12
#define ROUNDS		20	/* of the witness, in each test */
#define TWINS		100

static struct handle root;
static u8 noise[70000];

/* The one that behaves: writes, reads, makes and removes, as long as it may. */
static struct witness {
	pthread_t thread;
	bool stop;
	u64 rounds;
} witness;

static bool witness_round(struct client *c, const struct handle *directory,
			  u64 round)
{
	u8 data[3000];
	struct handle file;
	char name[32];
	const u8 *got;
	u32 bytes = 0;
	bool eof;

	snprintf(name, sizeof(name), "witness%llu", (unsigned long long)round);
	memset(data, round, sizeof(data));
	return CHECK_EQ(create(c, directory, name, &file), SL_NFS_OK) &&
	       CHECK_EQ(write_file(c, &file, 5, data, sizeof(data), 0),
			SL_NFS_OK) &&
	       CHECK_EQ(read_file(c, &file, 5, sizeof(data) + 1, &got, &bytes,
				  &eof), SL_NFS_OK) &&
	       CHECK(bytes == sizeof(data) && eof) &&
	       CHECK(!memcmp(got, data, sizeof(data))) &&
	       CHECK_EQ(remove_name(c, directory, name), SL_NFS_OK) &&
	       CHECK_EQ(lookup(c, directory, name, &file), SL_NFS_NOENT);
}

static void *witness_run(void *arg)
{
	struct client *c = arg;
	struct handle directory;

	if (CHECK_EQ(make_directory(c, &root, "witness", &directory),
		     SL_NFS_OK))
		while (!READ_ONCE(witness.stop) &&
		       witness_round(c, &directory, witness.rounds))
			WRITE_ONCE(witness.rounds, witness.rounds + 1);
	client_free(c);
	return NULL;
}

/* It does some more. */
static void expect_witness(void)
{
	u64 until = READ_ONCE(witness.rounds) + ROUNDS;
	u32 ms;

	for (ms = 0; ms < WIRE_WAIT_S * 1000; ms++) {
		if (READ_ONCE(witness.rounds) >= until)
			return;
		usleep(1000);
	}
	CHECK(!"somebody who behaves goes on");
}

/* Asks for much more than fits into sockets. */
static void ask_for_much(struct client *c, const struct handle *file)
{
	const int small = 4096;
	u32 k;

	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (k = 0; k < 200; k++) {
		begin(c, SL_FILE_READ);
		put_handle(c, file);
		put_u64(c, 0);
		put_u32(c, sizeof(noise));
		if (send(c->fd, c->out, seal(c), MSG_NOSIGNAL | MSG_DONTWAIT) <=
		    0)
			break;
	}
}

/*
 * Who reads nothing of what he has asked for, or only so little that it will
 * never be enough, keeps answers waiting, but not those of others for long.
 */
static void test_deaf(u32 sip_bytes)
{
	static struct client *deaf[DEAF];
	u64 until = READ_ONCE(witness.rounds) + ROUNDS;
	u8 sip[4096];
	struct handle file;
	u32 i, ms;

	deaf[0] = client_new();
	begin_create(deaf[0], &root, "long", SL_FILE_UNCHECKED);
	CHECK_EQ(call(deaf[0]), SL_NFS_OK);
	CHECK_EQ(lookup(deaf[0], &root, "long", &file), SL_NFS_OK);
	CHECK_EQ(write_file(deaf[0], &file, 0, noise, sizeof(noise), 0),
		 SL_NFS_OK);
	for (i = 0; i < DEAF; i++) {
		if (i)
			deaf[i] = client_new();
		ask_for_much(deaf[i], &file);
	}
	for (ms = 0; READ_ONCE(witness.rounds) < until &&
		     ms < WIRE_WAIT_S * 1000; ms += 50) {
		usleep(50000);
		for (i = 0; sip_bytes && i < DEAF; i++)
			recv(deaf[i]->fd, sip, sip_bytes, MSG_DONTWAIT);
	}
	CHECK(READ_ONCE(witness.rounds) >= until);
	for (i = 0; i < DEAF; i++)
		client_free(deaf[i]);
	expect_witness();
}

/* In the mark, in the head, in what is to be written; with and without RST. */
static void test_vanish(void)
{
	static const u32 cuts[] = { 1, 3, 4, 5, 40, 100, 1000, 40000, 70000 };
	const struct linger at_once = { .l_onoff = 1 };
	struct handle file;
	struct client *c;
	u32 i, bytes;

	c = client_new();
	CHECK_EQ(create(c, &root, "vanish", &file), SL_NFS_OK);
	client_free(c);
	for (i = 0; i < 4 * ARRAY_SIZE(cuts); i++) {
		c = client_new();
		begin_write(c, &file, 0, noise, sizeof(noise), 0);
		bytes = seal(c);
		CHECK(write_all(c->fd, c->out, min(bytes, cuts[i / 4])));
		if (i & 1)
			setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once,
				   sizeof(at_once));
		if (i & 2)
			usleep(1000);
		client_free(c);
	}
	c = client_new();
	/* Nothing of it was written. */
	CHECK_EQ(getattr(c, &file), SL_NFS_OK);
	c->answer.at += 20;
	CHECK_EQ(get_u64(c), 0);
	client_free(c);
	expect_witness();
}

/* A byte now and then, of long records and short ones, until they are cut. */
static void test_drips(void)
{
	static struct client *slow[CROWD];
	struct handle file;
	u32 i, round;

	slow[0] = client_new();
	CHECK_EQ(create(slow[0], &root, "drips", &file), SL_NFS_OK);
	for (i = 0; i < CROWD; i++) {
		if (i)
			slow[i] = client_new();
		begin_write(slow[i], &file, 0, noise, i & 1 ? 100 : 60000, 0);
		seal(slow[i]);
		CHECK(write_all(slow[i]->fd, slow[i]->out, i % 7));
	}
	for (round = 0; round < 10; round++) {
		for (i = 0; i < CROWD; i++)
			send(slow[i]->fd, slow[i]->out + i % 7 + round, 1,
			     MSG_NOSIGNAL);
		usleep(20000);
	}
	expect_witness();
	for (i = 0; i < CROWD; i++) {
		CHECK(is_closed(slow[i]));
		client_free(slow[i]);
	}
}

/* All that was asked is answered, though nothing more will be asked. */
static void test_half_closed(void)
{
	struct client *c = client_new();
	u8 *at = malloc(100 * 1000);
	u32 bytes = 0;
	u32 i;

	for (i = 0; i < 100; i++) {
		begin(c, SL_FILE_GETATTR);
		put_handle(c, &root);
		memcpy(at + bytes, c->out, seal(c));
		bytes += c->end - c->out;
	}
	CHECK(write_all(c->fd, at, bytes));
	shutdown(c->fd, SHUT_WR);
	for (i = 0; i < 100; i++) {
		c->xid = c->xid - (i ? 0 : 99) + (i ? 1 : 0);
		if (!CHECK(client_receive(c)))
			break;
		CHECK_EQ(get_head(c), SL_NFS_OK);
	}
	CHECK(is_closed(c));
	client_free(c);
	free(at);
	expect_witness();
}

/* What is no RPC at all, in many forms. */
static void test_garbage(void)
{
	static const char *const words[] = {
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"\x16\x03\x01\x02", "SSH-2.0-x\r\n", "\xff\xff\xff\xff",
		"\x7f\xff\xff\xff", "\x80",
	};
	static const u8 empty[40000];
	struct client *c;
	u32 i;

	for (i = 0; i < 100; i++) {
		const char *text = words[i % ARRAY_SIZE(words)];

		c = client_new();
		write_all(c->fd, text, strlen(text));
		/* What they are thrown at may have been closed already. */
		write_all(c->fd, noise + i, sizeof(noise) - i);
		client_free(c);
		/* Fragments without a byte, without an end. */
		c = client_new();
		write_all(c->fd, empty, sizeof(empty));
		client_free(c);
	}
	expect_witness();
}

/* A call once more, the very same bytes, over a connection of its own. */
static u32 again(struct client *c, u32 bytes)
{
	struct client *other = client_new();
	u32 status = ~0u;

	CHECK(write_all(other->fd, c->out, bytes));
	other->xid = c->xid;
	if (CHECK(client_receive(other))) {
		status = get_head(other);
		CHECK_EQ(other->answer.end - other->in, c->answer.end - c->in);
		CHECK(!memcmp(other->in, c->in, c->answer.end - c->in));
	}
	client_free(other);
	return status;
}

static void test_again(void)
{
	struct client *c = client_new();
	struct handle file;

	begin_create(c, &root, "once", SL_FILE_GUARDED);
	CHECK_EQ(call(c), SL_NFS_OK);
	CHECK_EQ(again(c, seal(c)), SL_NFS_OK);
	CHECK_EQ(again(c, seal(c)), SL_NFS_OK);

	begin_name(c, SL_FILE_RENAME, &root, "once");
	put_handle(c, &root);
	put_name(c, "twice");
	CHECK_EQ(call(c), SL_NFS_OK);
	CHECK_EQ(again(c, seal(c)), SL_NFS_OK);

	begin_name(c, SL_FILE_REMOVE, &root, "twice");
	CHECK_EQ(call(c), SL_NFS_OK);
	CHECK_EQ(again(c, seal(c)), SL_NFS_OK);

	/* A failure is kept, too, whatever there is by now. */
	begin_name(c, SL_FILE_REMOVE, &root, "twice");
	CHECK_EQ(call(c), SL_NFS_NOENT);
	{
		struct client *other = client_new();

		CHECK_EQ(create(other, &root, "twice", &file), SL_NFS_OK);
		client_free(other);
	}
	CHECK_EQ(again(c, seal(c)), SL_NFS_NOENT);
	CHECK_EQ(lookup(c, &root, "twice", &file), SL_NFS_OK);
	client_free(c);
	expect_witness();
}

/* Answers to the same call over two connections at once: one, or the same. */
static void expect_twins(struct client *a, struct client *b)
{
	struct pollfd fds[] = { { a->fd, POLLIN, 0 }, { b->fd, POLLIN, 0 } };
	u32 answers = 0;
	u32 ms;

	for (ms = 0; !answers && ms < WIRE_WAIT_S * 1000; ms += 100)
		answers = poll(fds, 2, 100);
	CHECK(answers);
	if (fds[0].revents && CHECK(client_receive(a)))
		CHECK_EQ(get_head(a), SL_NFS_OK);
	if (fds[1].revents && CHECK(client_receive(b)))
		CHECK_EQ(get_head(b), SL_NFS_OK);
}

/*
 * The first call may still be under way when it comes again: that one is not
 * answered then, and not done either.
 */
static void test_at_once(void)
{
	struct handle file;
	char name[32];
	u32 i, bytes;

	for (i = 0; i < TWINS; i++) {
		struct client *a = client_new(), *b = client_new();

		snprintf(name, sizeof(name), "twin%u", i);
		begin_create(a, &root, name, SL_FILE_GUARDED);
		bytes = seal(a);
		b->xid = a->xid;
		CHECK(write_all(a->fd, a->out, bytes));
		CHECK(write_all(b->fd, a->out, bytes));
		expect_twins(a, b);
		client_free(a);
		client_free(b);
		/* Done, and once. */
		a = client_new();
		CHECK_EQ(lookup(a, &root, name, &file), SL_NFS_OK);
		begin_name(a, SL_FILE_REMOVE, &root, name);
		bytes = seal(a);
		b = client_new();
		b->xid = a->xid;
		CHECK(write_all(a->fd, a->out, bytes));
		CHECK(write_all(b->fd, a->out, bytes));
		expect_twins(a, b);
		client_free(a);
		client_free(b);
	}
	expect_witness();
}

/* With all stages on one core, or on several. */
static void test_all(const char *cores)
{
	struct client *c;

	server_open();
	set("%s", cores);
	set("rpc.record_timeout=200ms");
	server_start();
	c = client_new();
	CHECK_EQ(mount_export(c, &root), SL_NFS_OK);
	witness.stop = false;
	CHECK(!pthread_create(&witness.thread, NULL, witness_run, c));
	test_again();
	test_at_once();
	test_half_closed();
	test_vanish();
	test_garbage();
	test_drips();
	test_deaf(0);
	test_deaf(2048);
	WRITE_ONCE(witness.stop, true);
	pthread_join(witness.thread, NULL);
	server_close();
}

int main(void)
{
	u32 i;

	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (i + 77) * 2654435761u >> 23;
	test_all("*.core=0");
	test_all("fs.core=1");
	TEST_END();
}
