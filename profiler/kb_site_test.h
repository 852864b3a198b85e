/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* A knowledge base in a file of the test's own, and what a run might show. */
#ifndef SL_KB_SITE_TEST_H
#define SL_KB_SITE_TEST_H

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiler/kb.h"
#include "tools/test.h"

static char path[64];

/* Something else than this program changes the file. */
static inline void change(const char *sql)
{
	char *message = NULL;
	sqlite3 *db;

	CHECK(!sqlite3_open(path, &db));
	sqlite3_busy_timeout(db, 1000);
	if (!CHECK(!sqlite3_exec(db, sql, NULL, NULL, &message)))
		fprintf(stderr, "%s\n", message);
	sqlite3_free(message);
	sqlite3_close(db);
}

static inline struct sl_kb *open_kb(enum sl_kb_mode mode)
{
	const char *why;
	struct sl_kb *kb = sl_kb_open(path, mode, &why);

	if (!CHECK(kb)) {
		fprintf(stderr, "%s\n", why ? why : "nothing to read");
		exit(1);
	}
	sl_kb_of(kb, "boot", "model");
	return kb;
}

/* The answer to a question, or what is wrong with it. */
static inline const char *ask(struct sl_kb *kb, const char *query, bool json)
{
	static char text[4096];
	const char *why;
	FILE *out = fmemopen(text, sizeof(text), "w");
	int err;

	memset(text, 0, sizeof(text));
	err = sl_kb_ask(kb, query, json, out, &why);
	fclose(out);
	return err ? why : text;
}

struct found {
	u32 count;
	u64 sum_ns;
};

static inline void find(void *arg, u32 from, u32 to, u32 trip_ns)
{
	struct found *found = arg;

	CHECK(from != to && trip_ns);
	found->count++;
	found->sum_ns += trip_ns;
}

/* How many distances another machine, or this one, would read back. */
static inline u32 find_all(const char *boot, const char *model, u64 *sum_ns)
{
	struct found found = { 0, 0 };
	struct sl_kb *kb = open_kb(SL_KB_READ);

	sl_kb_of(kb, boot, model);
	CHECK_EQ(sl_kb_distances(kb, find, &found), 0);
	sl_kb_close(kb);
	if (sum_ns)
		*sum_ns = found.sum_ns;
	return found.count;
}

static struct sl_report report = {
	.seconds = 1,
	.stage_count = 4,
	.link_count = 3,
	.stage = {
		{ .name = "a'; DROP TABLE cpu; --", .type = "pass", .events = 10, .service_ns = 12.5, .batch = 2 },
		{ .name = "b", .type = "sink", .events = 30, .service_ns = 3 },
		{ .name = "b", .type = "sink", .events = 10, .service_ns = 7, .replica = 1 },
		{ .name = "idle", .type = "sink" },
	},
	.link = {
		{ .from = 0, .to = 1, .right = 1, .events = 16 },
		{ .from = 0, .to = 2, .right = 1, .events = 4 },
		{ .from = 1, .to = 0, .right = 0, .events = 99 },
	},
};

static inline struct sl_stats *make_stats(void)
{
	struct sl_stats *stats = calloc(1, sizeof(*stats) +
						   sizeof(struct sl_stats_change));

	CHECK(stats);
	strcpy(stats->name, "p");
	stats->change_count = 1;
	stats->change_at = sizeof(*stats);
	stats->change_bytes = sizeof(struct sl_stats_change);
	stats->changes = 1;
	return stats;
}

#endif /* SL_KB_SITE_TEST_H */
