// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipelines/options.h"

struct unit {
	const char *name;
	u64 factor;
};

/* Largest first, so that a value is shown in the largest unit that fits. */
static const struct unit byte_units[] = {
	{ "G", 1u << 30 }, { "M", 1u << 20 }, { "K", 1u << 10 }, { "", 1 },
	{ NULL, 0 },
};

static const struct unit duration_units[] = {
	{ "h", 3600000000000 }, { "m", 60000000000 }, { "s", 1000000000 },
	{ "ms", 1000000 },	{ "us", 1000 },	      { "ns", 1 },
	{ NULL, 0 },
};

static const struct unit no_units[] = {
	{ "", 1 },
	{ NULL, 0 },
};

static const struct unit *units_of(const struct sl_option *option)
{
	switch (option->kind) {
	case SL_OPTION_BYTES:
		return byte_units;
	case SL_OPTION_DURATION:
		return duration_units;
	default:
		return no_units;
	}
}

static const struct {
	const char *name;
	const char *how;
} kinds[] = {
	[SL_OPTION_NUMBER] = { "number", "a number" },
	[SL_OPTION_BYTES] = { "bytes", "bytes, as 4096, 64K, 1M or 2G" },
	[SL_OPTION_DURATION] = { "duration", "a duration, as 50us, 10ms or 2s" },
	[SL_OPTION_BOOL] = { "boolean", "true or false" },
	[SL_OPTION_STRING] = { "string", "a string" },
	[SL_OPTION_PATH] = { "path", "a path" },
	[SL_OPTION_ADDRESS] = { "address",
		"an address, as 127.0.0.1:8080 or [::1]:8080" },
	[SL_OPTION_CHOICE] = { "choice", "one of its choices" },
};

/**
 * sl_option_kind_name() - what the manual calls the kind of an option
 * @option: the option
 */
const char *sl_option_kind_name(const struct sl_option *option)
{
	return kinds[option->kind].name;
}

static int because(char *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int because(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, SL_OPTION_WHY_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

static bool bounded(const struct sl_option *option)
{
	return option->max && option->max < UINT64_MAX;
}

static void format_value(const struct sl_option *option, u64 value, char *text,
			 u32 bytes)
{
	const struct unit *unit = units_of(option);

	while (unit[1].name && (value % unit->factor || value < unit->factor))
		unit++;
	if (!value)
		snprintf(text, bytes, "0");
	else
		snprintf(text, bytes, "%" PRIu64 "%s", value / unit->factor,
			 unit->name);
}

/**
 * sl_option_show() - a value as a person would write it
 * @option: the option
 * @options: struct of the stage type's that holds the value
 * @text: where to put it
 * @bytes: how much room there is
 */
void sl_option_show(const struct sl_option *option, const void *options,
		    char *text, u32 bytes)
{
	const void *place = (const char *)options + option->offset;

	switch (option->kind) {
	case SL_OPTION_NUMBER:
	case SL_OPTION_BYTES:
	case SL_OPTION_DURATION:
		format_value(option, *(const u64 *)place, text, bytes);
		break;
	case SL_OPTION_BOOL:
		snprintf(text, bytes, "%s",
			 *(const bool *)place ? "true" : "false");
		break;
	case SL_OPTION_CHOICE:
		snprintf(text, bytes, "%s",
			 option->choices[*(const u64 *)place]);
		break;
	case SL_OPTION_STRING:
	case SL_OPTION_PATH:
	case SL_OPTION_ADDRESS:
		snprintf(text, bytes, "%s", *(const char *const *)place);
		break;
	}
}

/**
 * sl_option_range() - which values an option takes, in words
 * @option: the option
 * @text: where to put them
 * @bytes: how much room there is
 */
void sl_option_range(const struct sl_option *option, char *text, u32 bytes)
{
	char min[32], max[32];
	u32 used = 0;
	u32 i;

	text[0] = 0;
	if (option->kind == SL_OPTION_CHOICE) {
		for (i = 0; option->choices[i] && used < bytes; i++)
			used += snprintf(text + used, bytes - used, "%s%s",
					 i ? ", " : "", option->choices[i]);
		return;
	}
	if (option->kind > SL_OPTION_DURATION) {
		snprintf(text, bytes, "%s", kinds[option->kind].how);
		return;
	}
	format_value(option, option->min, min, sizeof(min));
	format_value(option, option->max, max, sizeof(max));
	if (bounded(option))
		snprintf(text, bytes, "%s to %s", min, max);
	else if (option->min)
		snprintf(text, bytes, "%s or more", min);
	else
		snprintf(text, bytes, "%s", kinds[option->kind].how);
}

/* Digits and a unit; false if it is anything else. */
static bool scan(const struct sl_option *option, const char *text, u64 *number,
		 bool *overflow)
{
	const struct unit *unit = units_of(option);
	u64 value = 0;

	*overflow = false;
	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		*overflow |= __builtin_mul_overflow(value, 10, &value) ||
			     __builtin_add_overflow(value, *text - '0', &value);
	while (unit->name && strcmp(unit->name, text))
		unit++;
	/* Nothing is nothing in any unit. */
	if (!unit->name && (value || *text))
		return false;
	if (unit->name)
		*overflow |= __builtin_mul_overflow(value, unit->factor, &value);
	*number = value;
	return true;
}

/**
 * sl_option_number() - read a number, an amount of bytes or a duration
 * @option: its kind and range
 * @text: what was written
 * @number: set to the value
 * @why: SL_OPTION_WHY_MAX bytes: what is wrong; how to mend it
 *
 * Return: 0 or -EINVAL.
 */
int sl_option_number(const struct sl_option *option, const char *text,
		     u64 *number, char *why)
{
	char range[96];
	bool overflow;

	if (!scan(option, text, number, &overflow)) {
		sl_option_range(option, range, sizeof(range));
		return because(why, "'%.*s' is not %s; give %s", SL_SHOW(text),
			       kinds[option->kind].how, range);
	}
	if (overflow || *number < option->min ||
	    (bounded(option) && *number > option->max)) {
		sl_option_range(option, range, sizeof(range));
		return because(why, "'%.*s' is out of range; give %s",
			       SL_SHOW(text), range);
	}
	return 0;
}

static int read_bool(const char *text, bool *value, char *why)
{
	static const char *const words[] = { "false", "true", "no", "yes",
					     "off", "on" };
	u32 i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(text, words[i])) {
			*value = i & 1;
			return 0;
		}
	}
	return because(why, "'%.*s' is not a boolean; give true or false",
		       SL_SHOW(text));
}

