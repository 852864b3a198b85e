/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef STAGES_FS_EXERCISE_TEST_H
#define STAGES_FS_EXERCISE_TEST_H

/*
 * Exercises a file: random reads, writes, appends, truncations, mappings,
 * syncs, renames and reopenings are done to it and to a copy in memory, and
 * both must agree on every byte and on the size.  (The idea is that of fsx, by
 * which many file systems were tried.)
 *
 * The caller fills in what it asks for; nothing else is kept from one run to
 * the next.  What goes wrong is told on stderr, with the seed to repeat it by
 * and the operations that came before.
 *
 *   exercise_file()  does it all; whether the file was always right
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAST	24	/* operations that a failure shows */
#define PAGE	4096

enum kind {
	READ, WRITE, APPEND, TRUNCATE, MAP_READ, MAP_WRITE, SYNC, FORGET,
	SIZE, REOPEN, RENAME, KINDS
};

struct operation {
	unsigned long number;
	enum kind kind;
	size_t offset;
	size_t bytes;
};

struct exercise {
	/* What was asked for. */
	const char *path;
	unsigned long seed;
	unsigned long ops;
	unsigned long seconds;	/* 0: as long as it takes */
	size_t max_bytes;
	size_t io_max;
	unsigned int kinds;	/* a bit each */
	bool keep;		/* the file stays */
	bool quiet;
	/* Called after each operation, may change kinds; with 0 it ends. */
	void (*meanwhile)(struct exercise *exercise);

	/* Where it is. */
	int fd;
	char name[2][PATH_MAX];
	int named;
	unsigned long random;
	size_t size;
	unsigned char *model;
	unsigned char *bytes;	/* on their way, io_max of them */
	struct operation past[PAST];
	struct operation *now;
	bool ending;		/* after the last operation */
};

