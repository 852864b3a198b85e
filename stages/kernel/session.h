/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Sessions: the pipeline's side of what device.h describes.
 *
 * A session is what a process and a gate stage share.  Who owns the memory,
 * and how the two wake each other, is the host's business: the device does it
 * with pages and interrupts, a test with a plain array and membarrier(2).
 */
#ifndef SL_SESSION_H
#define SL_SESSION_H

#include <linux/cache.h>
#include <linux/types.h>

#include "ring/line_ring.h"
#include "stages/kernel/device.h"

struct sl_session;

struct sl_session_host {
	/* Makes every CPU on which the process runs pass a full barrier. */
	void (*fence)(struct sl_session *session);
	/* Wakes whoever waits for an answer. */
	void (*wake)(struct sl_session *session);
};

struct sl_session {
	/* Constant after sl_session_open(). */
	struct sl_device_setup setup;
	const struct sl_session_host *host;
	struct sl_device_control *control;	/* shared, as is what follows */
	struct sl_line *answers;
	u8 *bank;
	u32 bank_bytes;

	/* Written by the gate's core alone; sides of rings have own lines. */
	struct sl_line_rx submit;
	struct sl_line_tx complete;

	/*
	 * Set before somebody waits for an answer, cleared by who wakes him.
	 * The copy in the control page is for others to see.
	 */
	u32 user_sleeping ____cacheline_aligned;
};

int sl_session_layout(struct sl_device_setup *setup, u32 page_bytes);
int sl_session_open(struct sl_session *session,
		    const struct sl_device_setup *setup, void *memory,
		    const struct sl_session_host *host);
int sl_session_check(const struct sl_session *session,
		     const struct sl_device_message *message);
bool sl_session_answered(const struct sl_session *session, u32 slot);

#endif /* SL_SESSION_H */
