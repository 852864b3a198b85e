// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_deed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[SL_TPCW_DEED_KINDS] = { "order", "customer",
						       "cart", "item" };

#define LINE                                                               \
	"%s\t%d\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%" PRId64 "\t%" PRIx64 \
	"\t%" PRIx64 "\t%" PRIu64 "\t%" PRIu64 "\n"
#define LINE_READ                                                      \
	"%15s %d %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNd64 " %" SCNx64 \
	" %" SCNx64 " %" SCNu64 " %" SCNu64 "%c"

static bool room_make(struct sl_tpcw_deeds *deeds)
{
	u64 room = deeds->room ? 2 * deeds->room : 4096;
	struct sl_tpcw_deed *deed;

	if (deeds->count < deeds->room)
		return true;
	deed = realloc(deeds->deed, room * sizeof(*deed));
	if (!deed)
		return false;
	deeds->deed = deed;
	deeds->room = room;
	return true;
}

void sl_tpcw_deeds_add(struct sl_tpcw_deeds *deeds,
		       const struct sl_tpcw_deed *deed)
{
	if (!room_make(deeds)) {
		deeds->lost++;
		return;
	}
	deeds->deed[deeds->count++] = *deed;
	if (deeds->file &&
	    fprintf(deeds->file, LINE, kinds[deed->kind], deed->known, deed->id,
		    deed->customer, deed->lines, deed->total,
		    deed->address_hash, deed->hash, deed->begun_ns,
		    deed->done_ns) < 0)
		deeds->lost++;
}

void sl_tpcw_deeds_flush(struct sl_tpcw_deeds *deeds)
{
	if (deeds->file && fflush(deeds->file))
		deeds->lost++;
}

static bool deed_read(const char *line, struct sl_tpcw_deed *deed)
{
	char kind[16], end;
	int known;

	memset(deed, 0, sizeof(*deed));
	if (sscanf(line, LINE_READ, kind, &known, &deed->id, &deed->customer,
		   &deed->lines, &deed->total, &deed->address_hash,
		   &deed->hash, &deed->begun_ns, &deed->done_ns, &end) != 11 ||
	    end != '\n')
		return false;
	deed->known = known;
	while (deed->kind < SL_TPCW_DEED_KINDS &&
	       strcmp(kinds[deed->kind], kind))
		deed->kind++;
	return deed->kind < SL_TPCW_DEED_KINDS;
}

int sl_tpcw_deeds_load(struct sl_tpcw_deeds *deeds, const char *path)
{
	FILE *from = fopen(path, "re"), *to = deeds->file;
	struct sl_tpcw_deed deed;
	char line[256];
	int err = 0;
	u64 number = 0;

	if (!from)
		return -errno;
	deeds->file = NULL;
	while (!err && fgets(line, sizeof(line), from)) {
		number++;
		if (!strchr(line, '\n') && feof(from))
			break;
		if (deed_read(line, &deed)) {
			sl_tpcw_deeds_add(deeds, &deed);
		} else {
			fprintf(stderr, "%s:%" PRIu64 ": no record of what a "
				"bookstore acknowledged\n", path, number);
			err = -EINVAL;
		}
	}
	deeds->file = to;
	fclose(from);
	return err;
}

void sl_tpcw_deeds_free(struct sl_tpcw_deeds *deeds)
{
	free(deeds->deed);
	if (deeds->file)
		fclose(deeds->file);
	memset(deeds, 0, sizeof(*deeds));
}

u64 sl_tpcw_hash(u64 hash, const char *chars, u64 count)
{
	u64 i;

	/* FNV-1a; the mixing makes a border between two calls count. */
	hash ^= 0xcbf29ce484222325ull;
	for (i = 0; i < count; i++)
		hash = (hash ^ (u8)chars[i]) * 0x100000001b3ull;
	return sl_dice_mix(hash);
}

u64 sl_tpcw_line_hash(u32 item, u32 quantity)
{
	return sl_dice_mix((u64)item << 32 | quantity);
}

u64 sl_tpcw_lines_hash(const struct sl_tpcw_cart_line *line, u32 lines)
{
	u64 hash = 0;
	u32 i;

	for (i = 0; i < lines; i++)
		hash += sl_tpcw_line_hash(line[i].item, line[i].quantity);
	return hash;
}
