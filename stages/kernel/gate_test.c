// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that messages which a process puts into a session's ring come back
 * answered, in order, none lost, whatever their form, however small the rings,
 * whoever sleeps when; and that rubbish in shared memory stays without effect.
 * The device that does this in the kernel is tested by device_test.c.
 */
#include <string.h>

#include <linux/crc32.h>

#include "stages/kernel/site_test.h"
#include "tools/test.h"

#define EVENTS	100000

static void test_layout(void)
{
	static const struct {
		struct sl_device_setup setup;
		int err;
	} cases[] = {
		{ { .slots = 0 }, 0 },
		{ { .slots = 1, .buffers = 1, .buffer_bytes = 64 }, 0 },
		{ { .slots = 4096, .buffers = 256, .buffer_bytes = 65536 }, 0 },
		{ { .slots = 3 }, -EINVAL },
		{ { .slots = 8192 }, -EINVAL },
		{ { .slots = 1u << 31 }, -EINVAL },
		{ { .buffer_bytes = 63 }, -EINVAL },
		{ { .buffer_bytes = 65536 + 64 }, -EINVAL },
		{ { .buffers = 257, .buffer_bytes = 65536 }, -EINVAL },
		/* bytes that do not fit into 32 bits */
		{ { .buffers = 1u << 26, .buffer_bytes = 64 }, -EINVAL },
		{ { .buffers = ~0u, .buffer_bytes = 64 }, -EINVAL },
		{ { .poll_us = 1001 }, -EINVAL },
		{ { .spare = { 1, 0 } }, -EINVAL },
		{ { .spare = { 0, 1 } }, -EINVAL },
	};
	struct sl_device_setup s;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		s = cases[i].setup;
		if (!CHECK_EQ(sl_session_layout(&s, 65536), cases[i].err))
			fprintf(stderr, "case %u\n", i);
		if (cases[i].err)
			continue;
		CHECK(s.submit_at >= sizeof(struct sl_device_control));
		CHECK_EQ(s.complete_at - s.submit_at, s.slots * 64);
		CHECK_EQ(s.bank_at - s.complete_at, s.slots * 64);
		CHECK(s.map_bytes >= s.bank_at + s.buffers * s.buffer_bytes);
		CHECK_EQ(s.map_bytes % 65536, 0);
	}
}

static void test_check(void)
{
	static const struct {
		u32 op;
		u64 offset;
		u32 bytes;
		u32 spare;
		int err;
	} cases[] = {
		{ SL_DEVICE_ECHO, 0, 0, 0, 0 },
		{ SL_DEVICE_XOR, 0, 128, 0, 0 },
		{ SL_DEVICE_CRC32C, 127, 1, 0, 0 },
		{ SL_DEVICE_CRC32C, 3 * 128, 128, 0, 0 },
		{ 0, 0, 0, 0, -EOPNOTSUPP },
		{ SL_DEVICE_XOR + 1, 0, 0, 0, -EOPNOTSUPP },
		{ ~0u, 0, 0, 0, -EOPNOTSUPP },
		{ SL_DEVICE_XOR, 0, 129, 0, -EFAULT },
		{ SL_DEVICE_XOR, 127, 2, 0, -EFAULT },
		{ SL_DEVICE_XOR, 1, 128, 0, -EFAULT },
		{ SL_DEVICE_XOR, 4 * 128, 0, 0, -EFAULT },
		{ SL_DEVICE_XOR, 4 * 128 - 1, 2, 0, -EFAULT },
		{ SL_DEVICE_XOR, 1ull << 32, 1, 0, -EFAULT },
		{ SL_DEVICE_XOR, ~0ull, 1, 0, -EFAULT },
		{ SL_DEVICE_XOR, 0, ~0u, 0, -EFAULT },
		{ SL_DEVICE_XOR, 64, ~0u - 32, 0, -EFAULT },
		{ SL_DEVICE_ECHO, 0, 0, 1, -EINVAL },
	};
	struct sl_device_setup setup = { .slots = 8, .buffers = 4,
					 .buffer_bytes = 128 };
	struct site site = { 0 };
	u32 i;

	if (!CHECK(site_open(&site, &setup)))
		return;
	/* By the check alone, and through the pipeline. */
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sl_device_message m = {
			.tag = i + 1, .op = cases[i].op,
			.offset = cases[i].offset, .bytes = cases[i].bytes,
			.spare = cases[i].spare, .user = { i, ~0ull },
		};

		if (!CHECK_EQ(sl_session_check(&site.session, &m),
			      cases[i].err))
			fprintf(stderr, "case %u\n", i);
		CHECK_EQ(sl_client_push(site.client, &m, 1), 1);
		while (sl_pipeline_turn(site.pipeline))
			;
		memset(&m, 0, sizeof(m));
		CHECK_EQ(sl_client_pop(site.client, &m, 1), 1);
		CHECK_EQ(m.tag, i + 1);
		CHECK_EQ(m.status, cases[i].err);
		CHECK_EQ(m.user[0], i);
		CHECK_EQ(m.user[1], ~0ull);
	}
	CHECK_EQ(site.session.control->kernel.refused, 13);
	site_close(&site);
}

