/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_DEED_H
#define BENCH_TPCW_DEED_H

/*
 * What the shop acknowledged, to be held against its database afterwards.
 *
 * A deed is a change that the shop said was done, or one of which nobody
 * knows, because its reply never came: it may or may not be in the database,
 * but whole in either case.
 *
 *   order     id, customer, address hash, total, lines and their hash
 *   customer  id, hash of the names and the address
 *   cart      id, lines and their hash: all that is in it from now on
 *   item      id, total is the new cost, lines is the number of the new
 *	       images
 *
 * Of an unknown deed only the kind, the time it began and the cart's or
 * item's id mean something.
 */
#include <stdio.h>

#include <linux/types.h>
#include "bench/tpcw_page.h"

enum sl_tpcw_deed_kind {
	SL_TPCW_DEED_ORDER,
	SL_TPCW_DEED_CUSTOMER,
	SL_TPCW_DEED_CART,
	SL_TPCW_DEED_ITEM,
	SL_TPCW_DEED_KINDS
};

struct sl_tpcw_deed {
	u8 kind;
	bool known;
	u32 id;
	u32 customer;
	u32 lines;
	s64 total;
	/* 0 if it is not known or there is no new address. */
	u64 address_hash;
	u64 hash;
	u64 begun_ns;
	u64 done_ns;
};

/**
 * struct sl_tpcw_deeds - all deeds of a run, in the order of their replies
 * @deed: the deeds
 * @count: how many
 * @room: how many fit into the memory
 * @file: gets each deed as a line of text; NULL for none
 * @lost: deeds for which there was no memory or no room in the file
 */
struct sl_tpcw_deeds {
	struct sl_tpcw_deed *deed;
	u64 count;
	u64 room;
	FILE *file;
	u64 lost;
};

/* Adds a deed; a failure is counted in lost. */
void sl_tpcw_deeds_add(struct sl_tpcw_deeds *deeds,
		       const struct sl_tpcw_deed *deed);

/* Gives the lines written so far to the kernel, where they outlive us. */
void sl_tpcw_deeds_flush(struct sl_tpcw_deeds *deeds);

/**
 * sl_tpcw_deeds_load() - add the deeds that an earlier run wrote to a file
 * @deeds: to add to
 * @path: file; what follows the last whole line is left out
 *
 * Return: 0, a negative errno, or -EINVAL after a line on stderr that names
 * the line that is no deed.
 */
int sl_tpcw_deeds_load(struct sl_tpcw_deeds *deeds, const char *path);

/* Frees the memory and closes the file. */
void sl_tpcw_deeds_free(struct sl_tpcw_deeds *deeds);

/* A hash of bytes, to be continued with: the first time hash is 0. */
u64 sl_tpcw_hash(u64 hash, const char *chars, u64 count);

/* What a cart's or order's line adds to the hash of all its lines. */
u64 sl_tpcw_line_hash(u32 item, u32 quantity);

/* The hash of all lines, in whichever order they are. */
u64 sl_tpcw_lines_hash(const struct sl_tpcw_cart_line *line, u32 lines);

#endif
