// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_image.h"

#include <string.h>

/* Widths are multiples of four: rows need no padding. */
struct size {
	u32 width;
	u32 height;
};

const char *const sl_tpcw_buttons[SL_TPCW_BUTTONS] = { "home", "search", "cart",
						       "order", "logo" };

static const struct size button_size = { 80, 24 };
static const struct size thumb_size = { 40, 42 };

/* Large images: 5K, 10K, 50K, 100K and 250K, and how many in a hundred. */
static const struct {
	struct size size;
	u32 percent;
} image_sizes[] = {
	{ { 40, 42 }, 45 },   { { 56, 60 }, 35 },   { { 128, 133 }, 15 },
	{ { 180, 189 }, 4 },  { { 292, 292 }, 1 },
};

/* Tables of tpcw_model.c have seeds below this one. */
enum { IMAGE = 100 };

static struct size size_of(const struct sl_tpcw_model *model,
			   enum sl_tpcw_image_kind kind, u32 number)
{
	struct sl_tpcw_dice dice;
	u32 percent, i = 0;

	if (kind == SL_TPCW_BUTTON)
		return button_size;
	if (kind == SL_TPCW_THUMB)
		return thumb_size;
	sl_dice_seed(&dice, model->seed, IMAGE, number);
	percent = sl_dice_below(&dice, 100);
	while (percent >= image_sizes[i].percent)
		percent -= image_sizes[i++].percent;
	return image_sizes[i].size;
}

static u32 bytes_of(struct size size)
{
	return SL_TPCW_IMAGE_HEAD + size.width * size.height * 3;
}

u32 sl_tpcw_image_bytes(const struct sl_tpcw_model *model,
			enum sl_tpcw_image_kind kind, u32 number)
{
	return bytes_of(size_of(model, kind, number));
}

static void put(u8 *at, u32 value, u32 bytes)
{
	while (bytes--) {
		*at++ = value;
		value >>= 8;
	}
}

static u32 get(const u8 *at, u32 bytes)
{
	u32 value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

/* Numbers of items need 20 bits; a pixel has 24. */
static u32 mark_of(enum sl_tpcw_image_kind kind, u32 number)
{
	return (u32)kind << 22 | number;
}

static void head_fill(u8 *file, struct size size, u32 mark)
{
	u32 bytes = bytes_of(size);

	memset(file, 0, SL_TPCW_IMAGE_HEAD);
	file[0] = 'B';
	file[1] = 'M';
	put(file + 2, bytes, 4);
	put(file + 6, mark, 4);
	put(file + 10, SL_TPCW_IMAGE_HEAD, 4);	/* pixels follow at once */
	put(file + 14, 40, 4);			/* of the second header */
	put(file + 18, size.width, 4);
	put(file + 22, size.height, 4);
	put(file + 26, 1, 2);			/* planes */
	put(file + 28, 24, 2);			/* bits in a pixel */
	put(file + 34, bytes - SL_TPCW_IMAGE_HEAD, 4);
	put(file + 38, 3780, 4);		/* pixels a metre */
	put(file + 42, 3780, 4);
}

static void row_fill(u8 *row, u32 width, u32 colour)
{
	u32 x;

	for (x = 0; x < width; x++)
		put(row + 3 * x, colour, 3);
}

static u32 blend(u32 from, u32 to, u32 step, u32 steps)
{
	u32 colour = 0, shift;

	for (shift = 0; shift < 24; shift += 8) {
		u32 a = from >> shift & 255, b = to >> shift & 255;

		colour |= (a * (steps - step) + b * step) / steps << shift;
	}
	return colour;
}

/* A cover: one colour fading into another, a pale band with lines of print. */
static void pixels_fill(u8 *pixels, struct size size,
			struct sl_tpcw_dice *dice)
{
	u32 top = sl_dice_roll(dice) & 0x7f7f7f;
	u32 bottom = (sl_dice_roll(dice) & 0x7f7f7f) + 0x606060;
	u32 y;

	for (y = 0; y < size.height; y++) {
		u8 *row = pixels + (u64)y * size.width * 3;
		u32 part = y * 16 / size.height;

		row_fill(row, size.width, blend(bottom, top, y, size.height));
		if (part < 8 || part > 13)
			continue;
		row_fill(row + size.width / 8 * 3, size.width * 3 / 4,
			 0xe8f0f0);
		if (part & 1)
			row_fill(row + size.width / 4 * 3,
				 sl_dice_between(dice, 1, size.width / 2),
				 0x303030);
	}
}

u32 sl_tpcw_image_draw(const struct sl_tpcw_model *model,
		       enum sl_tpcw_image_kind kind, u32 number, u8 *file)
{
	struct size size = size_of(model, kind, number);
	u32 mark = mark_of(kind, number);
	struct sl_tpcw_dice dice;

	sl_dice_seed(&dice, model->seed, IMAGE + 1 + kind, number);
	head_fill(file, size, mark);
	pixels_fill(file + SL_TPCW_IMAGE_HEAD, size, &dice);
	put(file + bytes_of(size) - 3, mark, 3);
	return bytes_of(size);
}

/* By hand: a page of a list has fifty of these. */
u32 sl_tpcw_image_name(enum sl_tpcw_image_kind kind, u32 number, char *name)
{
	char digits[10], *to;
	u32 count = 0;

	if (kind == SL_TPCW_BUTTON) {
		to = stpcpy(name, "button_");
		to = stpcpy(to, sl_tpcw_buttons[number - 1]);
		return stpcpy(to, ".bmp") - name;
	}
	to = stpcpy(name, kind == SL_TPCW_THUMB ? "thumb_" : "image_");
	for (; number || !count; number /= 10)
		digits[count++] = '0' + number % 10;
	while (count)
		*to++ = digits[--count];
	return stpcpy(to, ".bmp") - name;
}

static u32 button_parse(const char *name, u32 count)
{
	u32 i;

	for (i = 0; i < SL_TPCW_BUTTONS; i++) {
		u32 bytes = strlen(sl_tpcw_buttons[i]);

		if (bytes == count && !memcmp(sl_tpcw_buttons[i], name, bytes))
			return i + 1;
	}
	return 0;
}

static u32 number_parse(const char *text, u32 count)
{
	u32 number = 0, i;

	if (!count || count > 8)
		return 0;
	for (i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		number = number * 10 + text[i] - '0';
	}
	return number;
}

bool sl_tpcw_image_parse(const char *name, u32 count,
			 enum sl_tpcw_image_kind *kind, u32 *number)
{
	if (count < 11 || memcmp(name + count - 4, ".bmp", 4))
		return false;
	count -= 4;
	if (!memcmp(name, "button_", 7)) {
		*kind = SL_TPCW_BUTTON;
		*number = button_parse(name + 7, count - 7);
	} else if (!memcmp(name, "thumb_", 6)) {
		*kind = SL_TPCW_THUMB;
		*number = number_parse(name + 6, count - 6);
	} else if (!memcmp(name, "image_", 6)) {
		*kind = SL_TPCW_IMAGE;
		*number = number_parse(name + 6, count - 6);
	} else {
		return false;
	}
	return *number != 0;
}

bool sl_tpcw_image_check(const u8 *head, const u8 *tail, u32 bytes,
			 enum sl_tpcw_image_kind kind, u32 number)
{
	u32 mark = mark_of(kind, number);

	return head[0] == 'B' && head[1] == 'M' && get(head + 2, 4) == bytes &&
	       get(head + 6, 4) == mark && get(tail, 3) == mark;
}
