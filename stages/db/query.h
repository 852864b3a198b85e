/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The "query" protocol: calls of a schema's procedures.
 *
 * event->op is the number of a procedure, event->data holds its parameters
 * (a struct of the schema's own), which the reply overwrites with the rows.
 * event->status of the reply: 0 or a negative errno (-ENOENT no such row,
 * -EACCES wrong password, -EINVAL, -ENOSPC disk full, -EIO, -EBUSY, ...).
 * A procedure that writes is answered once its transaction is on stable
 * storage.  Replies may overtake each other.
 */
#ifndef SL_QUERY_H
#define SL_QUERY_H

#include "stages/event.h"

#endif /* SL_QUERY_H */
