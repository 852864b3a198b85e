// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a hostile process harms itself alone: one writes rubbish into
 * everything that it shares with the kernel, while it pushes rubbish, rings
 * and waits; others are killed in the middle of what they do.  An honest
 * session beside them goes on and finds all of its answers right.  Whether the
 * kernel's log stays clean and its memory whole is for tools/vm to see.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/ktime.h>

#include "stages/kernel/device_test.h"

#define SEEDS		4
#define SECONDS_NS	1500000000ull	/* of each seed */
#define KILLS		100

struct attack {
	u64 seed;
	u64 until_ns;
	u8 *memory;
	struct sl_device_setup setup;
	int fd;
};

/* Now whole words, now bytes; anywhere, or where tags are. */
static void *scribble(void *arg)
{
	struct attack *a = arg;
	u64 seed = a->seed * 7919 + 1;

	while (ktime_get_ns() < a->until_ns) {
		u32 i;

		for (i = 0; i < 256; i++) {
			u64 at = dice(&seed) % a->setup.map_bytes;
			u64 value = dice(&seed);

			if (value & 1)
				at = at % a->setup.bank_at & ~63ull;
			if (value & 6)
				*(volatile u8 *)(a->memory + at) = value >> 8;
			else
				*(volatile u64 *)(a->memory + (at & ~7ull)) =
					value & 8 ? value : 0;
		}
	}
	return NULL;
}

static void random_message(struct attack *a, u64 *seed,
			   struct sl_device_message *m)
{
	u64 *word = (u64 *)m;
	u32 i;

	for (i = 0; i < sizeof(*m) / sizeof(*word); i++)
		word[i] = dice(seed);
	/* Mostly nearly right. */
	if (dice(seed) % 8) {
		m->op = dice(seed) % 5;
		m->offset = dice(seed) % (a->setup.map_bytes + 4096);
		m->bytes = dice(seed) % (a->setup.buffer_bytes + 64);
		m->spare = !(dice(seed) % 64);
	}
	m->tag |= 1;
}

static void push_rubbish(struct attack *a)
{
	struct sl_device_message *submit = (void *)(a->memory +
						    a->setup.submit_at);
	u64 seed = a->seed;
	u32 head = 0;

	while (ktime_get_ns() < a->until_ns) {
		struct sl_device_wait wait = {
			.slot = dice(&seed), .timeout_ns = dice(&seed) % 2000000
		};
		u32 i;

		for (i = dice(&seed) % 64; i; i--)
			random_message(a, &seed,
				       &submit[head++ % a->setup.slots]);
		switch (dice(&seed) % 16) {
		case 0:
			ioctl(a->fd, SL_DEVICE_WAIT, &wait);
			break;
		case 1:
		case 2:
			ioctl(a->fd, SL_DEVICE_KICK);
			break;
		case 3:
			ioctl(a->fd, dice(&seed), dice(&seed));
		}
	}
}

static int attack(u64 seed)
{
	struct attack a = { .seed = seed,
			    .until_ns = ktime_get_ns() + SECONDS_NS };
	pthread_t thread;

	a.setup = (struct sl_device_setup){
		.cpu = SL_DEVICE_ANY,
		.work_cpu = seed % 2 ? SL_DEVICE_ANY : 0,
		.slots = 16 << seed % 4,
		.buffers = 8,
		.buffer_bytes = 64 * seed,
		.poll_us = 5 * seed,
	};
	a.fd = open(SL_DEVICE_PATH, O_RDWR);
	if (a.fd < 0 || ioctl(a.fd, SL_DEVICE_SETUP, &a.setup)) {
		perror("setup");
		return 2;
	}
	a.memory = mmap(NULL, a.setup.map_bytes, PROT_READ | PROT_WRITE,
			MAP_SHARED, a.fd, 0);
	if (a.memory == MAP_FAILED)
		return 3;
	pthread_create(&thread, NULL, scribble, &a);
	push_rubbish(&a);
	pthread_join(thread, NULL);
	return 0;
}

struct honest {
	struct sl_client *client;
	u8 *buffer;
	u32 sum[2];		/* of the buffer unchanged, and changed */
	u64 done;
};

