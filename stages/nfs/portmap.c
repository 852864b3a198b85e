// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The port mapper (RFC 1833), versions 2 to 4, of this server alone.
 *
 * All programs are on the port that the question came to, and spoken over what
 * it came by, so who knows that needs no rpcbind to find the others.  Nobody
 * else can register here.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/nfs/rpc_stage.h"

#define NAME_MAX_BYTES	1024	/* of a network, an address, an owner */

static const struct {
	u32 program;
	u32 first, last;	/* versions */
} services[] = {
	{ SL_RPC_PORTMAP, 2, 4 },
	{ SL_RPC_MOUNT, 1, 3 },
	{ SL_RPC_NFS, 3, 3 },
};

static bool is_served(u32 program, u32 version)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(services); i++)
		if (services[i].program == program &&
		    version >= services[i].first && version <= services[i].last)
			return true;
	return false;
}

/* The last two numbers of an address are those of the port. */
static u8 *put_address(u8 *at, bool v6, u32 port)
{
	char text[32];
	char *to = text;
	u32 part, digits;

	memcpy(to, v6 ? "::" : "0.0.0.0", v6 ? 2 : 7);
	to += v6 ? 2 : 7;
	for (part = 2; part--;) {
		u32 value = port >> 8 * part & 255;

		*to++ = '.';
		for (digits = value > 99 ? 100 : value > 9 ? 10 : 1; digits;
		     digits /= 10)
			*to++ = '0' + value / digits % 10;
	}
	return sl_xdr_put_opaque(at, text, to - text);
}

static const char *network(const struct sl_rpc_connection *c)
{
	static const u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool v4 = !memcmp(c->address, mapped, sizeof(mapped));

	if (c->message)
		return v4 ? "udp" : "udp6";
	return v4 ? "tcp" : "tcp6";
}

static u32 protocol(const struct sl_rpc_connection *c)
{
	return c->message ? SL_PORTMAP_UDP : SL_PORTMAP_TCP;
}

/* All there is, in the words of version 2 or of 3 and 4. */
static u8 *put_list(u8 *at, const struct sl_rpc_call *call)
{
	const struct sl_rpc_connection *c = call->connection;
	const char *name = network(c);
	u32 i, version;

	for (i = 0; i < ARRAY_SIZE(services); i++) {
		for (version = services[i].first; version <= services[i].last;
		     version++) {
			at = sl_xdr_put_u32(at, true);
			at = sl_xdr_put_u32(at, services[i].program);
			at = sl_xdr_put_u32(at, version);
			if (call->version == 2) {
				at = sl_xdr_put_u32(at, protocol(c));
				at = sl_xdr_put_u32(at, c->port);
				continue;
			}
			at = sl_xdr_put_opaque(at, name, strlen(name));
			at = put_address(at, name[3], c->port);
			at = sl_xdr_put_opaque(at, "sluice", 6);
		}
	}
	return sl_xdr_put_u32(at, false);
}

/* Which port, by the number of a protocol or the name of a network. */
static u8 *put_port(u8 *at, const struct sl_rpc_call *call, struct sl_xdr *in)
{
	const struct sl_rpc_connection *c = call->connection;
	u32 program = sl_xdr_u32(in);
	bool served = is_served(program, sl_xdr_u32(in));
	const char *name = network(c);
	const u8 *wanted;
	u32 bytes;

	if (call->version == 2) {
		served = served && sl_xdr_u32(in) == protocol(c);
		return sl_xdr_put_u32(at, served ? c->port : 0);
	}
	wanted = sl_xdr_opaque(in, &bytes, NAME_MAX_BYTES);
	served = served && bytes == strlen(name) &&
		 !memcmp(wanted, name, bytes);
	return served ? put_address(at, name[3], c->port)
		      : sl_xdr_put_u32(at, 0);
}

/* Are these the arguments of SET, UNSET, GETPORT and GETADDR? */
static bool is_sound(const struct sl_rpc_call *call, struct sl_xdr in)
{
	u32 bytes, i;

	sl_xdr_u32(&in);
	sl_xdr_u32(&in);
	if (call->version == 2)
		sl_xdr_u64(&in);
	else
		for (i = 0; i < 3; i++)
			sl_xdr_opaque(&in, &bytes, NAME_MAX_BYTES);
	return !in.bad;
}

/**
 * sl_rpc_begin_portmap() - answer a call of the port mapper
 * @rpc: the stage's state
 * @event: its event, of which the call is known
 * @in: its arguments
 *
 * Return: SL_RPC_SUCCESS if it is answered, or why it is refused.
 */
u32 sl_rpc_begin_portmap(struct sl_rpc *rpc, struct sl_event *event,
			 struct sl_xdr *in)
{
	struct sl_rpc_call *call = sl_rpc_call(event);
	struct sl_xdr arguments = *in;
	u8 *at;

	if (call->procedure != SL_PORTMAP_DUMP && !is_sound(call, *in))
		return SL_RPC_GARBAGE_ARGS;
	at = sl_rpc_place(rpc, event, SL_RPC_SMALL);
	at = sl_rpc_accept(at, call, SL_RPC_SUCCESS);
	if (call->procedure == SL_PORTMAP_GETPORT)
		at = put_port(at, call, &arguments);
	else if (call->procedure == SL_PORTMAP_DUMP)
		at = put_list(at, call);
	else
		at = sl_xdr_put_u32(at, false);
	sl_rpc_finish(rpc, event, at);
	return SL_RPC_SUCCESS;
}
