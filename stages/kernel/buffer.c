// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * buffer: checksums and changes bytes where they lie.
 *
 * Left port "previous".  The bytes may change under its hands, for a process
 * may share them; so it looks at each once and decides nothing by it.  No
 * state, so it may be replicated.
 */
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "stages/kernel/buffer.h"
#include "stages/kernel/device.h"
#include "stages/stage.h"

static void scramble(u8 *data, u32 bytes, u64 key)
{
	u64 word;
	u32 i;

	/* memcpy() is how to say a word that need not be aligned. */
	for (; bytes >= sizeof(word); data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		word ^= key;
		memcpy(data, &word, sizeof(word));
		bytes -= sizeof(word);
	}
	for (i = 0; i < bytes; i++)
		data[i] ^= ((const u8 *)&key)[i];
}

static void work(struct sl_event *event)
{
	struct sl_buffer_args *args = sl_buffer(event);

	switch (event->op) {
	case SL_DEVICE_ECHO:
		break;
	case SL_DEVICE_CRC32C:
		args->result = (u32)~crc32c(~(u32)args->argument, event->data,
					    event->data_bytes);
		break;
	case SL_DEVICE_XOR:
		scramble(event->data, event->data_bytes, args->argument);
		break;
	default:
		event->status = -EOPNOTSUPP;
	}
}

static u32 run(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		if (likely(!batch->event[i]->status))
			work(batch->event[i]);
		sl_stage_reply(stage, batch->event[i]);
	}
	return batch->count;
}

const struct sl_stage_type sl_buffer_stage = {
	.name = "buffer",
	.summary = "checksums and changes bytes where they lie",
	.class = SL_STATELESS,
	.port = { { "previous", "buffer", false, false } },
	.weight_ns = 100,
	.run = run,
};