static void test_ops(void)
{
	static const char check[] = "123456789";
	struct sl_device_message m[4] = { 0 };
	struct sl_device_setup setup = { .buffers = 2, .buffer_bytes = 64 };
	struct site site = { 0 };
	char *buffer;
	u32 i;

	if (!CHECK(site_open(&site, &setup)))
		return;
	CHECK(sl_client_take(site.client));
	buffer = sl_client_take(site.client);
	CHECK(!sl_client_take(site.client));
	CHECK_EQ(sl_client_offset(site.client, buffer), 64);
	memcpy(buffer, check, 10);
	for (i = 0; i < 4; i++)
		m[i] = (struct sl_device_message){
			.tag = 7 + i, .op = SL_DEVICE_CRC32C, .offset = 64,
			.bytes = 9, .argument = 0,
		};
	m[1].op = SL_DEVICE_XOR;
	m[1].argument = 0x0807060504030201;
	m[2].bytes = 4;
	m[3].op = SL_DEVICE_ECHO;
	CHECK_EQ(sl_client_push(site.client, m, 4), 4);
	while (sl_pipeline_turn(site.pipeline))
		;
	memset(m, 0, sizeof(m));
	CHECK_EQ(sl_client_pop(site.client, m, 4), 4);
	for (i = 0; i < 4; i++) {
		CHECK_EQ(m[i].tag, 7 + i);
		CHECK_EQ(m[i].status, 0);
	}
	CHECK_EQ(m[0].result, 0xe3069283);	/* as RFC 3720 has it */
	CHECK_EQ(m[2].result, (u32)~crc32c(~0u, buffer, 4));
	CHECK_EQ(m[3].result, 0);
	for (i = 0; i < 10; i++)
		CHECK_EQ(buffer[i], check[i] ^ (i < 9 ? i % 8 + 1 : 0));
	sl_client_give(site.client, buffer);
	CHECK(sl_client_take(site.client) == buffer);
	site_close(&site);
}

/* Nobody takes answers: messages stay where they are, and none is lost. */
static void test_full(u32 slots, u32 buffers)
{
	struct sl_device_setup setup = { .slots = slots, .buffers = buffers,
					 .buffer_bytes = 64 };
	struct sl_device_message m = { .op = SL_DEVICE_ECHO };
	struct site site = { 0 };
	u64 pushed = 0, popped = 0;
	u32 round, i, stuck;

	if (!CHECK(site_open(&site, &setup)))
		return;
	for (round = 0; round < 20; round++) {
		for (stuck = 0; stuck < 2;) {
			m.tag = pushed + 1;
			if (sl_client_push(site.client, &m, 1)) {
				pushed++;
				stuck = 0;
			} else {
				stuck++;
			}
			while (sl_pipeline_turn(site.pipeline))
				;
		}
		/* Both rings are full, and the gate holds what it had begun. */
		CHECK_EQ(pushed - popped,
			 2 * slots + site.gate->counters->held);
		CHECK(site.gate->counters->held >= 1);
		CHECK(site.gate->counters->held <= SL_BATCH_MAX);
		for (i = 0; i <= round * 50; i++) {
			if (!sl_client_pop(site.client, &m, 1)) {
				while (sl_pipeline_turn(site.pipeline))
					;
				continue;
			}
			CHECK_EQ(m.tag, ++popped);
			CHECK_EQ(m.status, 0);
		}
		while (sl_pipeline_turn(site.pipeline))
			;
	}
	while (popped < pushed) {
		if (sl_client_pop(site.client, &m, 1))
			CHECK_EQ(m.tag, ++popped);
		else if (!CHECK(sl_pipeline_turn(site.pipeline)))
			break;
	}
	CHECK_EQ(site.gate->bank->free_count, 256);
	CHECK_EQ(site.gate->counters->held, 0);
	site_close(&site);
}