/* splitmix64: any seed is a good one. */
static unsigned long draw(struct exercise *exercise)
{
	unsigned long z = exercise->random += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Half of what is drawn is small or at a page's edge, where mistakes are. */
static size_t draw_below(struct exercise *exercise, size_t end)
{
	unsigned long drawn = draw(exercise);
	size_t n = (drawn >> 8) % end;

	switch (drawn & 7) {
	case 0: return n % PAGE;
	case 1: return n & ~(size_t)(PAGE - 1);
	case 2: n = (n | (PAGE - 1)) - 1 + (drawn >> 4 & 3); break;
	case 3: return n % 16;
	}
	return n < end ? n : end - 1;
}

static const char *const kind_names[KINDS] = {
	[READ] = "read", [WRITE] = "write", [APPEND] = "append",
	[TRUNCATE] = "truncate", [MAP_READ] = "mapped read",
	[MAP_WRITE] = "mapped write", [SYNC] = "sync", [FORGET] = "forget",
	[SIZE] = "size", [REOPEN] = "reopen", [RENAME] = "rename",
};

/* Tells what was wrong, and after what; returns false. */
__attribute__((format(printf, 2, 3)))
static bool wrong(struct exercise *exercise, const char *format, ...)
{
	struct operation *op;
	unsigned long i;
	va_list args;

	if (exercise->quiet)
		return false;
	fprintf(stderr, "exercise: %s, seed %lu, %s %lu (%s): ",
		exercise->path, exercise->seed,
		exercise->ending ? "after" : "operation",
		exercise->now->number, kind_names[exercise->now->kind]);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; size %zu\n", exercise->size);
	for (i = 1; i <= PAST; i++) {
		op = &exercise->past[(exercise->now->number + i) % PAST];
		if (op->number)
			fprintf(stderr, "  %8lu %-12s %9zu + %zu\n", op->number,
				kind_names[op->kind], op->offset, op->bytes);
	}
	return false;
}

static bool wrong_call(struct exercise *exercise, const char *what)
{
	return wrong(exercise, "%s: %s", what, strerror(errno));
}

static bool same(struct exercise *exercise, const unsigned char *got,
		 size_t offset, size_t bytes)
{
	const unsigned char *want = exercise->model + offset;
	size_t i, end;

	if (!memcmp(got, want, bytes))
		return true;
	for (i = 0; got[i] == want[i]; i++)
		;
	for (end = bytes; got[end - 1] == want[end - 1]; end--)
		;
	return wrong(exercise,
		     "bytes %zu to %zu differ: the first is 0x%02x, expected 0x%02x",
		     offset + i, offset + end - 1, got[i], want[i]);
}

/* Reads until all is there or the file ends; -1 if that fails. */
static ssize_t read_all(int fd, unsigned char *to, size_t bytes, size_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		n = pread(fd, to + done, bytes - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* How much of a range the file has. */
static size_t clip(struct exercise *exercise, size_t offset, size_t bytes)
{
	if (offset >= exercise->size)
		return 0;
	return bytes < exercise->size - offset ? bytes
					       : exercise->size - offset;
}

static bool do_read(struct exercise *exercise)
{
	struct operation *op = exercise->now;
	size_t want;
	ssize_t n;

	op->offset = draw_below(exercise, exercise->max_bytes);
	op->bytes = 1 + draw_below(exercise, exercise->io_max);
	want = clip(exercise, op->offset, op->bytes);
	n = read_all(exercise->fd, exercise->bytes, op->bytes, op->offset);
	if (n < 0)
		return wrong_call(exercise, "read");
	if ((size_t)n != want)
		return wrong(exercise, "read yields %zd bytes, expected %zu", n,
			     want);
	return same(exercise, exercise->bytes, op->offset, want);
}

/* Writes to fd, at offset or, if the descriptor appends, at the end. */
static bool write_out(struct exercise *exercise, int fd, size_t offset,
		      size_t bytes)
{
	size_t done = 0, i;
	ssize_t n;

	for (i = 0; i < bytes; i++)
		exercise->bytes[i] = (unsigned char)draw(exercise);
	while (done < bytes) {
		n = pwrite(fd, exercise->bytes + done, bytes - done,
			   (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return wrong_call(exercise, "write");
		done += (size_t)n;
	}
	memcpy(exercise->model + offset, exercise->bytes, bytes);
	if (exercise->size < offset + bytes)
		exercise->size = offset + bytes;
	return true;
}

static bool do_write(struct exercise *exercise)
{
	struct operation *op = exercise->now;
	size_t room;

	op->offset = draw_below(exercise, exercise->max_bytes);
	room = exercise->max_bytes - op->offset;
	op->bytes = 1 + draw_below(exercise, room < exercise->io_max
						     ? room
						     : exercise->io_max);
	return write_out(exercise, exercise->fd, op->offset, op->bytes);
}

/* Over a descriptor of its own, as a program that writes a log would have. */
static bool do_append(struct exercise *exercise)
{
	struct operation *op = exercise->now;
	size_t room = exercise->max_bytes - exercise->size;
	bool fine;
	int fd;

	op->offset = exercise->size;
	op->bytes = 1 + draw_below(exercise, exercise->io_max);
	if (op->bytes > room)
		op->bytes = room;
	fd = open(exercise->name[exercise->named],
		  O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return wrong_call(exercise, "open to append");
	fine = write_out(exercise, fd, op->offset, op->bytes);
	if (close(fd) && fine)
		return wrong_call(exercise, "close after append");
	return fine;
}

static bool do_truncate(struct exercise *exercise)
{
	struct operation *op = exercise->now;

	/* To nothing now and then, or files would only ever be full. */
	op->offset = draw(exercise) % 8
			     ? draw_below(exercise, exercise->max_bytes + 1)
			     : 0;
	if (ftruncate(exercise->fd, (off_t)op->offset))
		return wrong_call(exercise, "truncate");
	/* What lies beyond the end must be zero when the file grows again. */
	if (op->offset < exercise->size)
		memset(exercise->model + op->offset, 0,
		       exercise->size - op->offset);
	exercise->size = op->offset;
	return true;
}

/* Maps what the operation is about; NULL if there is nothing or an error. */
static unsigned char *map(struct exercise *exercise, int rights, size_t *ahead)
{
	struct operation *op = exercise->now;
	unsigned char *base;

	op->offset = draw_below(exercise, exercise->max_bytes);
	op->bytes = 1 + draw_below(exercise, exercise->io_max);
	op->bytes = clip(exercise, op->offset, op->bytes);
	if (!op->bytes)
		return NULL;
	*ahead = op->offset % PAGE;
	base = mmap(NULL, op->bytes + *ahead, rights, MAP_SHARED, exercise->fd,
		    (off_t)(op->offset - *ahead));
	return base != MAP_FAILED ? base : NULL;
}

static bool do_map_read(struct exercise *exercise)
{
	struct operation *op = exercise->now;
	unsigned char *base;
	struct stat now;
	bool fine;
	size_t ahead;

	/* Touching what the file has lost would be the end of the program. */
	if (fstat(exercise->fd, &now))
		return wrong_call(exercise, "fstat");
	if ((size_t)now.st_size < exercise->size)
		return wrong(exercise, "the size is %lld",
			     (long long)now.st_size);
	base = map(exercise, PROT_READ, &ahead);
	if (!base)
		return !op->bytes || wrong_call(exercise, "mmap to read");
	fine = same(exercise, base + ahead, op->offset, op->bytes);
	munmap(base, op->bytes + ahead);
	return fine;
}

static bool do_map_write(struct exercise *exercise)
{
	struct operation *op = exercise->now;
	unsigned char *base;
	bool fine = true;
	size_t ahead, i;

	base = map(exercise, PROT_READ | PROT_WRITE, &ahead);
	if (!base)
		return !op->bytes || wrong_call(exercise, "mmap to write");
	for (i = 0; i < op->bytes; i++)
		base[ahead + i] = exercise->model[op->offset + i] =
			(unsigned char)draw(exercise);
	if (draw(exercise) % 2 && msync(base, op->bytes + ahead, MS_SYNC))
		fine = wrong_call(exercise, "msync");
	munmap(base, op->bytes + ahead);
	return fine;
}

static bool do_sync(struct exercise *exercise)
{
	if (draw(exercise) % 2 ? fsync(exercise->fd) : fdatasync(exercise->fd))
		return wrong_call(exercise, "sync");
	return true;
}

/* What is read next has to come from where the file really is. */
static bool do_forget(struct exercise *exercise)
{
	if (fsync(exercise->fd))
		return wrong_call(exercise, "sync");
	posix_fadvise(exercise->fd, 0, 0, POSIX_FADV_DONTNEED);
	return true;
}

static bool do_size(struct exercise *exercise)
{
	struct stat by_fd, by_name;

	if (fstat(exercise->fd, &by_fd))
		return wrong_call(exercise, "fstat");
	if (stat(exercise->name[exercise->named], &by_name))
		return wrong_call(exercise, "stat");
	if ((size_t)by_fd.st_size != exercise->size)
		return wrong(exercise, "the size is %lld",
			     (long long)by_fd.st_size);
	if (by_name.st_size != by_fd.st_size || by_name.st_ino != by_fd.st_ino)
		return wrong(exercise, "by its name it is another file");
	return true;
}

static bool do_reopen(struct exercise *exercise)
{
	if (close(exercise->fd)) {
		exercise->fd = -1;
		return wrong_call(exercise, "close");
	}
	exercise->fd = open(exercise->name[exercise->named],
			    O_RDWR | O_CLOEXEC);
	return exercise->fd >= 0 || wrong_call(exercise, "open");
}

/* To the other name, and at some later time back. */
static bool do_rename(struct exercise *exercise)
{
	int to = !exercise->named;

	if (rename(exercise->name[exercise->named], exercise->name[to]))
		return wrong_call(exercise, "rename");
	exercise->named = to;
	return true;
}

static const struct {
	unsigned int weight;
	bool (*run)(struct exercise *exercise);
} kinds[KINDS] = {
	[READ] = { 20, do_read },
	[WRITE] = { 20, do_write },
	[APPEND] = { 4, do_append },
	[TRUNCATE] = { 4, do_truncate },
	[MAP_READ] = { 10, do_map_read },
	[MAP_WRITE] = { 10, do_map_write },
	[SYNC] = { 3, do_sync },
	[FORGET] = { 3, do_forget },
	[SIZE] = { 6, do_size },
	[REOPEN] = { 3, do_reopen },
	[RENAME] = { 2, do_rename },
};

static enum kind draw_kind(struct exercise *exercise)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < KINDS; i++)
		if (exercise->kinds & 1u << i)
			sum += kinds[i].weight;
	at = (unsigned int)(draw(exercise) % sum);
	for (i = 0;; i++) {
		if (!(exercise->kinds & 1u << i))
			continue;
		if (at < kinds[i].weight)
			return (enum kind)i;
		at -= kinds[i].weight;
	}
}

/* Every byte, over a descriptor that was opened afterwards. */
static bool look_at_all(struct exercise *exercise)
{
	size_t offset, bytes;
	ssize_t n;

	if (!do_forget(exercise) || !do_reopen(exercise) || !do_size(exercise))
		return false;
	for (offset = 0; offset < exercise->size; offset += bytes) {
		bytes = clip(exercise, offset, exercise->io_max);
		n = read_all(exercise->fd, exercise->bytes, bytes, offset);
		if (n < 0)
			return wrong_call(exercise, "read");
		if ((size_t)n != bytes)
			return wrong(exercise, "it ends at %zu",
				     offset + (size_t)n);
		if (!same(exercise, exercise->bytes, offset, bytes))
			return false;
	}
	return true;
}

static bool run(struct exercise *exercise)
{
	time_t end = time(NULL) + (time_t)exercise->seconds;
	unsigned long number;

	for (number = 1; number <= exercise->ops; number++) {
		if (exercise->seconds && time(NULL) >= end)
			break;
		exercise->now = &exercise->past[number % PAST];
		exercise->now->number = number;
		exercise->now->offset = exercise->now->bytes = 0;
		exercise->now->kind = draw_kind(exercise);
		if (!kinds[exercise->now->kind].run(exercise))
			return false;
		if (exercise->meanwhile)
			exercise->meanwhile(exercise);
		if (!exercise->kinds)
			break;
	}
	exercise->ending = true;
	return look_at_all(exercise);
}

/* Return: whether the file was always what it should be. */
static inline bool exercise_file(struct exercise *exercise)
{
	bool fine;

	exercise->random = exercise->seed;
	exercise->now = exercise->past;
	if (snprintf(exercise->name[0], PATH_MAX, "%s", exercise->path) >=
		    PATH_MAX ||
	    snprintf(exercise->name[1], PATH_MAX, "%s.moved", exercise->path) >=
		    PATH_MAX) {
		errno = ENAMETOOLONG;
		return wrong_call(exercise, "name");
	}
	exercise->fd = open(exercise->path,
			    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (exercise->fd < 0)
		return wrong_call(exercise, "create");
	exercise->model = calloc(1, exercise->max_bytes);
	exercise->bytes = malloc(exercise->io_max);
	fine = exercise->model && exercise->bytes && run(exercise);
	if (exercise->fd >= 0 && close(exercise->fd) && fine)
		fine = wrong_call(exercise, "close");
	if (exercise->named && exercise->keep)
		fine &= do_rename(exercise);
	/* What went wrong is left to be looked at. */
	if (!exercise->keep && (fine || exercise->quiet))
		unlink(exercise->name[exercise->named]);
	free(exercise->model);
	free(exercise->bytes);
	return fine;
}

#endif
