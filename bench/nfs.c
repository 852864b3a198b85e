// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench nfs: pipelines/nfs.yaml beside nfs-ganesha.
 *
 * Both serve directories of the same file system, are asked the same by the
 * same clients, libnfs and one of ours that costs next to nothing, and take
 * turns, bench/nfs_bench.h.  In the layout "fused" a server has one CPU and
 * the client another, in "two" all of them have both.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/nfs_bench.h"
#include "bench/nfs_ganesha.h"
#include "bench/plug.h"
#include "bench/slice.h"
#include "tools/command.h"

#define SECONDS		0.8
#define SECONDS_MIN	0.01
#define SECONDS_MAX	2
#define ROUNDS		5
#define MIB		256
#define MIB_MAX		16384

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

bool nfs_interrupted(void)
{
	return interrupted;
}

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice bench nfs [OPTION]...\n"
"\n"
"  --layout fused|two|both  a server on one CPU and its client on another, or\n"
"                           all of them on both; both by default\n"
"  --only LOAD[,LOAD]...    getattr, lookup, read, write, create, readdirplus,\n"
"                           sequential, lean, or one of sequential-read,\n"
"                           sequential-write, lean-null, lean-getattr,\n"
"                           lean-read, lean-write, lean-20k, lean-200k\n"
"  --seconds N              length of a slice, 0.01 to 2; 0.8 by default\n"
"  --rounds N               slices of each, 1 to 100; 5 by default\n"
"  --directory DIRECTORY    where both have their files, in a directory that is\n"
"                           removed at the end; . by default\n"
"  --mib N                  length of the file that is read and written from\n"
"                           its start to its end, 1 to 16384; 256 by default\n"
"  --set WHAT=VALUE         as of sluice run, for sluice's side; repeatable\n"
"  --json                   one JSON object instead of tables\n"
"\n"
"Needs two CPUs; ganesha takes root besides, and is left out without.  It and\n"
"libnfs, whose loads are left out otherwise, come with tools/setup bench.\n");
}

static void say(const char *what)
{
	fprintf(stderr, "sluice bench nfs: %s\n", what);
}

/* Leaves out what is not there. */
static int look_around(struct nfs_bench *bench)
{
	bool any = false;
	u32 i;

	bench->libnfs = sl_plug_open("libnfs", NFS_CLIENT_PLUGIN);
	if (!bench->libnfs)
		say("libnfs is not there, and its loads are left out; tools/"
		    "setup bench and make build them");
	for (i = 0; i < nfs_case_count; i++) {
		bench->wanted[i] = bench->wanted[i] &&
				   (nfs_cases[i].lean || bench->libnfs);
		any = any || bench->wanted[i];
	}
	if (!any)
		return -ENOENT;
	bench->ganesha = nfs_ganesha_installed();
	if (!bench->ganesha)
		say("nfs-ganesha is not installed, and sluice measured alone;"
		    " tools/setup bench installs it");
	else if (nfs_server_isolate()) {
		bench->ganesha = false;
		say("nfs-ganesha takes root, and sluice is measured alone");
	}
	return 0;
}

static int run_bench(struct nfs_bench *bench)
{
	struct sigaction action = { .sa_handler = interrupt };
	int err, layout;

	/* Of a server that has ended, a client hears by what it reads. */
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	err = look_around(bench);
	if (!err)
		err = nfs_scratch_make(bench);
	for (layout = 0; layout < NFS_LAYOUTS && !err; layout++) {
		if (!bench->layout[layout])
			continue;
		if (layout && bench->layout[layout - 1] && !bench->json)
			printf("\n");
		err = nfs_measure(bench, layout);
	}
	nfs_scratch_remove(bench);
	if (err == -EINTR)
		say("interrupted");
	if (!err && bench->json)
		nfs_report_json(bench);
	return err != 0;
}

static int read_number(const char *text, const char *name, double min,
		       double max, double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (!*end && end != text && *value >= min && *value <= max)
		return 0;
	fprintf(stderr, "sluice bench nfs: --%s takes a number from %g to %g,"
		" not '%s'\n", name, min, max, text);
	return -EINVAL;
}

static int read_layout(struct nfs_bench *bench, const char *text)
{
	bool both = !strcmp(text, "both");
	int i, any = 0;

	for (i = 0; i < NFS_LAYOUTS; i++)
		any += bench->layout[i] = both ||
					  !strcmp(text, nfs_layout_name[i]);
	if (any)
		return 0;
	fprintf(stderr, "sluice bench nfs: --layout is fused, two or both, not"
		" '%s'\n", text);
	return -EINVAL;
}

static int read_directory(struct nfs_bench *bench, const char *text)
{
	if (realpath(text, bench->directory))
		return 0;
	fprintf(stderr, "sluice bench nfs: --directory %s: %s\n", text,
		strerror(errno));
	return -EINVAL;
}

static int add_setting(struct nfs_bench *bench, const char *text)
{
	struct nfs_server *server = &bench->server[NFS_SLUICE];

	if (server->settings == NFS_SERVER_SETTINGS) {
		say("too many --set");
		return -EINVAL;
	}
	server->setting[server->settings++] = text;
	return 0;
}

static int read_option(struct nfs_bench *bench, int option)
{
	double number = 0;
	int err;

	switch (option) {
	case 'd':
		return read_directory(bench, optarg);
	case 'l':
		return read_layout(bench, optarg);
	case 'o':
		return nfs_case_choose(bench, optarg);
	case 's':
		return read_number(optarg, "seconds", SECONDS_MIN, SECONDS_MAX,
				   &bench->seconds);
	case 'r':
		err = read_number(optarg, "rounds", 1, NFS_ROUNDS_MAX, &number);
		bench->rounds = number;
		return err;
	case 'm':
		err = read_number(optarg, "mib", 1, MIB_MAX, &number);
		bench->mib = number;
		return err;
	case 'S':
		return add_setting(bench, optarg);
	case 'j':
		bench->json = true;
		return 0;
	}
	return -EINVAL;
}

int sl_bench_nfs(int argc, char **argv)
{
	static const struct option options[] = {
		{ "layout", required_argument, NULL, 'l' },
		{ "only", required_argument, NULL, 'o' },
		{ "seconds", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "directory", required_argument, NULL, 'd' },
		{ "mib", required_argument, NULL, 'm' },
		{ "set", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct nfs_bench bench = {
		.seconds = SECONDS, .rounds = ROUNDS, .mib = MIB,
		.layout = { true, true },
	};
	int c;

	memset(bench.wanted, true, sizeof(bench.wanted));
	if (!realpath(".", bench.directory))
		bench.directory[0] = '\0';
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return 0;
		}
		if (read_option(&bench, c))
			return 2;
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	if (!sl_slice_cpus(bench.cpu)) {
		say("needs two CPUs, one for a server and one for its client");
		return 1;
	}
	return run_bench(&bench);
}
