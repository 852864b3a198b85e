/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Stage types for the loader's test and fuzzer: every kind of option and every
 * way to be joined, on a machine with CPUs 0, 1 and 3.  They load, not run.
 */
#ifndef SL_LOAD_SITE_H
#define SL_LOAD_SITE_H

#include <stddef.h>

#include "pipelines/load.h"

struct site_options {
	const char *listen;
	const char *export;
	const char *schema;
	u64 backlog;
	u64 limit;
	u64 idle;
	u64 sync;
	bool readonly;
};

#define SITE_OPTION(member) offsetof(struct site_options, member)

static const char *const site_syncs[] = { "always", "commit", "never", NULL };

static const struct sl_option socket_options[] = {
	{ "listen", SL_OPTION_ADDRESS, SITE_OPTION(listen), 0, 0,
	  "127.0.0.1:8080", NULL, "where to listen" },
	{ "backlog", SL_OPTION_NUMBER, SITE_OPTION(backlog), 1, 4096, "128",
	  NULL, "connections that may wait" },
	{ NULL, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct sl_option http_options[] = {
	{ "limit", SL_OPTION_BYTES, SITE_OPTION(limit), 1024, 1 << 20, "16K",
	  NULL, "largest request" },
	{ "idle", SL_OPTION_DURATION, SITE_OPTION(idle), 1000000, 60000000000,
	  "10s", NULL, "how long a connection may be idle" },
	{ NULL, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct sl_option db_options[] = {
	{ "schema", SL_OPTION_STRING, SITE_OPTION(schema), 2, 8, "shop", NULL,
	  "which tables" },
	{ NULL, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct sl_option fs_options[] = {
	{ "export", SL_OPTION_PATH, SITE_OPTION(export), 0, 0, NULL, NULL,
	  "directory to serve" },
	{ "sync", SL_OPTION_CHOICE, SITE_OPTION(sync), 0, 0, "commit",
	  site_syncs, "when to write to disk" },
	{ "readonly", SL_OPTION_BOOL, SITE_OPTION(readonly), 0, 0, "no", NULL,
	  "refuse changes" },
	{ NULL, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct sl_stage_type socket_type = {
	.name = "socket",
	.summary = "speaks TCP",
	.class = SL_FLOW,
	.port = { { "stream", "bytes", true, false } },
	.options = socket_options,
	.options_bytes = sizeof(struct site_options),
	.events = 256,
	.event_bytes = 4096,
};

static const struct sl_stage_type http_type = {
	.name = "http",
	.class = SL_FLOW,
	.port = { { "stream", "bytes", false, false },
		  { "web", "web", true, false } },
	.options = http_options,
	.options_bytes = sizeof(struct site_options),
	.events = 256,
	.event_bytes = 4096,
};

static const struct sl_stage_type shop_type = {
	.name = "shop",
	.class = SL_STATELESS,
	.port = { { "web", "web", false, false },
		  { "query", "query", true, true },
		  { "file", "file", true, true } },
	.events = 256,
	.event_bytes = 1024,
};

static const struct sl_stage_type db_type = {
	.name = "db",
	.class = SL_SERIAL,
	.port = { { "query", "query", false, false },
		  { "file", "file", true, true } },
	.options = db_options,
	.options_bytes = sizeof(struct site_options),
	.events = 256,
	.event_bytes = 1024,
};

static const struct sl_stage_type fs_type = {
	.name = "fs",
	.class = SL_STATELESS,
	.port = { { "file", "file", false, false } },
	.options = fs_options,
	.options_bytes = sizeof(struct site_options),
};

/* Joins to itself without end, for circles and crowds. */
static const struct sl_stage_type pass_type = {
	.name = "pass",
	.class = SL_STATELESS,
	.port = { { "in", "any", false, true }, { "out", "any", true, true } },
	.events = 16,
	.event_bytes = 64,
};

static const struct sl_stage_type *const site_types[] = {
	&socket_type, &http_type, &shop_type, &db_type, &fs_type, &pass_type,
	NULL,
};

static const u16 site_cpus[] = { 0, 1, 3 };

static const struct sl_load_site load_site = {
	.types = site_types,
	.cpus = site_cpus,
	.cpu_count = 3,
};

#endif /* SL_LOAD_SITE_H */
