/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A peer for sched/link.h: a bounded queue under a mutex.
 *
 * As textbooks have it: one lock and unlock for each event put and each event
 * taken.  The include path puts this header in the place of the ring's, and
 * core_user.c beside it waits on condition variables; stages and executor are
 * the same files.
 */
#ifndef SL_LINK_H
#define SL_LINK_H

#include <pthread.h>
#include <stdlib.h>

#include <linux/compiler.h>

#include "stages/event.h"

struct sl_link {
	pthread_mutex_t mutex;
	u32 slots;
	u32 used;
	u32 first;
	struct sl_event *event[];
};

static inline struct sl_link *sl_link_create(u32 slots)
{
	struct sl_link *link = calloc(1, sizeof(*link) +
				      slots * sizeof(link->event[0]));

	if (!link)
		return (struct sl_link *)-12l;	/* ERR_PTR(-ENOMEM) */
	pthread_mutex_init(&link->mutex, NULL);
	link->slots = slots;
	return link;
}

static inline void sl_link_destroy(struct sl_link *link)
{
	pthread_mutex_destroy(&link->mutex);
	free(link);
}

static inline u32 sl_link_push(struct sl_link *link,
			       struct sl_event *const *event, u32 count)
{
	u32 done;

	for (done = 0; done < count; done++) {
		bool full;

		pthread_mutex_lock(&link->mutex);
		full = link->used == link->slots;
		if (!full) {
			link->event[(link->first + link->used) % link->slots] =
				event[done];
			WRITE_ONCE(link->used, link->used + 1);
		}
		pthread_mutex_unlock(&link->mutex);
		if (full)
			break;
	}
	return done;
}

static inline u32 sl_link_pop(struct sl_link *link, struct sl_event **event,
			      u32 count)
{
	u32 done;

	for (done = 0; done < count; done++) {
		bool empty;

		pthread_mutex_lock(&link->mutex);
		empty = !link->used;
		if (!empty) {
			event[done] = link->event[link->first];
			link->first = (link->first + 1) % link->slots;
			WRITE_ONCE(link->used, link->used - 1);
		}
		pthread_mutex_unlock(&link->mutex);
		if (empty)
			break;
	}
	return done;
}

static inline bool sl_link_ready(const struct sl_link *link)
{
	struct sl_link *mine = (struct sl_link *)link;
	bool ready;

	pthread_mutex_lock(&mine->mutex);
	ready = mine->used;
	pthread_mutex_unlock(&mine->mutex);
	return ready;
}

static inline u32 sl_link_seen(const struct sl_link *link)
{
	return READ_ONCE(link->used);
}

static inline u32 sl_link_used(const struct sl_link *link)
{
	return READ_ONCE(link->used);
}

#endif /* SL_LINK_H */
