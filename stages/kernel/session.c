// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "stages/kernel/session.h"

static_assert(sizeof(struct sl_device_message) == sizeof(struct sl_line),
	      "a message is a line");
static_assert(offsetof(struct sl_device_message, tag) == 0,
	      "the tag is the line's first word");
static_assert(sizeof(struct sl_device_side) == L1_CACHE_BYTES,
	      "each side writes a line of its own");

static void fill_in(u32 *value, u32 standard)
{
	if (!*value)
		*value = standard;
}

/**
 * sl_session_layout() - check what is asked for, and say where it will be
 * @setup: what is asked for; defaults and what comes back are filled in
 * @page_bytes: what the mapping is a multiple of
 *
 * CPUs are for the host to check.
 *
 * Return: 0, or -EINVAL if a number is out of bounds.
 */
int sl_session_layout(struct sl_device_setup *setup, u32 page_bytes)
{
	u64 at = L1_CACHE_BYTES * 64;	/* a page of the smallest kind */
	u64 bank;

	fill_in(&setup->slots, 1024);
	fill_in(&setup->buffers, 256);
	fill_in(&setup->buffer_bytes, 4096);
	fill_in(&setup->poll_us, 50);
	if (setup->slots > SL_DEVICE_SLOTS_MAX ||
	    !is_power_of_2(setup->slots) ||
	    setup->buffer_bytes > SL_DEVICE_BUFFER_BYTES_MAX ||
	    setup->buffer_bytes % L1_CACHE_BYTES ||
	    setup->poll_us > SL_DEVICE_POLL_US_MAX ||
	    setup->spare[0] || setup->spare[1])
		return -EINVAL;
	bank = (u64)setup->buffers * setup->buffer_bytes;
	if (bank > SL_DEVICE_BANK_BYTES_MAX)
		return -EINVAL;

	setup->submit_at = at;
	at += sl_line_bytes(setup->slots);
	setup->complete_at = at;
	at += sl_line_bytes(setup->slots);
	setup->bank_at = at;
	setup->map_bytes = ALIGN(at + bank, (u64)page_bytes);
	return 0;
}

/**
 * sl_session_open() - lay a session into memory
 * @session: where to put it
 * @setup: as sl_session_layout() has filled it in
 * @memory: zeroed, setup->map_bytes of it, aligned to a page
 * @host: how the two sides reach each other
 *
 * Return: 0 or -EINVAL.
 */
int sl_session_open(struct sl_session *session,
		    const struct sl_device_setup *setup, void *memory,
		    const struct sl_session_host *host)
{
	u8 *at = memory;
	int err;

	*session = (struct sl_session){
		.setup = *setup,
		.host = host,
		.control = memory,
		.answers = (struct sl_line *)(at + setup->complete_at),
		.bank = at + setup->bank_at,
		.bank_bytes = setup->buffers * setup->buffer_bytes,
	};
	err = sl_line_rx_open(&session->submit,
			      (struct sl_line *)(at + setup->submit_at),
			      setup->slots);
	if (err)
		return err;
	return sl_line_tx_open(&session->complete, session->answers,
			       setup->slots);
}

/**
 * sl_session_check() - is a message fit to be worked on
 * @session: an open session
 * @message: a private copy of what the process has said
 *
 * Return: 0; -EINVAL if its form is wrong, -EOPNOTSUPP if there is no such
 * op, -EFAULT if its data is not within one buffer of the bank.
 */
int sl_session_check(const struct sl_session *session,
		     const struct sl_device_message *message)
{
	u32 buffer_bytes = session->setup.buffer_bytes;

	if (unlikely(message->spare))
		return -EINVAL;
	if (unlikely(message->op < SL_DEVICE_ECHO ||
		     message->op > SL_DEVICE_XOR))
		return -EOPNOTSUPP;
	if (unlikely(message->offset >= session->bank_bytes ||
		     message->bytes > buffer_bytes ||
		     (u32)message->offset % buffer_bytes + message->bytes >
			     buffer_bytes))
		return -EFAULT;
	return 0;
}

/**
 * sl_session_answered() - is there an answer in a slot
 * @session: an open session
 * @slot: number of a slot; whatever it is, it is taken into the ring
 */
bool sl_session_answered(const struct sl_session *session, u32 slot)
{
	/* Says only that a look pays; pairs with nothing. */
	return READ_ONCE(
		session->answers[slot & (session->setup.slots - 1)].word[0]);
}
