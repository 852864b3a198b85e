// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_run.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/compiler.h>
#include "bench/tpcw_audit.h"
#include "bench/tpcw_deed.h"
#include "bench/tpcw_population.h"
#include "profiler/report.h"

#define NS		1000000000ull
/* What browsers have begun when the time is up, they may finish. */
#define FINISH_SECONDS	10
/* After a kill, replies that were sent before are still to be read. */
#define KILL_READ_NS	(100 * 1000 * 1000ull)
/* A population for more browsers would measure the disk. */
#define SCALE_MOST	100

/* Set by signals: stop, with the report so far. */
static int stop;

struct run {
	const struct sl_tpcw_options *options;
	struct sl_tpcw_outcome outcome;
	struct sl_tpcw_deeds deeds;
	struct sl_tpcw_model *model;
	struct sl_tpcw_shop *shop;
	struct sl_tpcw_browsers *browsers;
	struct sl_tpcw_server server;
	/* The working copy that is served, or a copy that is audited. */
	char work[PATH_MAX - 64];
	/* For the live view: the last snapshot, and lines drawn. */
	struct sl_stats *shown;
	u32 lines;
};

static void on_signal(int number)
{
	(void)number;
	WRITE_ONCE(stop, 1);
}

static void signals_take(void)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = SA_RESTART | SA_RESETHAND };

	WRITE_ONCE(stop, 0);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int complain(const char *what, const char *where, int err)
{
	fprintf(stderr, "sluice bench: %s %s: %s\n", what, where,
		strerror(-err));
	return err;
}

/* As mkdir -p. */
static int dirs_make(const char *path)
{
	char part[PATH_MAX];
	char *slash;

	snprintf(part, sizeof(part), "%s/", path);
	for (slash = strchr(part + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return complain("cannot create", part, -errno);
		*slash = '/';
	}
	return 0;
}

/* Working copies of runs that were killed. */
static void leftovers_remove(const char *data)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(data);
	int pid;

	while (dir && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "run-%d", &pid) != 1 || pid <= 0 ||
		    !kill(pid, 0) || errno != ESRCH)
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", data,
			     entry->d_name) < (int)sizeof(path))
			sl_tpcw_remove(path);
	}
	if (dir)
		closedir(dir);
}

static u32 scale(const struct sl_tpcw_options *options)
{
	if (options->scale)
		return options->scale;
	return options->browsers < SCALE_MOST ? options->browsers : SCALE_MOST;
}

/* A population is made once and kept; a run works on a copy of it. */
static int shop_prepare(struct run *run)
{
	const struct sl_tpcw_options *options = run->options;
	char pristine[PATH_MAX];
	int err;

	err = dirs_make(options->data);
	if (err)
		return err;
	leftovers_remove(options->data);
	snprintf(pristine, sizeof(pristine),
		 "%s/v%u-items%u-browsers%u-seed%" PRIu64, options->data,
		 SL_TPCW_FORMAT, options->items, scale(options),
		 options->seed);
	err = sl_tpcw_populate(pristine, options->items, scale(options),
			       options->seed, stderr);
	if (err)
		return err;
	err = sl_tpcw_copy(pristine, run->work);
	return err ? complain("cannot copy to", run->work, err) : 0;
}

static int server_prepare(struct run *run)
{
	const struct sl_tpcw_options *options = run->options;
	struct sl_tpcw_server *server = &run->server;

	server->pipeline = options->pipeline;
	server->dir = run->work;
	server->settings = options->settings;
	memcpy(server->setting, options->setting, sizeof(server->setting));
	server->address.sin_family = AF_INET;
	server->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	snprintf(server->log_path, sizeof(server->log_path), "%s.log",
		 run->work);
	return sl_tpcw_server_start(server);
}

