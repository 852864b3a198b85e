/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_IMAGE_H
#define BENCH_TPCW_IMAGE_H

/*
 * The shop's pictures: uncompressed Windows bitmaps, drawn from their number.
 *
 * A picture says which one it is twice, in the four reserved bytes of its
 * header and in its last pixel, so that whoever fetches it can tell a whole
 * and right one from its first and last bytes.
 *
 *   button  five of them, named; numbers 1 to 5
 *   thumb   one for each item, about 5 KB
 *   image   one for each item, 5 KB to 250 KB as TPC-W distributes the sizes
 */
#include <linux/types.h>
#include "bench/tpcw_model.h"

enum sl_tpcw_image_kind { SL_TPCW_BUTTON, SL_TPCW_THUMB, SL_TPCW_IMAGE };

/* Room for the largest picture. */
#define SL_TPCW_IMAGE_BYTES_MAX 262144

/* The headers before a picture's pixels, enough to tell which one it is. */
#define SL_TPCW_IMAGE_HEAD 54

/* Names of the buttons, without "button_" and ".bmp". */
extern const char *const sl_tpcw_buttons[SL_TPCW_BUTTONS];

/**
 * sl_tpcw_image_bytes() - size of a picture's file
 * @model: the population
 * @kind: which pictures
 * @number: button from 1, or item
 *
 * Return: bytes, known without drawing it.
 */
u32 sl_tpcw_image_bytes(const struct sl_tpcw_model *model,
			enum sl_tpcw_image_kind kind, u32 number);

/**
 * sl_tpcw_image_draw() - make a picture's file in memory
 * @model: the population
 * @kind: which pictures
 * @number: button from 1, or item
 * @file: room for SL_TPCW_IMAGE_BYTES_MAX bytes
 *
 * Return: the file's size.
 */
u32 sl_tpcw_image_draw(const struct sl_tpcw_model *model,
		       enum sl_tpcw_image_kind kind, u32 number, u8 *file);

/* The file's name, as in a page after "/images/"; room for 32 bytes. */
u32 sl_tpcw_image_name(enum sl_tpcw_image_kind kind, u32 number, char *name);

/**
 * sl_tpcw_image_parse() - the other way round: which picture has this name
 * @name: after "/images/"
 * @count: characters of the name
 * @kind: set
 * @number: set; not checked against the number of items
 *
 * Return: false if no picture is named so.
 */
bool sl_tpcw_image_parse(const char *name, u32 count,
			 enum sl_tpcw_image_kind *kind, u32 *number);

/**
 * sl_tpcw_image_check() - are these the ends of the right picture?
 * @head: its first SL_TPCW_IMAGE_HEAD bytes
 * @tail: its last three bytes
 * @bytes: size of the file they come from
 * @kind: which pictures
 * @number: button from 1, or item
 *
 * Return: whether they are.
 */
bool sl_tpcw_image_check(const u8 *head, const u8 *tail, u32 bytes,
			 enum sl_tpcw_image_kind kind, u32 number);

#endif
