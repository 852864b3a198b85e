// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Lets the process's side of a session do anything: each input is a list of
 * writes anywhere into what is shared, of messages pushed, of answers taken,
 * and of turns of the kernel's side.  Nothing outside may be touched, no event
 * lost, and what was pushed and not written over is answered as it must be.
 */
#include <stdlib.h>
#include <string.h>

#include "stages/kernel/site_test.h"

#define STEPS_MAX	512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct input {
	const u8 *at;
	size_t left;
};

static u64 number(struct input *in, u32 bytes)
{
	u64 value = 0;

	while (bytes--) {
		value = value << 8 | (in->left ? *in->at : 0);
		if (in->left) {
			in->at++;
			in->left--;
		}
	}
	return value;
}

/* Eight bytes of one value, or single ones. */
static void scribble(struct input *in, struct site *site)
{
	u64 at = number(in, 3) % site->session.setup.map_bytes;
	u64 value = number(in, 2);

	if (value & 1)
		((u8 *)site->memory)[at] = value >> 8;
	else
		memset((u8 *)site->memory + (at & ~7ull), value >> 8, 8);
}

static void push(struct input *in, struct site *site)
{
	struct sl_device_message m = {
		.tag = number(in, 1) + 1,
		.op = number(in, 1),
		.offset = number(in, 2),
		.bytes = number(in, 2),
		.argument = number(in, 1) * 0x0101010101010101ull,
	};

	/* What does not fit into so few bytes. */
	if (m.op & 0x80) {
		m.offset = -m.offset;
		m.bytes = -m.bytes;
		m.spare = m.op & 0x40;
		m.op &= 3;
	}
	sl_client_push(site->client, &m, 1);
}

static void pop(struct site *site, bool clean)
{
	struct sl_device_message m;

	if (!sl_client_pop(site->client, &m, 1) || !clean)
		return;
	if (m.status != sl_session_check(&site->session, &m))
		abort();
}

static void step(struct input *in, struct site *site, bool *clean)
{
	switch (number(in, 1) % 4) {
	case 0:
		*clean = false;
		scribble(in, site);
		break;
	case 1:
		push(in, site);
		break;
	case 2:
		pop(site, *clean);
		break;
	default:
		sl_pipeline_turn(site->pipeline);
		/* As the executor does before it sleeps. */
		site->gate->type->doze(site->gate, true);
		site->gate->type->doze(site->gate, false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct input in = { data, bytes };
	u8 shape = number(&in, 1);
	struct sl_device_setup setup = {
		.slots = 1u << shape % 4,
		.buffers = 1 + (shape >> 2) % 4,
		.buffer_bytes = 64 * (1 + (shape >> 4) % 4),
		.work_cpu = shape >> 7,
	};
	struct site site = { 0 };
	bool clean = true;
	u32 steps, i;

	if (!site_open(&site, &setup))
		abort();
	for (steps = 0; in.left && steps < STEPS_MAX; steps++)
		step(&in, &site, &clean);
	/* Let what is under way come back, and give up what finds no room. */
	for (i = 0; i < 3; i++)
		sl_pipeline_turn(site.pipeline);
	site.gate->type->drain(site.gate);
	for (i = 0; i < 3; i++)
		sl_pipeline_turn(site.pipeline);
	site.gate->type->drain(site.gate);
	sl_bank_collect(site.gate->bank);
	if (site.gate->bank->free_count != 256 || site.gate->bank->refused)
		abort();
	site_close(&site);
	return 0;
}
