// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Flips by UFFDIO_MOVE, which moves pages between mappings and leaves those as
 * they are.  mremap() takes longer where no other CPU runs the process, and up
 * to a quarter less where one does; but it cuts mappings to pieces: a process
 * may have 65530 of them, and before Linux 6.17 several cannot be moved at
 * once.  Mapping parts of a memfd anew cuts them as well, and takes longest
 * where flipping could pay (bench/bank_flip.c has all three).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <linux/err.h>

#include "membank/flip.h"

/* Looks at a page that something else holds for a moment. */
#define TRIES	10

struct sl_flip {
	int fd;
	bool off;		/* this memory's pages cannot be moved */
};

/**
 * sl_flip_open() - can pages be moved on this machine
 *
 * Return: what sl_flip_pages() needs, or an ERR_PTR(), -EOPNOTSUPP before
 * Linux 6.8.
 */
struct sl_flip *sl_flip_open(void)
{
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_MOVE,
	};
	struct sl_flip *flip = calloc(1, sizeof(*flip));

	if (!flip)
		return ERR_PTR(-ENOMEM);
	/* Nobody waits for faults here, so those in the kernel do not matter. */
	flip->fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (flip->fd >= 0 && !ioctl(flip->fd, UFFDIO_API, &api))
		return flip;
	if (flip->fd >= 0)
		close(flip->fd);
	free(flip);
	return ERR_PTR(-EOPNOTSUPP);
}

/**
 * sl_flip_allow() - pages may be moved out of and into this memory
 * @flip: an open flip
 * @memory: private anonymous memory, start of a page
 * @bytes: whole pages
 *
 * Return: 0 or a negative errno.
 */
int sl_flip_allow(struct sl_flip *flip, void *memory, size_t bytes)
{
	/* The kind that lets missing pages be as they are: made when touched. */
	struct uffdio_register area = {
		.range = { (uintptr_t)memory, bytes },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	return ioctl(flip->fd, UFFDIO_REGISTER, &area) ? -errno : 0;
}

/* Returns how many bytes have moved, from the start; all but in distress. */
static size_t move(struct sl_flip *flip, void *to, void *from, size_t bytes)
{
	struct uffdio_move move;
	size_t done = 0;
	u32 tries = 0;

	while (done < bytes && tries < TRIES && !READ_ONCE(flip->off)) {
		move = (struct uffdio_move){
			.dst = (uintptr_t)to + done,
			.src = (uintptr_t)from + done,
			.len = bytes - done,
			.mode = UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES,
		};
		if (!ioctl(flip->fd, UFFDIO_MOVE, &move))
			return bytes;
		if (errno == EINVAL)
			WRITE_ONCE(flip->off, true);
		else if (errno != EAGAIN && errno != EINTR && errno != EBUSY)
			tries = TRIES;
		if (move.move > 0)
			done += move.move;
		else
			tries++;
	}
	return done;
}

/**
 * sl_flip_pages() - have one piece of memory get what is in another
 * @flip: an open flip
 * @to: whole pages that are allowed; what is in them is not needed
 * @from: likewise; what is in them afterwards has no meaning
 * @bytes: of each
 * @window: as many bytes of allowed memory that nobody ever touches
 *
 * The pages change places by way of the window.  Where one cannot be moved,
 * because the system holds it, its contents are copied.
 */
void sl_flip_pages(struct sl_flip *flip, void *to, void *from, size_t bytes,
		   void *window)
{
	size_t moved = move(flip, window, to, bytes);

	/* Nothing may be where pages are to go. */
	if (unlikely(moved < bytes && !READ_ONCE(flip->off)))
		madvise(to, bytes, MADV_DONTNEED);
	moved = move(flip, to, from, bytes);
	if (likely(moved == bytes) && move(flip, from, window, bytes) == bytes)
		return;
	memcpy((u8 *)to + moved, (u8 *)from + moved, bytes - moved);
	madvise(window, bytes, MADV_DONTNEED);
}

/**
 * sl_flip_close() - nothing is flipped any more
 * @flip: an open flip, or NULL
 */
void sl_flip_close(struct sl_flip *flip)
{
	if (!flip)
		return;
	close(flip->fd);
	free(flip);
}