static u64 dice(u64 *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 16;
}

/* With threads on both sides, that poll for next to no time. */
static void test_sleep(u32 slots, s32 work_cpu, u32 window, u32 pause)
{
	struct sl_device_setup setup = { .slots = slots, .buffers = window,
					 .buffer_bytes = 64, .poll_us = 1,
					 .work_cpu = work_cpu };
	struct sl_device_message m = { .op = SL_DEVICE_XOR, .bytes = 64,
				       .argument = ~0ull };
	struct timespec nap = { 0, 1000 };
	struct site site = { 0 };
	u32 pushed = 0, popped = 0, events = EVENTS;
	u64 seed = 17;

	if (!CHECK(site_open(&site, &setup)))
		return;
	if (pause)
		events /= 20;
	CHECK_EQ(sl_pipeline_start(site.pipeline), 0);
	while (popped < events) {
		while (pushed < events && pushed - popped < window) {
			m.tag = pushed + 1;
			m.offset = pushed % window * 64;
			if (!sl_client_push(site.client, &m, 1))
				break;
			pushed++;
		}
		if (pause && dice(&seed) & 1)
			nanosleep(&nap, NULL);
		if (!sl_client_pop(site.client, &m, 1)) {
			if (!CHECK_EQ(sl_client_wait(site.client, 20000000000),
				      0))
				break;
			continue;
		}
		if (m.tag != ++popped || m.status)
			CHECK_EQ(m.tag, popped);
	}
	CHECK_EQ(popped, events);
	CHECK_EQ(sl_pipeline_stop(site.pipeline, 1000000000), 0);
	/* Each buffer was inverted as often as a message spoke of it. */
	for (u32 i = 0; i < window; i++)
		CHECK_EQ(site.session.bank[i * 64 + 63],
			 (events / window + (i < events % window)) % 2 ? 0xff :
									 0);
	CHECK_EQ(site.gate->bank->free_count, 256);
	if (window == 1)
		CHECK(site.fences);
	site_close(&site);
}

/* Eight bytes somewhere; rings, tags and zeros more often than the rest. */
static void scribble(struct site *site, u64 *seed)
{
	u64 at = dice(seed) % site->session.setup.map_bytes;
	u64 value = dice(seed) >> dice(seed) % 64;

	if (dice(seed) & 1)
		at = site->session.setup.submit_at + at % (2 * 16 * 64);
	if (dice(seed) & 1)
		at &= ~63ull;
	if (dice(seed) & 1)
		value = 0;
	memcpy((u8 *)site->memory + (at & ~7ull), &value, 8);
}

/* Anything may stand in shared memory, at any time. */
static void test_rubbish(u64 seed)
{
	struct sl_device_setup setup = { .slots = 16, .buffers = 4,
					 .buffer_bytes = 64 };
	struct site site = { 0 };
	u32 round, i;

	if (!CHECK(site_open(&site, &setup)))
		return;
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < 8; i++)
			scribble(&site, &seed);
		sl_pipeline_turn(site.pipeline);
	}
	/* What was in it has no way out but this. */
	site.gate->type->drain(site.gate);
	CHECK_EQ(site.gate->bank->free_count, 256);
	CHECK_EQ(site.gate->bank->refused, 0);
	CHECK(site.gate->counters->events > 1000);
	site_close(&site);
}

int main(void)
{
	test_layout();
	test_check();
	test_ops();
	test_full(8, 1);
	test_full(1, 1);
	test_full(1024, 16);
	test_sleep(64, 0, 64, 0);
	test_sleep(64, 1, 64, 0);
	test_sleep(4, 0, 64, 0);
	test_sleep(16, 0, 1, 1);
	test_sleep(16, 1, 7, 1);
	test_rubbish(1);
	test_rubbish(2);
	TEST_END();
}