static bool open_honest(struct honest *h)
{
	struct sl_device_setup setup = { ANY_CPU, .slots = 64, .buffers = 1,
					 .buffer_bytes = 128 };

	h->client = sl_client_open(SL_DEVICE_PATH, &setup);
	if (!CHECK(!IS_ERR(h->client)))
		return false;
	h->buffer = sl_client_take(h->client);
	memset(h->buffer, 0x5a, 128);
	h->sum[1] = crc32c_of(h->buffer, 128);
	memset(h->buffer, 0, 128);
	h->sum[0] = crc32c_of(h->buffer, 128);
	h->done = 0;
	return true;
}

/* Eight messages and their answers. */
static bool go_on(struct honest *h)
{
	struct sl_device_message m[8];
	u32 i, n;

	for (i = 0; i < 8; i++)
		m[i] = (struct sl_device_message){
			.tag = h->done + i + 1, .op = i % 4 == 3 ?
			SL_DEVICE_CRC32C : SL_DEVICE_XOR, .bytes = 128,
			.argument = i % 4 == 3 ? 0 : 0x5a5a5a5a5a5a5a5a,
		};
	if (!CHECK_EQ(sl_client_push(h->client, m, 8), 8))
		return false;
	for (i = 0; i < 8; i += n) {
		if (!CHECK_EQ(sl_client_wait(h->client, 20000000000), 0))
			return false;
		n = sl_client_pop(h->client, m + i, 8 - i);
	}
	for (i = 0; i < 8; i++)
		if (m[i].tag != ++h->done || m[i].status)
			return CHECK_EQ(m[i].tag, h->done);
	/* Three times changed, six times changed. */
	return CHECK_EQ(m[3].result, h->sum[1]) &&
	       CHECK_EQ(m[7].result, h->sum[0]) &&
	       CHECK_EQ(h->buffer[127], 0);
}

/* Runs the honest session until all children have ended; ends their codes. */
static void wait_for(struct honest *h, pid_t *child, u32 count)
{
	u32 left = count;
	u32 i;

	while (left && go_on(h)) {
		for (i = 0; i < count; i++) {
			int status;

			if (child[i] <= 0 ||
			    waitpid(child[i], &status, WNOHANG) != child[i])
				continue;
			CHECK_EQ(status, 0);
			child[i] = 0;
			left--;
		}
	}
}

static pid_t start(int (*run)(u64 seed), u64 seed)
{
	pid_t child = fork();

	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(run(seed));
	}
	return child;
}

static void test_attacks(void)
{
	struct honest h;
	u64 seed;

	if (!open_honest(&h))
		return;
	for (seed = 1; seed <= SEEDS; seed += 2) {
		pid_t child[2] = { start(attack, seed),
				   start(attack, seed + 1) };

		wait_for(&h, child, 2);
	}
	printf("hostile: the honest session beside had %llu answers\n",
	       (unsigned long long)h.done);
	CHECK(h.done > 100);
	sl_client_close(h.client);
}

/* Opens, talks as fast as it can, and never ends by itself. */
static int talk(u64 seed)
{
	struct sl_device_setup setup = {
		.cpu = SL_DEVICE_ANY,
		.work_cpu = seed % 3 ? SL_DEVICE_ANY : 0,
		.slots = 256, .buffers = seed % 5 ? 16 : 256,
		.buffer_bytes = seed % 5 ? 4096 : 65536,
	};
	struct sl_device_message m[16] = { 0 };
	struct sl_client *client = sl_client_open(SL_DEVICE_PATH, &setup);
	u32 i;

	if (IS_ERR(client))
		return 1;
	for (;;) {
		for (i = 0; i < 16; i++)
			m[i] = (struct sl_device_message){
				.tag = i + 1, .op = SL_DEVICE_CRC32C,
				.offset = i * setup.buffer_bytes,
				.bytes = setup.buffer_bytes,
			};
		sl_client_push(client, m, 16);
		if (seed % 2)
			sl_client_wait(client, -1);
		if (seed % 4)
			sl_client_pop(client, m, 16);
	}
}

static void test_kills(void)
{
	struct honest h;
	u64 seed = 99;
	u32 i;

	if (!open_honest(&h))
		return;
	for (i = 0; i < KILLS; i++) {
		struct timespec pause = { 0, dice(&seed) % 12000000 };
		pid_t child = start(talk, i);
		int status;

		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(WIFSIGNALED(status));
		if (!go_on(&h))
			break;
	}
	CHECK_EQ(i, KILLS);
	sl_client_close(h.client);
}

int main(void)
{
	need_device();
	test_attacks();
	test_kills();
	TEST_END();
}
