/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SL_GATE_H
#define SL_GATE_H

#include "stages/kernel/session.h"

/* Not for pipeline files: whoever makes the session makes the graph. */
struct sl_gate_options {
	struct sl_session *session;
};

struct sl_stage_type;
extern const struct sl_stage_type sl_gate_stage;

#endif /* SL_GATE_H */
