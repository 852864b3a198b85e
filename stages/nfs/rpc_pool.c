// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "membank/region.h"
#include "stages/nfs/rpc_stage.h"

/**
 * sl_rpc_open_pool() - carve every connection there will ever be
 * @stage: the rpc stage
 *
 * Return: 0 or -ENOMEM.
 */
int sl_rpc_open_pool(struct sl_stage *stage)
{
	const struct sl_rpc_options *options = stage->options;
	struct sl_rpc *rpc = stage->private;
	size_t count = options->connections_max;
	struct sl_rpc_connection *c;
	u8 *memory;

	c = sl_region_carve(stage->region, count * sizeof(*c));
	memory = sl_region_carve(stage->region, count * SL_RPC_PARTIAL_BYTES);
	rpc->mount = sl_region_carve(stage->region, SL_RPC_MOUNTS *
						    sizeof(*rpc->mount));
	if (!c || !memory || !rpc->mount)
		return -ENOMEM;

	/* Lowest first, so that memory never needed is never touched. */
	while (count--) {
		c[count].partial = memory + count * SL_RPC_PARTIAL_BYTES;
		c[count].next = rpc->free;
		rpc->free = &c[count];
	}
	return 0;
}

/**
 * sl_rpc_take() - a connection for a client that is new
 * @rpc: the stage's state
 * @event: first call about it
 * @edge: by which that came
 *
 * Return: the connection, or NULL if all are taken.
 */
struct sl_rpc_connection *sl_rpc_take(struct sl_rpc *rpc,
				      const struct sl_event *event, u32 edge)
{
	const struct sl_bytes_args *args = (const void *)event->args;
	struct sl_rpc_connection *c = rpc->free;
	u8 *partial;

	if (!c)
		return NULL;
	rpc->free = c->next;
	partial = c->partial;
	memset(c, 0, sizeof(*c));
	c->partial = partial;
	c->edge = edge;
	c->port = args->port;
	c->connection = args->connection;
	c->generation = args->generation;
	memcpy(c->address, args->peer, sizeof(c->address));
	c->trusted = sl_rpc_trusts(rpc, args->peer, args->peer_port);
	return c;
}

/**
 * sl_rpc_settle() - free a connection if nobody has an interest in it
 * @rpc: the stage's state
 * @c: any connection in use; it may be gone afterwards
 */
void sl_rpc_settle(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	if (likely(!c->gone) || c->queued || c->calls)
		return;
	c->gone = false;
	c->next = rpc->free;
	rpc->free = c;
}

/**
 * sl_rpc_hunger() - let a connection go on when there are events again
 * @rpc: the stage's state
 * @c: connection that found the bank empty
 */
void sl_rpc_hunger(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	if (c->queued)
		return;
	c->queued = true;
	c->next = NULL;
	if (rpc->hungry)
		rpc->hungry_last->next = c;
	else
		rpc->hungry = c;
	rpc->hungry_last = c;
	rpc->hungry_count++;
}

/**
 * sl_rpc_hungry() - take the first connection that waits for the bank
 * @rpc: the stage's state, in which one does
 *
 * Return: the connection.
 */
struct sl_rpc_connection *sl_rpc_hungry(struct sl_rpc *rpc)
{
	struct sl_rpc_connection *c = rpc->hungry;

	rpc->hungry = c->next;
	rpc->hungry_count--;
	c->queued = false;
	return c;
}

/**
 * sl_rpc_time() - a record has begun and may not take for ever
 * @rpc: the stage's state
 * @c: its connection
 * @now_ns: the time
 *
 * The list is in order of time, so only its head is ever looked at.
 */
void sl_rpc_time(struct sl_rpc *rpc, struct sl_rpc_connection *c, u64 now_ns)
{
	if (c->timed)
		return;
	c->timed = true;
	c->since_ns = now_ns;
	c->newer = NULL;
	c->older = rpc->newest;
	if (rpc->newest)
		rpc->newest->newer = c;
	else
		rpc->oldest = c;
	rpc->newest = c;
}

/**
 * sl_rpc_untime() - a record is complete, or given up
 * @rpc: the stage's state
 * @c: its connection, timed or not
 */
void sl_rpc_untime(struct sl_rpc *rpc, struct sl_rpc_connection *c)
{
	if (!c->timed)
		return;
	c->timed = false;
	if (c->older)
		c->older->newer = c->newer;
	else
		rpc->oldest = c->newer;
	if (c->newer)
		c->newer->older = c->older;
	else
		rpc->newest = c->older;
}
