/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Transfers: edges over which events do not pass by pointer.
 *
 * Each direction of such an edge has a landing bank, in the region of the
 * stage that gets the events.  Before its core offers it a batch, the executor
 * copies each event into one of the landing bank's, and that is what the stage
 * sees; the origin stays where it is, owned by the executor.  An answer is
 * copied back into its origin, which then goes on to its caller.  What was
 * sent one way stays until the stage lets go of the copy, and goes home then:
 * so there are never more copies than there are origins, a landing bank that
 * has as many events cannot be empty, and back-pressure is what it is without
 * copies.
 *
 * Args are copied, data, and what the stage type says that args point to
 * (struct sl_part), all to the same place of the other buffer.  Data that lies
 * elsewhere is copied to the start of the buffer; if the answer leaves it as
 * it is, the origin's stays as it is, too.  What does not fit is not sent: a
 * request is answered with -EMSGSIZE, anything else goes home; both are
 * counted, and told once.
 *
 * Landing banks belong to nobody, so that each give goes over a ring, where
 * the executor of the core they are on meets it.
 *
 *   sl_transfers_open()     set-up, when instances are joined
 *   sl_transfer_cross()     executor of the core that gets the batch
 *   sl_transfer_collect()   the same
 */
#ifndef SL_TRANSFER_H
#define SL_TRANSFER_H

#include "membank/bank.h"
#include "stages/stage.h"

struct sl_flip;
struct sl_pipeline;

/* Where an event of the landing bank comes from. */
struct sl_landing {
	struct sl_event *origin;	/* NULL: it has got its answer */
	u32 room;		/* in both buffers */
	bool afar;		/* its data is not in its buffer */
};

struct sl_transfer {
	/* Constant while it runs. */
	struct sl_stage *from;
	struct sl_stage *to;
	struct sl_transfer *asked;	/* of what is answered here, or NULL */
	const struct sl_part *parts;	/* of what crosses here, or NULL */
	u32 port;		/* of `from` */
	struct sl_flip *flip;	/* NULL: pages are copied */
	u8 *window;		/* for flips */
	u32 page_bytes;
	bool guarded;
	u32 rights;		/* to the memory of both */
	struct sl_landing *landing;	/* by number of the landing event */
	struct sl_bank land;	/* of no events if all that comes is answers */

	/* Written by the core of `to` alone. */
	u64 refused ____cacheline_aligned;
};

void sl_transfer_cross(struct sl_transfer *transfer, struct sl_batch *batch,
		       u32 first);
u32 sl_transfer_collect(struct sl_transfer *transfer);

/* Has anything landed that is not done with? */
static inline bool sl_transfer_busy(const struct sl_transfer *transfer)
{
	return transfer->land.free_count != transfer->land.event_count;
}

/* transfers.c */
int sl_transfers_open(struct sl_pipeline *p);
void sl_transfers_close(struct sl_pipeline *p);

#endif /* SL_TRANSFER_H */
