// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "membank/region.h"
#include "stages/web/http_connection.h"

/**
 * sl_http_open_pool() - carve every connection there will ever be
 * @stage: the http stage, its state zeroed but for its limits
 *
 * Return: 0 or -ENOMEM.
 */
int sl_http_open_pool(struct sl_stage *stage)
{
	const struct sl_http_options *options = stage->options;
	struct sl_http *http = stage->private;
	u32 slots = http->slot_mask + 1;
	u64 count = options->connections_max;
	size_t partial = ALIGN((size_t)http->header_max + http->body_max,
			       (size_t)L1_CACHE_BYTES);
	struct sl_http_connection *c;
	struct sl_http_slot *slot;
	u8 *memory;

	c = sl_region_carve(stage->region, count * sizeof(*c));
	slot = sl_region_carve(stage->region, count * slots * sizeof(*slot));
	memory = sl_region_carve(stage->region, count * partial);
	if (!c || !slot || !memory)
		return -ENOMEM;

	/* Lowest first, so that memory never needed is never touched. */
	while (count--) {
		c[count].slot = slot + count * slots;
		c[count].partial = memory + count * partial;
		c[count].next = http->free;
		http->free = &c[count];
	}
	return 0;
}

/**
 * sl_http_take() - a connection for a client that is new
 * @http: the stage's state
 * @event: first call about it
 * @edge: by which that came
 *
 * Sequence numbers go on where the last user of its memory stopped, so that a
 * part which comes too late finds no request to belong to.
 *
 * Return: the connection, or NULL if all are taken.
 */
struct sl_http_connection *sl_http_take(struct sl_http *http,
					const struct sl_event *event, u32 edge)
{
	const struct sl_bytes_args *args = (const void *)event->args;
	struct sl_http_connection *c = http->free;

	if (!c)
		return NULL;
	http->free = c->next;
	c->phase = SL_HTTP_READ_HEAD;
	c->closing = false;
	c->gone = false;
	c->eof = false;
	c->owes_continue = false;
	c->blank = false;
	c->refuse = 0;
	c->edge = edge;
	c->connection = args->connection;
	c->generation = args->generation;
	c->partial_bytes = 0;
	memset(&c->scan, 0, sizeof(c->scan));
	return c;
}

/**
 * sl_http_settle() - free a connection if nobody has an interest in it
 * @http: the stage's state
 * @c: any connection in use; it may be gone afterwards
 */
void sl_http_settle(struct sl_http *http, struct sl_http_connection *c)
{
	if (!c->gone || c->queued || c->sequence_in != c->sequence_out)
		return;
	c->gone = false;
	c->next = http->free;
	http->free = c;
}

/**
 * sl_http_hunger() - let a connection go on when there are events again
 * @http: the stage's state
 * @c: connection that found the bank empty
 */
void sl_http_hunger(struct sl_http *http, struct sl_http_connection *c)
{
	if (c->queued)
		return;
	c->queued = true;
	c->next = NULL;
	if (http->hungry)
		http->hungry_last->next = c;
	else
		http->hungry = c;
	http->hungry_last = c;
}

/**
 * sl_http_hungry() - take the first connection that waits for the bank
 * @http: the stage's state
 *
 * Return: the connection, or NULL if none waits.
 */
struct sl_http_connection *sl_http_hungry(struct sl_http *http)
{
	struct sl_http_connection *c = http->hungry;

	if (c) {
		http->hungry = c->next;
		c->queued = false;
	}
	return c;
}

/**
 * sl_http_time() - a request has begun and may not take for ever
 * @http: the stage's state
 * @c: its connection
 * @now_ns: the time
 *
 * The list is in order of time, so only its head is ever looked at.
 */
void sl_http_time(struct sl_http *http, struct sl_http_connection *c,
		  u64 now_ns)
{
	if (c->timed)
		return;
	c->timed = true;
	c->since_ns = now_ns;
	c->newer = NULL;
	c->older = http->newest;
	if (http->newest)
		http->newest->newer = c;
	else
		http->oldest = c;
	http->newest = c;
}

/**
 * sl_http_untime() - a request is complete, or given up
 * @http: the stage's state
 * @c: its connection, timed or not
 */
void sl_http_untime(struct sl_http *http, struct sl_http_connection *c)
{
	if (!c->timed)
		return;
	c->timed = false;
	if (c->older)
		c->older->newer = c->newer;
	else
		http->oldest = c->newer;
	if (c->newer)
		c->newer->older = c->older;
	else
		http->newest = c->older;
}
