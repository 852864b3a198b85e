// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <linux/crc32.h>
#include <linux/kernel.h>

#include "profiler/record.h"

#define SNAPSHOT_BYTES_MAX	(64u << 20)
/* A word takes at most ten bytes, and as many to say which one it is. */
#define PAYLOAD_BYTES(snapshot)	((snapshot) / 8 * 20)

struct sl_record_writer {
	FILE *file;
	u64 bytes;		/* of a snapshot */
	u64 *last;
	u8 *payload;
};

/* Seven bits a byte, the lowest first. */
static u8 *put(u8 *to, u64 number)
{
	for (; number > 127; number >>= 7)
		*to++ = number | 128;
	*to++ = number;
	return to;
}

static const u8 *get(const u8 *from, const u8 *end, u64 *number)
{
	u32 shift;

	*number = 0;
	for (shift = 0; from < end && shift < 64; shift += 7) {
		*number |= (u64)(*from & 127) << shift;
		if (*from++ < 128)
			return from;
	}
	return NULL;
}

/**
 * sl_record_pack() - what has changed
 * @before: words of the earlier snapshot
 * @after: of the later one
 * @words: how many these are
 * @to: room for 20 bytes a word
 *
 * Return: bytes used.
 */
u64 sl_record_pack(const u64 *before, const u64 *after, u64 words, u8 *to)
{
	u8 *start = to;
	u64 same = 0;
	u64 i;

	for (i = 0; i < words; i++) {
		u64 by = after[i] - before[i];

		if (!by) {
			same++;
			continue;
		}
		to = put(to, same);
		/* Small numbers of either sign have few bits this way. */
		to = put(to, by << 1 ^ -(by >> 63));
		same = 0;
	}
	return to - start;
}

/**
 * sl_record_unpack() - change words as sl_record_pack() has said
 * @words: the earlier snapshot, which becomes the later one
 * @count: words in it
 * @from: what was packed
 * @bytes: of that
 *
 * Return: 0, or -EBADMSG.
 */
int sl_record_unpack(u64 *words, u64 count, const u8 *from, u64 bytes)
{
	const u8 *end = from + bytes;
	u64 at = 0;
	u64 same, by;

	while (from < end) {
		from = get(from, end, &same);
		if (!from || same >= count - at)
			return -EBADMSG;
		at += same;
		from = get(from, end, &by);
		if (!from)
			return -EBADMSG;
		words[at++] += by >> 1 ^ -(by & 1);
	}
	return 0;
}

static u32 head_crc(const struct sl_record_head *head)
{
	return crc32c(~0u, head, offsetof(struct sl_record_head, crc));
}

/**
 * sl_record_create() - begin a recording
 * @path: file to make; an existing one is replaced
 * @first: a snapshot of what is to be recorded
 * @interval_ns: time between two
 * @writer: set to the recorder
 *
 * Return: 0 or a negative errno.
 */
int sl_record_create(const char *path, const struct sl_stats *first,
		     u64 interval_ns, struct sl_record_writer **writer)
{
	struct sl_record_writer *w = calloc(1, sizeof(*w));
	struct sl_record_head head = {
		.magic = SL_RECORD_MAGIC,
		.version = SL_RECORD_VERSION,
		.stats_version = SL_STATS_VERSION,
		.snapshot_bytes = first->bytes,
		.interval_ns = interval_ns,
		.unix_s = time(NULL),
	};
	int err = -ENOMEM;

	if (!w)
		return -ENOMEM;
	head.crc = head_crc(&head);
	w->bytes = first->bytes;
	w->last = calloc(1, w->bytes);
	w->payload = malloc(PAYLOAD_BYTES(w->bytes));
	if (!w->last || !w->payload)
		goto err_memory;
	w->file = fopen(path, "wbe");
	if (!w->file) {
		err = -errno;
		goto err_memory;
	}
	if (fwrite(&head, sizeof(head), 1, w->file) != 1 || fflush(w->file)) {
		err = -errno;
		goto err_file;
	}
	*writer = w;
	return 0;
err_file:
	fclose(w->file);
err_memory:
	free(w->payload);
	free(w->last);
	free(w);
	return err;
}

/**
 * sl_record_add() - record a snapshot
 * @writer: the recorder
 * @stats: the snapshot, later than the one before it
 *
 * Return: 0, -EMSGSIZE if it is of another pipeline, or what writing said.
 */
