/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_RUN_H
#define BENCH_TPCW_RUN_H

/*
 * One run of the bookstore benchmark, from population to audit.
 */
#include <limits.h>
#include <netinet/in.h>

#include <linux/types.h>
#include "bench/tpcw_browser.h"
#include "bench/tpcw_server.h"

/**
 * struct sl_tpcw_options - what the command line asks for
 * @seconds: of measuring
 * @warmup: seconds before
 * @mix: what follows what
 * @browsers: emulated browsers
 * @think: mean thinking time in seconds
 * @items: of the population
 * @scale: browsers that the population is made for; 0 goes by @browsers
 * @seed: of the population and the browsers
 * @target: a server that runs already; sin_port 0: start one
 * @audit_dir: the bookstore of that server, or NULL
 * @data: where populations are kept, "" for the usual place
 * @pipeline: the server's pipeline file, "" for the usual one
 * @record: file that gets what was acknowledged, or NULL
 * @setting: for the server
 * @settings: how many
 * @kill: kill the server in the middle?
 * @images: fetch images?
 * @live: show queues while it runs?
 * @json: report as JSON?
 */
struct sl_tpcw_options {
	double seconds;
	double warmup;
	const struct sl_tpcw_mix *mix;
	u32 browsers;
	double think;
	u32 items;
	u32 scale;
	u64 seed;
	struct sockaddr_in target;
	const char *audit_dir;
	char data[PATH_MAX - 256];
	char pipeline[PATH_MAX];
	const char *record;
	const char *setting[SL_TPCW_SETTINGS_MAX];
	u32 settings;
	bool kill;
	bool images;
	bool live;
	bool json;
};

/**
 * struct sl_tpcw_outcome - what a run gives
 * @result: the browsers' own
 * @seconds: that were measured
 * @rss_bytes: memory of the server at the end, 0 if not known
 * @before: stats segment at the beginning of the measuring, NULL if none
 * @after: stats segment at its end
 * @audit: "ok", what is wrong, or why there was none
 * @audit_passed: is there nothing wrong?
 * @server_failed: did the server end, or not end, when it should not?
 * @restarts: how often it was killed and started again
 */
struct sl_tpcw_outcome {
	const struct sl_tpcw_result *result;
	double seconds;
	u64 rss_bytes;
	struct sl_stats *before;
	struct sl_stats *after;
	char audit[512];
	bool audit_passed;
	bool server_failed;
	u32 restarts;
};

/**
 * sl_tpcw_run() - run and report on stdout
 * @options: what to do
 *
 * Return: exit status: 0 if all is well, 1 if anything went wrong.
 */
int sl_tpcw_run(const struct sl_tpcw_options *options);

/* The report, in tpcw_report.c: for people, or as one JSON object. */
void sl_tpcw_report(const struct sl_tpcw_options *options,
		    const struct sl_tpcw_outcome *outcome);
void sl_tpcw_report_json(const struct sl_tpcw_outcome *outcome);

/* Prints a text as JSON has it, in quotes. */
void sl_tpcw_report_string(const char *text);

#endif
