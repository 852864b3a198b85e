// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a bank's owner does about ten times a second: it notes how many events
 * were needed, moves the border between warm and cold after that, and lends
 * idle pages to the system if it was asked to.
 */
#include <linux/kernel.h>

#include "membank/bank.h"

/* What was needed once is half forgotten after 44 ticks, 4.4 seconds. */
#define FORGET_SHIFT	6

/* Events to have in hand beside a quarter of those that were needed. */
#define SPARE		8

/*
 * Bytes looked at in one tick.  Lending them takes the owner's time, some
 * 0.1 ms a MiB, from its events.
 */
#define SWEEP_BYTES	((size_t)4 << 20)

static u32 with_margin(u32 events, u32 max)
{
	return min(events + events / 4 + SPARE, max);
}

static u32 lately(const struct sl_bank *bank)
{
	return (READ_ONCE(bank->lately) + 255) / 256;
}

/*
 * Which numbers are low follows what was needed lately, in steps: when there
 * are more of them, all that was found to be cold must be looked at anew.
 */
static void choose_warm(struct sl_bank *bank)
{
	u32 needed = lately(bank);
	u32 target = with_margin(needed, bank->event_count);

	if (bank->warm_count < needed + needed / 8)
		bank->cold_count = 0;
	else if (bank->warm_count - bank->warm_count / 4 <= target)
		target = bank->warm_count;
	bank->warm_count = target;
}

/* A maximum that decays, so that one burst does not count for ever. */
static void estimate(struct sl_bank *bank)
{
	u64 peak = (u64)(bank->event_count - bank->free_low) * 256;
	u64 old = bank->lately;

	WRITE_ONCE(bank->lately, peak >= old ? peak
			 : old - ((old - peak) >> FORGET_SHIFT));
	choose_warm(bank);
	bank->free_low = bank->free_count;
	bank->floor = bank->free_count;
}

/* Do only free events lie on a page?  It starts @at bytes into the bank. */
static bool is_idle(const struct sl_bank *bank, size_t at, size_t page)
{
	size_t number = at / bank->event_bytes;
	size_t last = min((at + page - 1) / bank->event_bytes,
			  (size_t)bank->event_count - 1);

	for (; number <= last; number++)
		if (bank->away[number])
			return false;
	return true;
}

/*
 * Lends what is idle between two places to the system: nobody but the owner
 * could take these events meanwhile, and in a free event nothing has meaning.
 */
static void sweep(struct sl_bank *bank, size_t from, size_t to)
{
	size_t page = sl_region_page_bytes();
	size_t released = 0;
	size_t at;

	for (at = from; at < to; at += page) {
		if (is_idle(bank, at, page))
			continue;
		if (at > from)
			released += sl_region_release(bank->region,
						      bank->memory + from,
						      at - from);
		from = at + page;
	}
	if (to > from)
		released += sl_region_release(bank->region,
					      bank->memory + from, to - from);
	WRITE_ONCE(bank->released, bank->released + released);
}

/* Goes on with the pages of cold events, from the lowest to the last. */
static void answer(struct sl_bank *bank, u32 asked)
{
	size_t page = sl_region_page_bytes();
	size_t end = ALIGN(bank->bytes, page);
	size_t warm = ALIGN((size_t)bank->warm_count * bank->event_bytes, page);
	size_t to;

	if (bank->sweeping == bank->answered) {
		bank->sweeping = asked;
		bank->swept = 0;
	}
	bank->swept = max(bank->swept, warm);
	if (bank->swept < end) {
		to = min(bank->swept + SWEEP_BYTES, end);
		sweep(bank, bank->swept, to);
		bank->swept = to;
	}
	if (bank->swept >= end)
		WRITE_ONCE(bank->answered, bank->sweeping);
}

/**
 * sl_bank_tend() - look after the bank, about ten times a second
 * @bank: bank of the calling core
 */
void sl_bank_tend(struct sl_bank *bank)
{
	u32 asked = READ_ONCE(bank->asked);

	estimate(bank);
	if (unlikely(asked != bank->answered))
		answer(bank, asked);
}

/**
 * sl_bank_ask() - ask for the pages that the bank does not need
 * @bank: any bank; one thread asks
 *
 * Its owner gives them back in its next ticks.
 */
void sl_bank_ask(struct sl_bank *bank)
{
	WRITE_ONCE(bank->asked, bank->asked + 1);
}

/**
 * sl_bank_advice() - how many events the bank should have
 * @bank: any bank that has been in use
 *
 * What was needed at most, with a margin, but not more than there were as
 * long as they sufficed.  Of a bank that ran dry nobody knows what it would
 * have needed: twice as many is the next thing to try.
 *
 * Return: a number of events.
 */
u32 sl_bank_advice(const struct sl_bank *bank)
{
	u32 peak = bank->event_count - READ_ONCE(bank->free_min);

	if (READ_ONCE(bank->exhausted))
		return min_t(u32, 2 * bank->event_count, SL_BANK_EVENTS_MAX);
	return with_margin(peak, bank->event_count);
}

static u64 count_refused(const struct sl_bank *bank)
{
	u64 refused = READ_ONCE(bank->refused);
	u32 i;

	for (i = 0; i < SL_CORES_MAX; i++)
		refused += READ_ONCE(bank->giver[i].refused);
	return refused;
}

/**
 * sl_bank_use() - what the bank is used for, and how it does
 * @bank: any open bank
 * @use: where to put it; a snapshot, for dashboards
 */
void sl_bank_use(const struct sl_bank *bank, struct sl_bank_use *use)
{
	*use = (struct sl_bank_use){
		.events = bank->event_count,
		.in_use = bank->event_count - READ_ONCE(bank->free_count),
		.peak = bank->event_count - READ_ONCE(bank->free_min),
		.lately = lately(bank),
		.advice = sl_bank_advice(bank),
		.exhausted = READ_ONCE(bank->exhausted),
		.refused = count_refused(bank),
		.released_bytes = READ_ONCE(bank->released),
	};
}