static int browsers_prepare(struct run *run)
{
	const struct sl_tpcw_options *options = run->options;
	struct sl_tpcw_load load = {
		.address = options->target,
		.browsers = options->browsers,
		.mix = options->mix,
		.think = options->think,
		.images = options->images,
		.seed = options->seed,
	};

	if (!options->target.sin_port)
		load.address = run->server.address;
	if (options->record) {
		run->deeds.file = fopen(options->record, "we");
		if (!run->deeds.file)
			return complain("cannot write", options->record,
					-errno);
	}
	run->model = sl_tpcw_model_create(options->items, scale(options),
					  options->seed);
	if (run->model)
		run->shop = sl_tpcw_shop_create(
			run->model, !options->target.sin_port, &run->deeds);
	load.shop = run->shop;
	if (run->shop)
		run->browsers = sl_tpcw_browsers_create(&load);
	return run->browsers ? 0 :
			       complain("cannot open", "the browsers", -errno);
}

static u32 columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ?
		       80 :
		       size.ws_col;
}

/* A picture of the last second, over the last picture on a terminal. */
static void live_draw(struct run *run, u64 done)
{
	static struct sl_report report;
	bool tty = isatty(STDERR_FILENO);
	struct sl_stats *now;

	if (!run->options->live)
		return;
	if (run->lines && tty)
		fprintf(stderr, "\033[%uA", run->lines);
	fprintf(stderr, "%llu interactions in this second, %llu errors%s\n",
		(unsigned long long)done,
		(unsigned long long)sl_tpcw_browsers_result(run->browsers)
			->errors, tty ? "\033[K" : "");
	run->lines = 1;
	now = run->server.stats ? sl_stats_copy(run->server.stats) : NULL;
	if (now && run->shown) {
		sl_report_make(&report, run->shown, now);
		run->lines += sl_report_draw(&report, now, columns(), stderr);
	}
	free(run->shown);
	run->shown = now;
}

/* Lets the browsers browse, a second at a time.  Return: is all well? */
static bool browse(struct run *run, u64 until_ns)
{
	bool alive = true;
	u64 now;

	while (alive && !READ_ONCE(stop) && (now = sl_tpcw_now()) < until_ns) {
		u64 done = sl_tpcw_browsers_result(run->browsers)->done;
		u64 next = until_ns - now > NS + NS / 2 ? now + NS : until_ns;

		sl_tpcw_browsers_run(run->browsers, next, &stop);
		sl_tpcw_deeds_flush(&run->deeds);
		live_draw(run, sl_tpcw_browsers_result(run->browsers)->done -
				       done);
		alive = run->options->target.sin_port ||
			sl_tpcw_server_alive(&run->server);
	}
	return alive;
}

static void stats_begin(struct run *run)
{
	free(run->outcome.before);
	run->outcome.before =
		run->server.stats ? sl_stats_copy(run->server.stats) : NULL;
}

/* The stages' table covers the time after it: counters begin anew then. */
static bool server_kill(struct run *run)
{
	static const int go_on;
	bool alive;

	sl_tpcw_browsers_outage(run->browsers, true);
	sl_tpcw_server_kill(&run->server);
	sl_tpcw_browsers_run(run->browsers, sl_tpcw_now() + KILL_READ_NS,
			     &go_on);
	alive = !sl_tpcw_server_start(&run->server);
	/* Browsers that find it again have nothing to complain about. */
	sl_tpcw_browsers_run(run->browsers, sl_tpcw_now() + KILL_READ_NS,
			     &go_on);
	sl_tpcw_browsers_outage(run->browsers, false);
	run->outcome.restarts++;
	free(run->shown);
	run->shown = NULL;
	stats_begin(run);
	return alive;
}