int sl_record_add(struct sl_record_writer *writer,
		  const struct sl_stats *stats)
{
	struct sl_record_frame frame;

	if (stats->bytes != writer->bytes)
		return -EMSGSIZE;
	frame.bytes = sl_record_pack(writer->last, (const u64 *)stats,
				     writer->bytes / sizeof(u64),
				     writer->payload);
	frame.crc = crc32c(~0u, writer->payload, frame.bytes);
	/* Frames reach the file whole, whatever becomes of the recorder. */
	if (fwrite(&frame, sizeof(frame), 1, writer->file) != 1 ||
	    (frame.bytes &&
	     fwrite(writer->payload, frame.bytes, 1, writer->file) != 1) ||
	    fflush(writer->file))
		return -errno;
	memcpy(writer->last, stats, writer->bytes);
	return 0;
}

/**
 * sl_record_finish() - end a recording
 * @writer: the recorder, which is gone afterwards
 * @bytes: set to the size of the file
 *
 * Return: 0, or what writing said.
 */
int sl_record_finish(struct sl_record_writer *writer, u64 *bytes)
{
	long end = ftell(writer->file);
	int err = fclose(writer->file) ? -errno : 0;

	*bytes = end < 0 ? 0 : end;
	free(writer->payload);
	free(writer->last);
	free(writer);
	return err;
}

/**
 * sl_record_is() - does a file begin as recordings do
 * @path: its name
 */
bool sl_record_is(const char *path)
{
	struct stat st;
	u64 magic = 0;
	FILE *file;

	/* Looking into a pipe would take its contents, or wait for ever. */
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	file = fopen(path, "rbe");
	if (!file)
		return false;
	if (fread(&magic, sizeof(magic), 1, file) != 1)
		magic = 0;
	fclose(file);
	return magic == SL_RECORD_MAGIC;
}

static int check_head(const struct sl_record_head *head)
{
	if (head->magic != SL_RECORD_MAGIC)
		return -EBADMSG;
	if (head->version != SL_RECORD_VERSION ||
	    head->stats_version != SL_STATS_VERSION)
		return -EPROTO;
	if (head->crc != head_crc(head) ||
	    head->snapshot_bytes < sizeof(struct sl_stats) ||
	    head->snapshot_bytes > SNAPSHOT_BYTES_MAX ||
	    head->snapshot_bytes % sizeof(u64))
		return -EBADMSG;
	return 0;
}

/**
 * sl_record_open() - open a recording
 * @path: its file
 * @record: set to it, before its first frame
 *
 * Return: 0, -EPROTO if it is of another version, -EBADMSG if it is no
 * recording, or another negative errno.
 */
int sl_record_open(const char *path, struct sl_record **record)
{
	struct sl_record *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->file = fopen(path, "rbe");
	err = r->file ? 0 : -errno;
	if (!err && fread(&r->head, sizeof(r->head), 1, r->file) != 1)
		err = -EBADMSG;
	if (!err)
		err = check_head(&r->head);
	if (!err) {
		r->stats = calloc(1, r->head.snapshot_bytes);
		r->payload = malloc(PAYLOAD_BYTES(r->head.snapshot_bytes));
		r->first_at = sizeof(r->head);
		err = r->stats && r->payload ? 0 : -ENOMEM;
	}
	if (err)
		sl_record_close(r);
	else
		*record = r;
	return err;
}

/**
 * sl_record_next() - read the next frame into @record->stats
 * @record: an open recording
 *
 * Return: 0, -ENODATA after the last one, or -EBADMSG if the next one is cut
 * off or damaged; then nothing that follows can be read either.
 */
int sl_record_next(struct sl_record *record)
{
	struct sl_record_frame frame;
	size_t n = fread(&frame, 1, sizeof(frame), record->file);
	u64 bytes = record->head.snapshot_bytes;
	int err;

	if (!n)
		return -ENODATA;
	if (n != sizeof(frame) || frame.bytes > PAYLOAD_BYTES(bytes) ||
	    fread(record->payload, 1, frame.bytes, record->file) !=
	    frame.bytes ||
	    crc32c(~0u, record->payload, frame.bytes) != frame.crc)
		return -EBADMSG;
	err = sl_record_unpack((u64 *)record->stats, bytes / sizeof(u64),
			       record->payload, frame.bytes);
	if (!err)
		err = sl_stats_check(record->stats, bytes);
	if (!err)
		record->frames++;
	return err;
}

/**
 * sl_record_rewind() - go back to before the first frame
 * @record: an open recording
 *
 * Return: 0 or a negative errno.
 */
int sl_record_rewind(struct sl_record *record)
{
	if (fseek(record->file, record->first_at, SEEK_SET))
		return -errno;
	memset(record->stats, 0, record->head.snapshot_bytes);
	record->frames = 0;
	return 0;
}

void sl_record_close(struct sl_record *record)
{
	if (record->file)
		fclose(record->file);
	free(record->payload);
	free(record->stats);
	free(record);
}
