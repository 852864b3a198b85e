// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * gate: where messages of a process come into a pipeline, and answers leave.
 *
 * Right port "next".  Each message is copied into an event of the gate's bank
 * before it is looked at, and its data stays where it is.  What is malformed
 * goes the way of the others, with a status, so that answers keep the order
 * of the questions.  Answers for which the ring has no room are held, and as
 * long as there are any the gate takes in nothing: none is dropped.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/nospec.h>

#include "stages/kernel/buffer.h"
#include "stages/kernel/gate.h"
#include "stages/stage.h"

enum { NEXT };
enum { MALFORMED, NO_SUCH_OP, OUTSIDE };

struct gate {
	struct sl_fifo held;	/* answered, but there was no room */
	bool stopping;
	/* Shown in the control page, but never read from there. */
	u64 refused;
	u64 sleeps;
};

static struct sl_session *session_of(const struct sl_stage *stage)
{
	return ((struct sl_gate_options *)stage->options)->session;
}

static struct sl_device_message *message_of(struct sl_event *event)
{
	return (struct sl_device_message *)event->buffer;
}

static void refuse(struct sl_stage *stage, struct sl_event *event, int err)
{
	struct gate *gate = stage->private;

	event->status = err;
	gate->refused++;
	WRITE_ONCE(session_of(stage)->control->kernel.refused, gate->refused);
	sl_stage_drop(stage, err == -EFAULT ? OUTSIDE :
			     err == -EINVAL ? MALFORMED : NO_SUCH_OP);
}

/* Turns a message into a request. */
static void ask(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_session *session = session_of(stage);
	struct sl_device_message *message = message_of(event);
	int err = sl_session_check(session, message);

	if (unlikely(err)) {
		refuse(stage, event, err);
	} else {
		/* Nor may the CPU go by a wrong guess of the check. */
		event->data = session->bank +
			      array_index_nospec(message->offset,
						 session->bank_bytes);
		event->data_bytes = message->bytes;
		event->op = message->op;
		sl_buffer(event)->argument = message->argument;
	}
	sl_buffer(event)->result = 0;
	sl_stage_call(stage, NEXT, event);
}

/* Sends an answer; false if there is no room for it. */
static bool answer(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_device_message *message = message_of(event);

	message->status = event->status;
	message->result = sl_buffer(event)->result;
	return sl_line_push(&session_of(stage)->complete,
			    (struct sl_line *)message);
}

/* Shows what was pushed to the process, and wakes it if it waits. */
static void announce(struct sl_session *session)
{
	WRITE_ONCE(session->control->kernel.pushed, session->complete.head);
	/* The sleeper's barrier stands in for one here; see device.h. */
	barrier();
	if (unlikely(READ_ONCE(session->user_sleeping))) {
		WRITE_ONCE(session->user_sleeping, 0);
		session->host->wake(session);
	}
}

static u32 send_held(struct sl_stage *stage)
{
	struct gate *gate = stage->private;
	struct sl_event *event;
	u32 done = 0;

	while ((event = gate->held.first) && answer(stage, event)) {
		sl_fifo_get(&gate->held);
		sl_stage_free(stage, event);
		done++;
	}
	sl_stage_hold(stage, gate->held.count);
	if (done)
		announce(session_of(stage));
	return done;
}

static u32 poll(struct sl_stage *stage)
{
	struct sl_session *session = session_of(stage);
	struct gate *gate = stage->private;
	u32 most = sl_stage_share(stage, SL_BATCH_MAX);
	u32 done = 0;

	if (unlikely(gate->held.first))
		done = send_held(stage);
	if (unlikely(gate->held.first || gate->stopping))
		return done;
	while (done < most && sl_line_ready(&session->submit)) {
		struct sl_event *event = sl_stage_take(stage);

		if (!event)
			break;
		/* It may be gone: the process can clear it, against all use. */
		if (!sl_line_pop(&session->submit,
				 (struct sl_line *)message_of(event))) {
			sl_stage_free(stage, event);
			break;
		}
		ask(stage, event);
		done++;
	}
	if (done)
		WRITE_ONCE(session->control->kernel.popped,
			   session->submit.tail);
	return done;
}

/* Answers come back. */
static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct gate *gate = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		if (likely(!gate->held.first && answer(stage, event)))
			sl_stage_free(stage, event);
		else
			sl_fifo_put(&gate->held, event);
	}
	sl_stage_hold(stage, gate->held.count);
	announce(session_of(stage));
	return batch->count;
}

static bool doze(struct sl_stage *stage, bool asleep)
{
	struct sl_session *session = session_of(stage);
	struct sl_device_side *self = &session->control->kernel;
	struct gate *gate = stage->private;

	/* After all answers, for a process that looks at both. */
	smp_store_release(&self->sleeping, asleep);
	if (!asleep)
		return false;
	WRITE_ONCE(self->sleeps, ++gate->sleeps);
	session->host->fence(session);
	/* What poll() would leave where it is does not count. */
	return !gate->held.first && stage->bank->free_count &&
	       sl_line_ready(&session->submit);
}

/* Nobody waits for answers any more that find no room now. */
static bool drain(struct sl_stage *stage)
{
	struct gate *gate = stage->private;

	gate->stopping = true;
	while (gate->held.first)
		sl_stage_free(stage, sl_fifo_get(&gate->held));
	sl_stage_hold(stage, 0);
	return stage->bank->free_count == stage->bank->event_count;
}

static const char *const drop_reasons[] = {
	[MALFORMED] = "malformed",
	[NO_SUCH_OP] = "no_such_op",
	[OUTSIDE] = "outside",
	NULL,
};

const struct sl_stage_type sl_gate_stage = {
	.name = "gate",
	.summary = "takes in messages of a process and hands out the answers",
	.class = SL_SERIAL,
	.port = { { "next", "buffer", true, false } },
	.options_bytes = sizeof(struct sl_gate_options),
	.private_bytes = sizeof(struct gate),
	.events = 256,
	.event_bytes = sizeof(struct sl_device_message),
	.weight_ns = 50,
	.drop_reasons = drop_reasons,
	.run = run,
	.poll = poll,
	.doze = doze,
	.drain = drain,
};