static void measure(struct run *run)
{
	const struct sl_tpcw_options *options = run->options;
	struct sl_tpcw_outcome *outcome = &run->outcome;
	u64 begin, until, span = options->seconds * NS;
	bool alive;

	alive = browse(run, sl_tpcw_now() + (u64)(options->warmup * NS));
	stats_begin(run);
	sl_tpcw_browsers_measure(run->browsers, true);
	begin = sl_tpcw_now();
	until = begin + span;
	if (alive && options->kill) {
		alive = browse(run, begin + span / 2);
		if (alive && !READ_ONCE(stop))
			alive = server_kill(run);
	}
	alive = alive && browse(run, until);
	sl_tpcw_browsers_measure(run->browsers, false);
	outcome->seconds = (sl_tpcw_now() - begin) / 1e9;
	if (run->server.stats)
		outcome->after = sl_stats_copy(run->server.stats);
	outcome->rss_bytes = sl_tpcw_server_memory(&run->server);
	outcome->server_failed = !alive;
	sl_tpcw_browsers_finish(run->browsers,
				sl_tpcw_now() + (alive ? FINISH_SECONDS * NS :
							 KILL_READ_NS));
}

/* Who runs a server of its own gets a copy of its bookstore audited. */
static void audit(struct run *run)
{
	const struct sl_tpcw_options *options = run->options;
	struct sl_tpcw_outcome *outcome = &run->outcome;
	bool ours = !options->target.sin_port;
	int err;

	if (!ours && !options->audit_dir) {
		snprintf(outcome->audit, sizeof(outcome->audit), "not done");
		outcome->audit_passed = true;
		return;
	}
	if (!ours) {
		err = dirs_make(options->data);
		err = err ?: sl_tpcw_copy(options->audit_dir, run->work);
		if (err) {
			snprintf(outcome->audit, sizeof(outcome->audit),
				 "%s cannot be copied: %s", options->audit_dir,
				 strerror(-err));
			return;
		}
	}
	err = sl_tpcw_audit(run->work, &run->deeds, ours, outcome->audit,
			    sizeof(outcome->audit));
	outcome->audit_passed = !err;
}

static int verdict(const struct run *run)
{
	const struct sl_tpcw_outcome *outcome = &run->outcome;
	const struct sl_tpcw_result *result = outcome->result;
	u32 i;

	for (i = 0; i < result->errors && i < SL_TPCW_MESSAGES; i++)
		fprintf(stderr, "sluice bench: %s\n", result->message[i]);
	if (run->deeds.lost)
		fprintf(stderr, "sluice bench: %llu acknowledged changes could"
			" not be written down\n",
			(unsigned long long)run->deeds.lost);
	if (!result->done)
		fprintf(stderr, "sluice bench: no interaction was completed\n");
	return result->errors || run->deeds.lost || !result->done ||
	       !outcome->audit_passed || outcome->server_failed;
}

static int run_prepared(struct run *run)
{
	signals_take();
	measure(run);
	if (sl_tpcw_server_stop(&run->server))
		run->outcome.server_failed = true;
	run->outcome.result = sl_tpcw_browsers_result(run->browsers);
	audit(run);
	if (run->options->json)
		sl_tpcw_report_json(&run->outcome);
	else
		sl_tpcw_report(run->options, &run->outcome);
	fflush(stdout);
	return verdict(run);
}

static void run_free(struct run *run)
{
	sl_tpcw_browsers_destroy(run->browsers);
	sl_tpcw_shop_destroy(run->shop);
	sl_tpcw_model_destroy(run->model);
	sl_tpcw_deeds_free(&run->deeds);
	free(run->shown);
	free(run->outcome.before);
	free(run->outcome.after);
}

int sl_tpcw_run(const struct sl_tpcw_options *options)
{
	struct run run = { .options = options };
	bool ours = !options->target.sin_port;
	int status = 1, err;

	snprintf(run.work, sizeof(run.work), "%s/run-%d", options->data,
		 getpid());
	err = ours ? shop_prepare(&run) : 0;
	err = err ?: ours ? server_prepare(&run) : 0;
	err = err ?: browsers_prepare(&run);
	if (!err)
		status = run_prepared(&run);
	sl_tpcw_server_stop(&run.server);
	unlink(run.server.log_path);
	if (run.outcome.result && !run.outcome.audit_passed)
		fprintf(stderr, "sluice bench: the bookstore is kept in %s\n",
			run.work);
	else
		sl_tpcw_remove(run.work);
	run_free(&run);
	return status;
}
