// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a file holds what was put into it, whatever the order: see
 * exercise_test.h.  With a path it exercises that file, on whatever file
 * system that is.  Without, it exercises files of its own, and proves that it
 * would notice: a byte turned, a block lost, an end cut off or grown behind its
 * back must be found by each kind of operation that can find it, and at the
 * latest at the end.
 */
#include <getopt.h>
#include <sys/random.h>

#include "stages/fs/exercise_test.h"
#include "tools/test.h"

#define ALL ((1u << KINDS) - 1)

enum harm { FLIP, BLANK, SHORTEN, LENGTHEN };

static const struct {
	const char *what;
	enum harm harm;
	/* What may happen from then on, and so has to find it; 0: the end. */
	unsigned int finders;
} harms[] = {
	{ "flip, read", FLIP, 1u << READ },
	{ "flip, mapped read", FLIP, 1u << MAP_READ },
	{ "flip, end", FLIP, 0 },
	{ "blank, read", BLANK, 1u << READ },
	{ "blank, mapped read", BLANK, 1u << MAP_READ },
	{ "blank, end", BLANK, 0 },
	{ "shorten, read", SHORTEN, 1u << READ },
	{ "shorten, mapped read", SHORTEN, 1u << MAP_READ },
	{ "shorten, size", SHORTEN, 1u << SIZE },
	{ "shorten, end", SHORTEN, 0 },
	{ "lengthen, read", LENGTHEN, 1u << READ },
	{ "lengthen, size", LENGTHEN, 1u << SIZE },
	{ "lengthen, end", LENGTHEN, 0 },
};

/* Which of them is to be done, and whether it has been. */
static size_t harm;
static bool harmed;

static void do_harm(struct exercise *exercise)
{
	static const unsigned char blank[PAGE];
	size_t middle = exercise->size / 2;
	unsigned char byte = (unsigned char)~exercise->model[middle];
	bool done = false;

	/* The file has to be large enough, and no hole where it is hurt. */
	if (harmed || exercise->now->number < 50 || exercise->size < 8 * PAGE ||
	    !memcmp(exercise->model + middle, blank, PAGE))
		return;
	switch (harms[harm].harm) {
	case FLIP:
		done = pwrite(exercise->fd, &byte, 1, (off_t)middle) == 1;
		break;
	case BLANK:
		done = pwrite(exercise->fd, blank, PAGE, (off_t)middle) == PAGE;
		break;
	case SHORTEN:
		done = !ftruncate(exercise->fd, (off_t)exercise->size - 1);
		break;
	case LENGTHEN:
		done = !ftruncate(exercise->fd, (off_t)exercise->size + 1);
		break;
	}
	CHECK(done);
	harmed = true;
	exercise->kinds = harms[harm].finders;
}

static void prove_that_it_notices(struct exercise asked)
{
	for (harm = 0; harm < sizeof(harms) / sizeof(harms[0]); harm++) {
		struct exercise exercise = asked;

		harmed = false;
		exercise.quiet = true;
		exercise.meanwhile = do_harm;
		if (CHECK(!exercise_file(&exercise)) && CHECK(harmed) &&
		    CHECK_EQ(exercise.ending, !harms[harm].finders))
			continue;
		fprintf(stderr, "  that was: %s\n", harms[harm].what);
	}
}

/* Another program moves the file away: what goes by name must fail. */
static void take_away(struct exercise *exercise)
{
	if (exercise->now->number == 50)
		CHECK(!unlink(exercise->name[exercise->named]));
}

static void try_own_files(struct exercise asked)
{
	const char *directory = getenv("TMPDIR");
	char path[PATH_MAX - 16];
	struct exercise exercise;
	unsigned long seed;

	snprintf(path, sizeof(path), "%s/exercise-%d",
		 directory ? directory : "/tmp", (int)getpid());
	asked.path = path;
	for (seed = 1; seed <= 8; seed++) {
		exercise = asked;
		exercise.seed = seed;
		/* Sizes that are no multiple of anything, too. */
		if (seed % 2)
			exercise.max_bytes = 100003;
		CHECK(exercise_file(&exercise));
	}
	prove_that_it_notices(asked);
	exercise = asked;
	exercise.quiet = true;
	exercise.meanwhile = take_away;
	CHECK(!exercise_file(&exercise));
	CHECK(access(path, F_OK));
}

static void usage(FILE *to)
{
	fputs("Usage: exercise_test [OPTION]... [PATH]\n"
	      "\n"
	      "Exercises the file PATH, which it makes, and removes if all is well;\n"
	      "without PATH it tries itself on files in $TMPDIR.\n"
	      "\n"
	      "  --ops N        operations; 2000\n"
	      "  --seconds N    or as many as fit\n"
	      "  --seed N       the same again; drawn anew each time\n"
	      "  --max-bytes N  how large the file may become; 1 MiB\n"
	      "  --io-max N     how much is read or written at once; 64 KiB\n"
	      "  --no-mmap      maps nothing\n"
	      "  --no-rename    the name stays\n"
	      "  --keep         the file stays, with all in it\n"
	      "\n"
	      "Example: exercise_test --ops 100000 --seed 7 /mnt/file\n",
	      to);
}

/* A number from 1 on; 0 if it is none. */
static unsigned long number(const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 0);
	if (errno || *end || *text == '-' || !n || n > LONG_MAX) {
		fprintf(stderr, "exercise_test: '%s' is no number from 1 on\n",
			text);
		exit(2);
	}
	return n;
}

static void read_options(int argc, char **argv, struct exercise *asked)
{
	static const struct option options[] = {
		{ "ops", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "max-bytes", required_argument, NULL, 'm' },
		{ "io-max", required_argument, NULL, 'i' },
		{ "no-mmap", no_argument, NULL, 'n' },
		{ "no-rename", no_argument, NULL, 'r' },
		{ "keep", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'o': asked->ops = number(optarg); break;
		case 't': asked->seconds = number(optarg); break;
		case 's': asked->seed = number(optarg); break;
		case 'm': asked->max_bytes = number(optarg); break;
		case 'i': asked->io_max = number(optarg); break;
		case 'n':
			asked->kinds &= ~(1u << MAP_READ | 1u << MAP_WRITE);
			break;
		case 'r': asked->kinds &= ~(1u << RENAME); break;
		case 'k': asked->keep = true; break;
		case 'h': usage(stdout); exit(0);
		default: usage(stderr); exit(2);
		}
	}
	if (asked->seconds && asked->ops == 2000)
		asked->ops = LONG_MAX;
	asked->path = argv[optind];
	if (asked->path && argv[optind + 1]) {
		usage(stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct exercise asked = {
		.ops = 2000,
		.max_bytes = 1 << 20,
		.io_max = 64 << 10,
		.kinds = ALL,
	};

	read_options(argc, argv, &asked);
	if (!asked.seed &&
	    getrandom(&asked.seed, 4, 0) != 4)	/* short enough to type */
		asked.seed = 1;
	if (asked.path) {
		CHECK(exercise_file(&asked));
		fprintf(stderr, "exercise: %s, seed %lu: %lu operations\n",
			asked.path, asked.seed, asked.now->number);
	} else {
		asked.seed = 1;
		asked.ops = 1000;
		asked.max_bytes = 200000;
		asked.io_max = 20000;
		try_own_files(asked);
	}
	TEST_END();
}
