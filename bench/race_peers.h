/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The peers of sluice bench ring: other queues for one producer and one
 * consumer.
 *
 * Those known from papers, and from Linux, are written here after their
 * descriptions, bench/peer_*.c.  Those that Debian has are compiled from its
 * headers into plug-ins, bench/plugin/, so that the command does not depend on
 * them; they are sought beside the command and where make install puts them.
 */
#ifndef SL_RACE_PEERS_H
#define SL_RACE_PEERS_H

#include <stdlib.h>
#include <string.h>

#include <linux/cache.h>
#include <linux/types.h>

#include "bench/race.h"

extern const struct sl_contender sl_race_lamport;
extern const struct sl_contender sl_race_fastforward;
extern const struct sl_contender sl_race_mcringbuffer;
extern const struct sl_contender sl_race_bqueue;
extern const struct sl_contender sl_race_ptr_ring;

/* What a plug-in exports. */
#define SL_RACE_PLUGIN	"sl_race_contender"

const struct sl_contender *sl_race_peer(u32 index);

/* Two lines, for some processors fetch lines by pairs. */
#define SL_RACE_APART	__attribute__((__aligned__(2 * L1_CACHE_BYTES)))

/* Memory for a queue, on lines of its own, zeroed and touched; NULL if none. */
static inline void *sl_race_memory(size_t bytes)
{
	void *memory;

	if (posix_memalign(&memory, 2 * L1_CACHE_BYTES, bytes))
		return NULL;
	return memset(memory, 0, bytes);
}

#endif /* SL_RACE_PEERS_H */
