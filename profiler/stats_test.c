// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a segment shows what a pipeline does, that a report names a
 * planted bottleneck, and that files which are cut off, of another version or
 * scribbled over are refused, never believed.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "profiler/report.h"
#include "stages/flow/flow.h"
#include "stages/stages.h"
#include "tools/test.h"

static struct sl_source_options source_options = { .flows = 1 };
static struct sl_flow_options light, heavy = { .work_ns = 20000 };
static struct sl_report report;
static struct sl_graph graph;
static struct sl_plan plan;
static char path[64];

/* source, five passes of which one is slow, sink; two workers. */
static struct sl_pipeline *make(u32 slow, struct sl_stats **stats)
{
	struct sl_pipeline_memory memory;
	u16 cpus[] = { 0 };
	u32 i;

	sl_graph_init(&graph, "test");
	sl_graph_add(&graph, "source", &sl_source_stage, &source_options);
	for (i = 1; i < 7; i++) {
		char name[8] = { 's', '0' + i };

		sl_graph_add(&graph, name, i == 6 ? &sl_sink_stage
			     : &sl_pass_stage, i == slow ? &heavy : &light);
		sl_graph_join(&graph, i - 1, i);
	}
	for (i = 0; i < 7; i++) {
		graph.stage[i].place_count = 1;
		graph.stage[i].place[0] = (struct sl_place){ 0, i > 3 };
	}
	if (!CHECK_EQ(sl_plan_make(&plan, &graph, cpus, 1), 0) ||
	    !CHECK_EQ(sl_stats_create(path, &graph, &plan, stats), 0))
		return NULL;
	sl_stats_bind(*stats, &memory);
	return sl_pipeline_open(&graph, &plan, &memory);
}

/*
 * Samples for 150 ms; again if other programs had the CPU meanwhile, for then
 * rightly nothing is the bottleneck.
 */
static void measure(struct sl_stats *stats, const struct sl_stats *reader,
		    struct sl_pipeline *p)
{
	struct timespec ms = { 0, 1000000 };
	u32 tries = 20;
	u32 i;

	do {
		struct sl_stats *before;

		sl_stats_sample(stats, p);
		before = sl_stats_copy(reader);
		for (i = 0; i < 150; i++) {
			nanosleep(&ms, NULL);
			sl_stats_sample(stats, p);
		}
		sl_report_make(&report, before, reader);
		free(before);
	} while (report.bottleneck < 0 && --tries);
}

/* What the one bank of this pipeline says of itself, and how it is shown. */
static void check_bank(struct sl_pipeline *p, const struct sl_stats *stats)
{
	const struct sl_bank *bank = sl_pipeline_stage(p, 0)->bank;
	const struct sl_bank_use *use = &report.stage[0].bank;
	char *text = NULL;
	bool behind = false;
	size_t bytes;
	FILE *out;
	char *line;
	u32 i;

	CHECK_EQ(use->events, graph.stage[0].events);
	CHECK(use->peak >= use->lately && use->lately > 0);
	/* It runs on meanwhile; these only grow. */
	CHECK(use->peak <= bank->event_count - READ_ONCE(bank->free_min));
	CHECK(use->advice <= sl_bank_advice(bank));
	CHECK_EQ(use->refused, 0);
	for (i = 1; i < 7; i++)
		CHECK_EQ(report.stage[i].bank.events, 0);
	CHECK_EQ(report.memory_bytes, sl_pipeline_bytes(p));
	CHECK(report.huge_bytes <= report.memory_bytes);
	CHECK_STR(report.pressure, "none");

	/* Neither the live view nor the banks are wider than 80 columns. */
	out = open_memstream(&text, &bytes);
	sl_report_draw(&report, stats, 80, out);
	sl_report_print(&report, stats, out);
	fclose(out);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "stage  ", 7) == 0)
			behind = strstr(line, "service");
		if (strncmp(line, "bank  ", 6) == 0)
			behind = false;
		if (!behind)
			CHECK(strlen(line) <= 80);
	}
	free(text);
}

/* Lengths are those of the samples; the stage that is slow has a full ring. */
static void check_links(u32 slow)
{
	u32 i, d;

	CHECK_EQ(report.link_count, 12);
	for (i = 0; i < report.link_count; i++) {
		const struct sl_report_link *link = &report.link[i];
		u64 sum = 0;

		for (d = 0; d < SL_STATS_LENGTHS; d++)
			sum += link->length[d];
		CHECK_EQ(sum, report.samples);
		CHECK(link->full >= 0 && link->full <= 1);
		CHECK(link->slots || link->full == 0);
		CHECK(link->events > 0 || link->to == 6 || link->from == 6);
		/* It waits for at most what is away of one bank. */
		CHECK(!link->length[SL_STATS_LENGTHS - 1]);
		if (link->right && link->to == slow && link->queue_mean > 1)
			CHECK(link->length[0] < sum);
	}
}

