// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench storage: what nfs, fs and block cost beside the system calls
 * that a program would make itself.
 *
 * The three stages are fused on one core, with 64 calls outstanding; both
 * sides do the same to the same files, in turns, in a directory of its own
 * where everything is in memory.
 */
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/timekeeping.h>

#include "bench/median.h"
#include "sched/pipeline.h"
#include "stages/fs/fs.h"
#include "stages/nfs/nfs.h"
#include "stages/stage.h"
#include "stages/stages.h"
#include "tools/command.h"

#define FILES		64
#define PAGES		1024	/* of the file that is read and written */
#define PAGE		4096
#define ROUNDS_MAX	200

enum kind { GETATTR, LOOKUP, READ, WRITE, WRITE_ON, KINDS };

static const char *const kind_name[KINDS] = {
	"getattr", "lookup", "read4k", "write4k", "write4k_sequential",
};

struct bench {
	char directory[256];
	int directory_fd;
	int fd[FILES];
	char name[FILES][16];
	struct sl_pipeline *pipeline;
	struct sl_file_handle root;
	struct sl_file_handle file[FILES];
	enum kind kind;
	bool looking;		/* for the handles */
	u32 turn;
	u64 left, in_flight, failed;
	u8 page[PAGE];
	double direct[KINDS][ROUNDS_MAX];
	double staged[KINDS][ROUNDS_MAX];
};

static struct bench b;

/* The same walk over the pages for both sides; no two that are neighbours. */
static u64 offset_of(u32 turn)
{
	return (u64)(b.kind == WRITE_ON ? turn : turn * 421) % PAGES * PAGE;
}

static void ask(struct sl_event *event)
{
	struct sl_file_args *nfs = sl_file(event);
	u32 i = b.turn++ % FILES;

	event->data_bytes = 0;
	event->context = &b.file[i];
	nfs->handle = b.file[i];
	switch (b.kind) {
	case GETATTR:
		event->op = SL_FILE_GETATTR;
		break;
	case LOOKUP:
		event->op = SL_FILE_LOOKUP;
		nfs->handle = b.root;
		event->data_bytes = strlen(b.name[i]);
		memcpy(event->data, b.name[i], event->data_bytes);
		break;
	default:
		event->op = b.kind == READ ? SL_FILE_READ : SL_FILE_WRITE;
		nfs->handle = b.file[0];
		nfs->offset = offset_of(b.turn);
		nfs->count = PAGE;
		nfs->stable = SL_FILE_UNSTABLE;
		if (event->op == SL_FILE_WRITE) {
			event->data = b.page;
			event->data_bytes = PAGE;
		}
	}
}

static u32 poll_driver(struct sl_stage *stage)
{
	u32 count = 0;

	for (; b.left && count < SL_BATCH_MAX; count++) {
		struct sl_event *event = sl_stage_take(stage);

		if (!event)
			break;
		b.left--;
		b.in_flight++;
		if (b.looking && b.kind == KINDS)
			event->op = SL_FILE_MOUNT;
		else
			ask(event);
		sl_stage_call(stage, 0, event);
	}
	return count;
}

static u32 run_driver(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		struct sl_event *event = batch->event[i];

		b.failed += event->status != 0;
		if (b.looking && event->op == SL_FILE_MOUNT)
			b.root = sl_file(event)->object;
		else if (b.looking)
			*(struct sl_file_handle *)event->context =
				sl_file(event)->object;
		sl_stage_free(stage, event);
	}
	b.in_flight -= batch->count;
	return batch->count;
}

static const struct sl_stage_type driver = {
	.name = "driver",
	.summary = "asks as fast as it is answered",
	.class = SL_SERIAL,
	.port = { { "files", "file", true, false } },
	.events = 64,
	.event_bytes = PAGE,
	.weight_ns = 10,
	.run = run_driver,
	.poll = poll_driver,
};

static double staged(enum kind kind, u64 calls)
{
	u64 start = ktime_get_ns();

	b.kind = kind;
	b.left = calls;
	while (b.left || b.in_flight)
		sl_pipeline_turn(b.pipeline);
	return (double)(ktime_get_ns() - start) / calls;
}

static double direct(enum kind kind, u64 calls)
{
	u64 start = ktime_get_ns();
	struct stat st;
	u64 n;

	b.kind = kind;
	for (n = 0; n < calls; n++) {
		u32 i = b.turn++ % FILES;
		ssize_t got = PAGE;

		if (kind == GETATTR)
			b.failed += fstat(b.fd[i], &st) != 0;
		else if (kind == LOOKUP)
			b.failed += fstatat(b.directory_fd, b.name[i], &st,
					    AT_SYMLINK_NOFOLLOW) != 0;
		else if (kind == READ)
			got = pread(b.fd[0], b.page, PAGE, offset_of(b.turn));
		else
			got = pwrite(b.fd[0], b.page, PAGE, offset_of(b.turn));
		b.failed += got != PAGE;
	}
	return (double)(ktime_get_ns() - start) / calls;
}

