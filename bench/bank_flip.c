// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Three ways to have pages change places: the one that membank/flip.h has
 * chosen, and two that it has not.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/err.h>

#include "bench/bank.h"
#include "membank/flip.h"
#include "membank/region.h"

/* UFFDIO_MOVE, by way of a window; mappings stay as they are. */
static struct {
	struct sl_region *region;
	struct sl_flip *flip;
	u8 *window;
} move;

static void move_close(void)
{
	if (!IS_ERR_OR_NULL(move.flip))
		sl_flip_close(move.flip);
	if (!IS_ERR_OR_NULL(move.region))
		sl_region_destroy(move.region);
}

static int move_open(size_t bytes, u8 **to, u8 **from)
{
	u8 **const piece[] = { to, from, &move.window };
	size_t i;
	int err;

	move.flip = sl_flip_open();
	if (IS_ERR(move.flip))
		return PTR_ERR(move.flip);
	move.region = sl_region_create("bench", false, -1);
	if (IS_ERR(move.region))
		return PTR_ERR(move.region);
	for (i = 0; i < 3; i++) {
		*piece[i] = sl_region_carve_pages(move.region, bytes);
		err = *piece[i] ? sl_flip_allow(move.flip, *piece[i], bytes)
				: -ENOMEM;
		if (err)
			return err;
	}
	return 0;
}

static bool move_flip(u8 *to, u8 *from, size_t bytes)
{
	sl_flip_pages(move.flip, to, from, bytes, move.window);
	return true;
}

/*
 * mremap(), by way of a window; what is left behind stays mapped, lest another
 * thread's mmap() take the place.  It cuts mappings to pieces, and before Linux
 * 6.17 does not move several of them at once.
 */
static struct {
	u8 *memory;
	size_t bytes;		/* of a piece */
} remap;

static void remap_close(void)
{
	if (remap.memory)
		munmap(remap.memory, 3 * remap.bytes);
}

static int remap_open(size_t bytes, u8 **to, u8 **from)
{
	u8 *at = mmap(NULL, 3 * bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	madvise(at, 3 * bytes, MADV_NOHUGEPAGE);
	remap.memory = at;
	remap.bytes = bytes;
	*to = at;
	*from = at + bytes;
	return 0;
}

static bool remap_mend(void)
{
	size_t bytes = 3 * remap.bytes;

	return mmap(remap.memory, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		       remap.memory &&
	       !madvise(remap.memory, bytes, MADV_NOHUGEPAGE);
}

static bool shift(u8 *to, u8 *from, size_t bytes)
{
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

	return mremap(from, bytes, bytes, flags, to) == to;
}

static bool remap_flip(u8 *to, u8 *from, size_t bytes)
{
	u8 *window = remap.memory + 2 * remap.bytes;

	return shift(window, to, bytes) && shift(to, from, bytes) &&
	       shift(from, window, bytes);
}

/* Parts of a file in memory, mapped anew the other way round. */
static struct {
	u8 *memory;
	size_t bytes;
	int fd;
	/* By start of a part, in pages: has it been turned? */
	bool turned[SL_CROSS_BYTES_MAX / 4096];
} file = { .fd = -1 };

static void file_close(void)
{
	if (file.memory)
		munmap(file.memory, 2 * file.bytes);
	if (file.fd >= 0)
		close(file.fd);
}

static int file_open(size_t bytes, u8 **to, u8 **from)
{
	u8 *at;

	file.fd = memfd_create("sluice-bench", MFD_CLOEXEC);
	if (file.fd < 0 || ftruncate(file.fd, 2 * bytes))
		return -errno;
	at = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd,
		  0);
	if (at == MAP_FAILED)
		return -errno;
	file.memory = at;
	file.bytes = bytes;
	*to = at;
	*from = at + bytes;
	return 0;
}

static bool put(u8 *at, size_t place, size_t bytes)
{
	return mmap(at, bytes, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED | MAP_POPULATE, file.fd,
		    place) == at;
}

static bool file_mend(void)
{
	memset(file.turned, 0, sizeof(file.turned));
	return put(file.memory, 0, 2 * file.bytes);
}

static bool file_flip(u8 *to, u8 *from, size_t bytes)
{
	size_t place = to - file.memory;
	bool *turned = &file.turned[place / 4096];
	size_t there = place + (*turned ? 0 : file.bytes);
	size_t here = place + (*turned ? file.bytes : 0);

	*turned = !*turned;
	return put(to, there, bytes) && put(from, here, bytes);
}

const struct sl_flipper sl_flippers[SL_CROSSES - SL_CROSS_FLIP] = {
	{ "flip", move_open, NULL, move_flip, move_close },
	{ "mremap", remap_open, remap_mend, remap_flip, remap_close },
	{ "memfd", file_open, file_mend, file_flip, file_close },
};