/* What this process has had of CPUs, which is all of one if it is alone. */
static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static void test_bottleneck(u32 slow)
{
	const struct sl_stats *reader;
	struct sl_stats *stats;
	struct sl_pipeline *p = make(slow, &stats);
	char name[8] = { 's', '0' + slow };
	double sum = 0, alone;
	u32 i;

	if (!CHECK(!IS_ERR_OR_NULL(p)))
		return;
	sl_stats_links(stats, p);
	CHECK_EQ(stats->link_count, 12);
	CHECK_EQ(sl_pipeline_start(p), 0);
	if (!CHECK_EQ(sl_stats_attach(path, &reader), 0))
		return;
	CHECK(sl_stats_alive(reader));
	alone = cpu_ns();
	measure(stats, reader, p);
	alone = cpu_ns() - alone;
	CHECK_EQ(report.samples, 150);
	CHECK_EQ(report.stage_count, 7);
	CHECK_STR(sl_report_bottleneck(&report), name);
	/* Time that others had the CPU for is no stage's. */
	if (alone > 0.9e9 * report.seconds)
		CHECK(report.stage[slow].service_ns > 8000);
	for (i = 0; i < 7; i++) {
		const struct sl_report_stage *row = &report.stage[i];

		CHECK(row->events > 0);
		CHECK(row->busy + row->starved + row->blocked < 1.001);
		CHECK_EQ(row->drops, 0);
		sum += row->busy;
	}
	check_bank(p, reader);
	check_links(slow);
	/* Two workers take turns on one CPU here, and never exceed it much. */
	CHECK(sum < 2.01);
	CHECK(sum > 0.5 || alone < 0.9e9 * report.seconds);
	CHECK_EQ(sl_pipeline_stop(p, 1000000000), 0);
	sl_pipeline_close(p);
	sl_stats_detach(reader);
	sl_stats_destroy(stats, path);
	CHECK_EQ(access(path, F_OK), -1);
}

/* A file as it was, but for one thing. */
static int attach_changed(const struct sl_stats *good, size_t bytes, size_t at,
			  u32 word)
{
	char changed[80];
	const struct sl_stats *stats;
	char *copy = malloc(good->bytes);
	int fd, err;

	snprintf(changed, sizeof(changed), "%s.changed", path);
	memcpy(copy, good, good->bytes);
	memcpy(copy + at, &word, sizeof(word));
	fd = open(changed, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	if (fd < 0 || write(fd, copy, bytes) != (ssize_t)bytes)
		CHECK(false);
	close(fd);
	free(copy);
	err = sl_stats_attach(changed, &stats);
	if (!err)
		sl_stats_detach(stats);
	unlink(changed);
	return err;
}

static void test_bad_files(void)
{
	struct sl_stats *good;
	struct sl_pipeline *p = make(3, &good);
	const struct sl_stats *stats;
	size_t at;
	u32 seed = 1;
	int i;

	if (!CHECK(!IS_ERR_OR_NULL(p)))
		return;
	sl_stats_links(good, p);
	at = offsetof(struct sl_stats, magic);
	CHECK_EQ(attach_changed(good, good->bytes, at + 4,
				SL_STATS_MAGIC >> 32), 0);
	CHECK_EQ(attach_changed(good, good->bytes, at, 7), -EBADMSG);
	CHECK_EQ(attach_changed(good, good->bytes,
				offsetof(struct sl_stats, version),
				SL_STATS_VERSION + 1),
		 -EPROTO);
	CHECK_EQ(attach_changed(good, good->bytes / 2, 0, (u32)good->magic),
		 -EBADMSG);
	CHECK_EQ(attach_changed(good, 0, 0, 0), -EBADMSG);
	CHECK_EQ(attach_changed(good, 100, 0, (u32)good->magic), -EBADMSG);
	CHECK_EQ(sl_stats_attach("/nowhere/at/all", &stats), -ENOENT);
	CHECK_EQ(sl_stats_path("no such pipeline", path + 40, 20), -ENOENT);

	/* Any word of the tables' description may be anything. */
	for (i = 0; i < 500; i++) {
		at = offsetof(struct sl_stats, version) +
		     4 * (seed % 26);
		seed = seed * 1664525 + 1013904223;
		attach_changed(good, good->bytes, at, seed);
	}
	CHECK_EQ(i, 500);
	sl_pipeline_close(p);
	sl_stats_destroy(good, path);
}

int main(void)
{
	u32 slow;

	snprintf(path, sizeof(path), SL_STATS_PREFIX "test.%d", getpid());
	for (slow = 1; slow < 7; slow++)
		test_bottleneck(slow);
	snprintf(path, 40, SL_STATS_PREFIX "test.%d", getpid());
	test_bad_files();
	TEST_END();
}