static int make_files(const char *base)
{
	u32 i;

	snprintf(b.directory, sizeof(b.directory), "%.200s/sluice-bench-XXXXXX",
		 base);
	if (!mkdtemp(b.directory))
		return -1;
	b.directory_fd = open(b.directory, O_RDONLY | O_DIRECTORY);
	for (i = 0; i < FILES; i++) {
		snprintf(b.name[i], sizeof(b.name[i]), "file%u", i);
		b.fd[i] = openat(b.directory_fd, b.name[i], O_RDWR | O_CREAT,
				 0600);
		if (b.fd[i] < 0)
			return -1;
	}
	for (i = 0; i < PAGES; i++)
		if (pwrite(b.fd[0], b.page, PAGE, (u64)i * PAGE) != PAGE)
			return -1;
	/* Else the first rounds would pay for the disk. */
	return fsync(b.fd[0]);
}

static void remove_files(void)
{
	u32 i;

	for (i = 0; i < FILES; i++) {
		unlinkat(b.directory_fd, b.name[i], 0);
		close(b.fd[i]);
	}
	close(b.directory_fd);
	rmdir(b.directory);
}

static int open_pipeline(void)
{
	static struct sl_nfs_options nfs = { false, 1 << 20, 1 << 20 };
	static struct sl_fs_options fs = { .handles = 8192,
					   .attributes_ns = 100000000 };
	static struct sl_block_options block = { 256, SL_BLOCK_SYNC_DATA,
						 true };
	static struct sl_graph graph;
	static struct sl_plan plan;
	u32 i;

	fs.export = b.directory;
	sl_graph_init(&graph, "storage");
	sl_graph_add(&graph, "driver", &driver, NULL);
	sl_graph_add(&graph, "nfs", &sl_nfs_stage, &nfs);
	sl_graph_add(&graph, "fs", &sl_fs_stage, &fs);
	sl_graph_add(&graph, "block", &sl_block_stage, &block);
	for (i = 1; i < 4; i++)
		sl_graph_join(&graph, i - 1, i);
	if (sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1))
		return -1;
	b.pipeline = sl_pipeline_open(&graph, &plan, NULL);
	if (IS_ERR(b.pipeline))
		return -1;
	b.looking = true;
	staged(KINDS, 1);
	b.turn = 0;
	staged(LOOKUP, FILES);
	b.looking = false;
	return 0;
}

static void print(int rounds, bool json)
{
	double ratio[ROUNDS_MAX] = { 0 };
	int k, i;

	if (json)
		printf("{\"rounds\":%d", rounds);
	else
		printf("nfs+fs+block fused on a core, 64 outstanding, beside"
		       " direct system calls\nmedian of %d rounds, ns per"
		       " call\n\n  %-20s %8s %8s %8s\n",
		       rounds, "", "stages", "direct", "ratio");
	for (k = 0; k < KINDS; k++) {
		for (i = 0; i < rounds; i++)
			ratio[i] = b.staged[k][i] / b.direct[k][i];
		printf(json ? ",\"%s\":{\"stages_ns\":%.1f,\"direct_ns\":%.1f,"
			      "\"ratio\":%.3f}"
			    : "  %-20s %8.0f %8.0f %8.2f\n", kind_name[k],
		       sl_median(b.staged[k], rounds), sl_median(b.direct[k], rounds),
		       sl_median(ratio, rounds));
	}
	if (json)
		printf("}\n");
}

static int measure(int rounds, u64 calls)
{
	int i, k;

	for (i = 0; i < rounds && !b.failed; i++) {
		for (k = 0; k < KINDS; k++) {
			b.staged[k][i] = staged(k, calls);
			b.direct[k][i] = direct(k, calls);
		}
	}
	if (!b.failed)
		return 0;
	fprintf(stderr, "sluice bench storage: %llu calls failed\n",
		(unsigned long long)b.failed);
	return 1;
}

int sl_bench_storage(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "calls", required_argument, NULL, 'c' },
		{ "in", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *base = "/tmp";
	int rounds = 15, calls = 20000;
	bool json = false;
	int c, result = 1;

	while ((c = getopt_long(argc, argv, "r:c:i:jh", options, NULL)) != -1) {
		if (c == 'r')
			rounds = atoi(optarg);
		else if (c == 'c')
			calls = atoi(optarg);
		else if (c == 'i')
			base = optarg;
		else if (c == 'j')
			json = true;
		else if (c != 'h')
			return 2;
		else
			return !printf("usage: sluice bench storage"
				       " [--rounds N (15)] [--calls N (20000)]"
				       " [--in DIRECTORY (/tmp)] [--json]\n");
	}
	if (rounds < 1 || rounds > ROUNDS_MAX || calls < 1) {
		fprintf(stderr, "sluice bench storage: 1 to %d rounds of at"
			" least one call\n", ROUNDS_MAX);
		return 2;
	}
	if (make_files(base)) {
		perror(b.directory);
		return 1;
	}
	if (!open_pipeline()) {
		result = measure(rounds, calls);
		sl_pipeline_close(b.pipeline);
	}
	remove_files();
	if (!result)
		print(rounds, json);
	return result;
}
