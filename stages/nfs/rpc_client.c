// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Who may come, and as whom.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define PORTS_OF_ROOT	1024	/* below these, on systems that care */

static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

/* A number of at most so many digits; returns how many, 0 if it is none. */
static u32 number(const char *at, const char *end, u32 base, u32 digits_max,
		  u32 *value)
{
	u32 digits = 0;

	for (*value = 0; at < end && digits < digits_max; at++, digits++) {
		u32 digit;

		if (*at >= '0' && *at <= '9')
			digit = *at - '0';
		else if (base == 16 && (*at | 32) >= 'a' && (*at | 32) <= 'f')
			digit = (*at | 32) - 'a' + 10;
		else
			break;
		*value = *value * base + digit;
	}
	return digits;
}

/* a.b.c.d; returns where it ends, NULL if it is none. */
static const char *read_v4(const char *at, const char *end, u8 *address)
{
	u32 i, digits, value;

	for (i = 0; i < 4; i++) {
		if (i && (at == end || *at++ != '.'))
			return NULL;
		digits = number(at, end, 10, 3, &value);
		if (!digits || value > 255)
			return NULL;
		address[i] = value;
		at += digits;
	}
	return at;
}

/* Words with colons between, of which two may stand for zeros. */
static const char *read_v6(const char *at, const char *end, u8 *address)
{
	u32 gap = ~0u;		/* where the zeros go */
	u32 bytes = 0;
	u32 digits, value;

	memset(address, 0, 16);
	if (end - at >= 2 && at[0] == ':' && at[1] == ':') {
		gap = 0;
		at += 2;
	}
	while (bytes < 16) {
		digits = number(at, end, 16, 4, &value);
		if (!digits)
			break;
		if (bytes <= 12 && at + digits < end && at[digits] == '.') {
			at = read_v4(at, end, address + bytes);
			if (!at)
				return NULL;
			bytes += 4;
			break;
		}
		address[bytes++] = value >> 8;
		address[bytes++] = value;
		at += digits;
		if (end - at < 2 || *at != ':' || bytes == 16)
			break;
		at++;
		if (*at != ':')
			continue;
		if (gap != ~0u)
			return NULL;
		gap = bytes;
		at++;
	}
	if (gap == ~0u)
		return bytes == 16 ? at : NULL;
	if (bytes == 16)
		return NULL;
	memmove(address + 16 - (bytes - gap), address + gap, bytes - gap);
	memset(address + gap, 0, 16 - bytes);
	return at;
}

/* 192.168.0.0/16, ::1, ... */
static bool read_rule(const char *at, const char *end, struct sl_rpc_rule *rule)
{
	u32 bits_max = 32;
	u32 digits, bits;
	const char *rest = read_v4(at, end, rule->address + 12);

	if (rest) {
		memcpy(rule->address, mapped, sizeof(mapped));
	} else {
		bits_max = 128;
		rest = read_v6(at, end, rule->address);
		if (!rest)
			return false;
	}
	bits = bits_max;
	if (rest < end && *rest == '/') {
		digits = number(++rest, end, 10, 3, &bits);
		rest += digits;
		if (!digits || bits > bits_max)
			return false;
	}
	rule->bits = 128 - bits_max + bits;
	return rest == end;
}

static bool is_between(char c)
{
	return c == ' ' || c == ',' || c == '\t';
}

/**
 * sl_rpc_next_client() - the next word of a list
 * @at: where to look; behind the word afterwards
 * @client: takes the word
 *
 * Return: its length, 0 at the end.
 */
u32 sl_rpc_next_client(const char **at, const char **client)
{
	while (**at && is_between(**at))
		++*at;
	*client = *at;
	while (**at && !is_between(**at))
		++*at;
	return *at - *client;
}

/**
 * sl_rpc_open_clients() - understand the list of clients
 * @stage: the rpc stage
 *
 * Return: 0 or -EINVAL, and then it has been said why.
 */
int sl_rpc_open_clients(struct sl_stage *stage)
{
	const struct sl_rpc_options *options = stage->options;
	struct sl_rpc *rpc = stage->private;
	const char *at = options->clients;
	const char *client;
	u32 bytes;

	while ((bytes = sl_rpc_next_client(&at, &client))) {
		if (rpc->rule_count == SL_RPC_RULES_MAX) {
			sl_stage_log(stage, "clients: more than %u addresses; write networks instead",
				     SL_RPC_RULES_MAX);
			return -EINVAL;
		}
		if (!read_rule(client, client + bytes,
			       &rpc->rule[rpc->rule_count++])) {
			sl_stage_log(stage, "clients: '%.*s' is no address; write 192.168.0.0/16, 10.0.0.7 or fd00::/8",
				     (int)bytes, client);
			return -EINVAL;
		}
	}
	return 0;
}

static bool fits(const struct sl_rpc_rule *rule, const u8 *address)
{
	u32 bytes = rule->bits / 8;
	u32 rest = rule->bits % 8;

	return !memcmp(rule->address, address, bytes) &&
	       (!rest || !((rule->address[bytes] ^ address[bytes]) >>
			   (8 - rest)));
}

/**
 * sl_rpc_trusts() - may a client use the export
 * @rpc: the stage's state
 * @address: the client's, IPv4 as ::ffff:a.b.c.d
 * @port: the client's
 */
bool sl_rpc_trusts(const struct sl_rpc *rpc, const u8 *address, u32 port)
{
	u32 i;

	if (rpc->options->secure && port >= PORTS_OF_ROOT)
		return false;
	for (i = 0; i < rpc->rule_count; i++)
		if (fits(&rpc->rule[i], address))
			return true;
	return false;
}

/**
 * sl_rpc_squash() - make of a caller what it may be here
 * @options: of the stage
 * @caller: who it says it is
 */
void sl_rpc_squash(const struct sl_rpc_options *options,
		   struct sl_file_caller *caller)
{
	u32 i;

	if (options->squash == SL_RPC_SQUASH_NONE)
		return;
	if (options->squash == SL_RPC_SQUASH_ALL) {
		caller->uid = options->anonuid;
		caller->gid = options->anongid;
		caller->group_count = 0;
		return;
	}
	if (!caller->uid)
		caller->uid = options->anonuid;
	if (!caller->gid)
		caller->gid = options->anongid;
	for (i = 0; i < caller->group_count; i++)
		if (!caller->group[i])
			caller->group[i] = options->anongid;
}
