/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Fibres: functions that can stop in the middle and go on later.
 *
 * A fibre has a stack of its own, and runs on the thread of whoever resumes
 * it, its host, until it yields or its function returns.  Code that knows
 * nothing of it, such as a library, may lie between the two ends.
 *
 *   sl_fibre_open()    map a stack; nothing runs yet
 *   sl_fibre_resume()  host only: run it until it yields or ends
 *   sl_fibre_yield()   the fibre only: back to the host
 *   sl_fibre_close()   host only: unmap the stack of one that is not running
 *
 * A switch saves what the C calling convention says a function preserves, but
 * not the rounding mode, which nobody here changes.  Below each stack lies a
 * page that may not be touched, so running out of it is a fault and never
 * somebody else's data.  A fibre may not yield while it holds a mutex: its
 * host's other fibres are the same thread.
 */
#ifndef SL_FIBRE_H
#define SL_FIBRE_H

#include <linux/types.h>

struct sl_fibre {
	void *stack_pointer;	/* where it stopped */
	void *host_pointer;	/* where its host waits for it meanwhile */
	void (*run)(void *arg);
	void *arg;
	bool ended;
	u8 *stack;		/* the mapping, guard page first */
	size_t stack_bytes;

	/* What the sanitizers want to know; of no other use. */
	void *fake_stack;
	void *host_fake_stack;
	const void *host_stack;
	size_t host_stack_bytes;
	void *thread;
	void *host_thread;
};

int sl_fibre_open(struct sl_fibre *fibre, size_t stack_bytes,
		  void (*run)(void *arg), void *arg);
void sl_fibre_close(struct sl_fibre *fibre);
void sl_fibre_resume(struct sl_fibre *fibre);
void sl_fibre_yield(struct sl_fibre *fibre);

#endif /* SL_FIBRE_H */