static int read_choice(const struct sl_option *option, const char *text,
		       u64 *choice, char *why)
{
	struct sl_nearest nearest;
	u32 i;

	sl_nearest_start(&nearest, text);
	for (i = 0; option->choices[i]; i++) {
		if (!strcmp(text, option->choices[i])) {
			*choice = i;
			return 0;
		}
		sl_nearest_try(&nearest, option->choices[i]);
	}
	return because(why, "'%.*s' is not a choice%s", SL_SHOW(text),
		       sl_nearest_hint(&nearest));
}

/* Numeric only: a name would have to be asked for over the network. */
static int check_address(const char *text, char *why)
{
	const char *colon = strrchr(text, ':');
	struct in6_addr address;
	char host[64];
	char *end;
	size_t bytes = colon ? colon - text : 0;
	bool good = colon && bytes < sizeof(host);

	if (good) {
		memcpy(host, text, bytes);
		host[bytes] = 0;
		if (host[0] == '[' && host[bytes - 1] == ']') {
			host[bytes - 1] = 0;
			good = inet_pton(AF_INET6, host + 1, &address) == 1;
		} else {
			good = inet_pton(AF_INET, host, &address) == 1;
		}
	}
	if (!good)
		return because(why, "'%.*s' is not an address; give HOST:PORT, as 127.0.0.1:8080 or [::1]:8080",
			       SL_SHOW(text));
	if (strlen(colon + 1) > 5 || strspn(colon + 1, "0123456789") !=
	    strlen(colon + 1) || !colon[1] ||
	    strtoul(colon + 1, &end, 10) > 65535)
		return because(why, "'%.*s' has no port; give one from 0 (any that is free) to 65535",
			       SL_SHOW(text));
	return 0;
}

static int check_text(const struct sl_option *option, const char *text,
		      char *why)
{
	u64 max = option->kind == SL_OPTION_PATH ? PATH_MAX - 1 : option->max;
	size_t length = strlen(text);

	if (option->kind == SL_OPTION_ADDRESS)
		return check_address(text, why);
	if (option->kind == SL_OPTION_PATH && !length)
		return because(why, "the path is empty; name a file or directory");
	if (length < option->min && option->kind == SL_OPTION_STRING)
		return because(why, "shorter than %" PRIu64 " characters; give more",
			       option->min);
	if (max && length > max)
		return because(why, "longer than %" PRIu64 " characters; shorten it",
			       max);
	return 0;
}

/**
 * sl_option_store() - read a value and put it in its place
 * @option: the option
 * @text: what was written
 * @options: struct of the stage type's, in which the value has its place
 * @store: keeps strings
 * @why: SL_OPTION_WHY_MAX bytes: what is wrong; how to mend it
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int sl_option_store(const struct sl_option *option, const char *text,
		    void *options, struct sl_store *store, char *why)
{
	void *place = (char *)options + option->offset;
	int err;

	switch (option->kind) {
	case SL_OPTION_NUMBER:
	case SL_OPTION_BYTES:
	case SL_OPTION_DURATION:
		return sl_option_number(option, text, place, why);
	case SL_OPTION_BOOL:
		return read_bool(text, place, why);
	case SL_OPTION_CHOICE:
		return read_choice(option, text, place, why);
	case SL_OPTION_STRING:
	case SL_OPTION_PATH:
	case SL_OPTION_ADDRESS:
		break;
	}
	err = check_text(option, text, why);
	if (err)
		return err;
	*(const char **)place = sl_store_copy(store, text, strlen(text));
	if (!*(const char **)place) {
		because(why, "out of memory");
		return -ENOMEM;
	}
	return 0;
}
