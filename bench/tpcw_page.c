// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_page.h"

#include <string.h>

#define TITLE "Bookstore: "
#define IMAGES "/images/"
#define PRODUCT "/product_detail?i_id="
#define END "</html>"

/* What lies between two pointers. */
struct span {
	const char *at;
	const char *end;
};

static bool starts(struct span span, const char *word)
{
	u64 count = strlen(word);

	return (u64)(span.end - span.at) >= count &&
	       !memcmp(span.at, word, count);
}

static bool equals(struct span span, const char *word)
{
	return (u64)(span.end - span.at) == strlen(word) && starts(span, word);
}

/* Return: what follows the word in the span; at is NULL if it is not there. */
static struct span after(struct span span, const char *word)
{
	u64 count = strlen(word);
	const char *found = memmem(span.at, span.end - span.at, word, count);

	return (struct span){ found ? found + count : NULL, span.end };
}

/* Return: the span's characters before the first of the given one. */
static struct span before(struct span span, char stop)
{
	const char *found = memchr(span.at, stop, span.end - span.at);

	return (struct span){ span.at, found ? found : span.end };
}

/* The leading digits; 0 if there are none or the number is no u32. */
static u32 number(struct span span)
{
	u64 value = 0;

	for (; span.at < span.end && *span.at >= '0' && *span.at <= '9';
	     span.at++) {
		value = value * 10 + *span.at - '0';
		if (value > ~0u)
			return 0;
	}
	return value;
}

/* 12.34 is 1234 cents; -1 if it is no such amount. */
static s64 cents(struct span span)
{
	s64 value = 0;
	u32 digits = 0;

	for (; span.at < span.end && *span.at >= '0' && *span.at <= '9' &&
	       digits < 16; span.at++, digits++)
		value = value * 10 + *span.at - '0';
	if (!digits || span.end - span.at != 3 ||
	    span.at[0] != '.' || span.at[1] < '0' || span.at[1] > '9' ||
	    span.at[2] < '0' || span.at[2] > '9')
		return -1;
	return value * 100 + (span.at[1] - '0') * 10 + span.at[2] - '0';
}

/*
 * An attribute's value; it is most often the tag's first one, where it is
 * found without a search.
 */
static struct span attribute(struct span tag, const char *name)
{
	struct span value = before(tag, ' ');

	value.at = value.end < tag.end ? value.end + 1 : tag.end;
	value.end = tag.end;
	if (starts(value, name))
		value.at += strlen(name);
	else
		value = after(tag, name);
	return value.at ? before(value, '"') : (struct span){ tag.end, tag.end };
}

static void title_read(struct sl_tpcw_page *page, struct span text)
{
	struct span name = before(text, '<');
	u32 i;

	if (!starts(name, TITLE))
		return;
	name.at += strlen(TITLE);
	for (i = 0; i < SL_TPCW_INTERACTIONS; i++)
		if (equals(name, sl_tpcw_names_of[i]))
			page->interaction = i;
}

/* A line of a list links to its item twice: from its picture and its title. */
static void link_read(struct sl_tpcw_page *page, struct span tag)
{
	struct span id = attribute(tag, "href=\"");
	u32 item;

	if (!starts(id, PRODUCT))
		return;
	id.at += strlen(PRODUCT);
	item = number(id);
	if (page->items && page->item[page->items - 1] == item)
		return;
	if (page->items == SL_TPCW_PAGE_ITEMS_MAX)
		page->crowded = true;
	else
		page->item[page->items++] = item;
}

static void image_read(struct sl_tpcw_page *page, struct span tag)
{
	struct span name = attribute(tag, "src=\"");
	enum sl_tpcw_image_kind kind;
	u32 id;

	if (!starts(name, IMAGES) || page->images == SL_TPCW_PAGE_IMAGES_MAX) {
		page->crowded = true;
		return;
	}
	name.at += strlen(IMAGES);
	if (!sl_tpcw_image_parse(name.at, name.end - name.at, &kind, &id)) {
		page->crowded = true;
		return;
	}
	page->image[page->images++] =
		(struct sl_tpcw_page_image){ .kind = kind, .number = id };
}

static void input_read(struct sl_tpcw_page *page, struct span tag)
{
	struct span name = attribute(tag, "name=\"");
	struct span value = attribute(tag, "value=\"");

	if (equals(name, "sc_id")) {
		page->cart = number(value);
	} else if (equals(name, "c_id")) {
		page->customer = number(value);
	} else if (starts(name, "qty_")) {
		name.at += strlen("qty_");
		if (page->lines == SL_TPCW_CART_LINES_MAX)
			page->crowded = true;
		else
			page->line[page->lines++] = (struct sl_tpcw_cart_line){
				number(name), number(value)
			};
	}
}

static void bold_read(struct sl_tpcw_page *page, struct span tag,
		      struct span text)
{
	struct span id = attribute(tag, "id=\"");
	struct span value = before(text, '<');

	if (equals(id, "o_id")) {
		page->order = number(value);
	} else if (equals(id, "total")) {
		page->total = cents(value);
	} else if (equals(id, "sub_total")) {
		page->sub_total = cents(value);
	} else if (equals(id, "uname")) {
		page->uname.chars = value.at;
		page->uname.count = value.end - value.at;
	}
}

static bool may_be_ours(char first)
{
	return first == 'a' || first == 'b' || first == 'i' || first == 't';
}

static void tag_read(struct sl_tpcw_page *page, struct span tag,
		     struct span text)
{
	switch (*tag.at) {
	case 'a':
		if (starts(tag, "a "))
			link_read(page, tag);
		break;
	case 'b':
		if (starts(tag, "b "))
			bold_read(page, tag, text);
		break;
	case 'i':
		if (starts(tag, "img "))
			image_read(page, tag);
		else if (starts(tag, "input "))
			input_read(page, tag);
		break;
	case 't':
		if (equals(tag, "title"))
			title_read(page, text);
		break;
	}
}

void sl_tpcw_page_read(struct sl_tpcw_page *page, const char *text, u64 count)
{
	struct span rest = { text, text + count }, tag;
	const char *last = text + count;

	memset(page, 0, offsetof(struct sl_tpcw_page, item));
	page->interaction = SL_TPCW_INTERACTIONS;
	page->sub_total = -1;
	page->total = -1;
	while ((rest.at = memchr(rest.at, '<', rest.end - rest.at))) {
		/* Most tags are none of ours, nor are their ends. */
		if (++rest.at == rest.end || !may_be_ours(*rest.at))
			continue;
		tag = before(rest, '>');
		/* A tag that does not end is none. */
		if (tag.end == rest.end)
			break;
		rest.at = tag.end + 1;
		tag_read(page, tag, rest);
	}
	while (last > text && (last[-1] == '\n' || last[-1] == '\r'))
		last--;
	page->whole = last - text >= (s64)strlen(END) &&
		      !memcmp(last - strlen(END), END, strlen(END));
}
