// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench hello: what the net and http stages cost.
 *
 * Serves one kilobyte to 64 keep-alive connections of wrk, beside a minimal
 * epoll server and nginx, all in one run: slices of at most two seconds take
 * turns, so that whatever else the machine does hits all of them, and ratios
 * are of slices of the same round.  Servers have the first CPU and wrk the
 * second; for fused against split, wrk goes where the kernel likes.
 */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "bench/hello_epoll.h"
#include "bench/hello_server.h"
#include "bench/median.h"
#include "tools/command.h"

#define ROUNDS_MAX	100
#define SLICE_MAX	10	/* seconds */

enum { FUSED, EPOLL, NGINX, FUSED_FREE, SPLIT_FREE, SERVERS };

static struct hello {
	struct sl_hello_server server[SERVERS];
	struct sl_hello_slice slice[SERVERS][ROUNDS_MAX];
	bool skip[SERVERS];
	int seconds;
	int rounds;
	bool json;
	char directory[64];
} hello;

static const struct {
	const char *name;
	int above, below;
} ratios[] = {
	{ "fused / minimal epoll", FUSED, EPOLL },
	{ "fused / nginx", FUSED, NGINX },
	{ "split / fused, wrk anywhere", SPLIT_FREE, FUSED_FREE },
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice bench hello [--seconds N] [--rounds N] [--json]\n"
"\n"
"  --seconds N  length of a slice, 1 to 10; 2 by default\n"
"  --rounds N   slices of each server, 1 to 100; 5 by default\n"
"  --json       one JSON object instead of a table\n"
"\n"
"Needs two CPUs and wrk; nginx is left out if it is not there.  Both come with\n"
"tools/setup bench.\n");
}

static double median_rate(int server)
{
	double rate[ROUNDS_MAX] = { 0 };
	int i;

	for (i = 0; i < hello.rounds; i++)
		rate[i] = hello.slice[server][i].requests_per_s;
	return sl_median(rate, hello.rounds);
}

static double median_cpu(int server)
{
	double cpu[ROUNDS_MAX] = { 0 };
	int i;

	for (i = 0; i < hello.rounds; i++)
		cpu[i] = hello.slice[server][i].cpu_us;
	return sl_median(cpu, hello.rounds);
}

/* Of the ratios of each round, not the ratio of two medians. */
static double median_ratio(int above, int below)
{
	double ratio[ROUNDS_MAX] = { 0 };
	int i;

	for (i = 0; i < hello.rounds; i++)
		ratio[i] = hello.slice[above][i].requests_per_s /
			   hello.slice[below][i].requests_per_s;
	return sl_median(ratio, hello.rounds);
}

static void print_table(void)
{
	size_t i;
	int s;

	printf("%d rounds of %d s each, %d connections, %d bytes\n\n",
	       hello.rounds, hello.seconds, SL_HELLO_CONNECTIONS,
	       SL_HELLO_BODY_BYTES);
	printf("%-30s %12s %14s\n", "server", "requests/s", "CPU us/request");
	for (s = 0; s < SERVERS; s++) {
		if (hello.skip[s])
			printf("%-30s %12s\n", hello.server[s].name,
			       "not there");
		else
			printf("%-30s %12.0f %14.2f\n", hello.server[s].name,
			       median_rate(s), median_cpu(s));
	}
	printf("\n%-30s %12s\n", "median of paired ratios", "");
	for (i = 0; i < ARRAY_SIZE(ratios); i++)
		if (!hello.skip[ratios[i].below])
			printf("%-30s %12.3f\n", ratios[i].name,
			       median_ratio(ratios[i].above, ratios[i].below));
}

static void print_json(void)
{
	const char *comma = "";
	size_t i;
	int s, r;

	printf("{\"bench\":\"hello\",\"rounds\":%d,\"slice_s\":%d,"
	       "\"connections\":%d,\"body_bytes\":%d,\"servers\":[",
	       hello.rounds, hello.seconds, SL_HELLO_CONNECTIONS,
	       SL_HELLO_BODY_BYTES);
	for (s = 0; s < SERVERS; s++) {
		if (hello.skip[s])
			continue;
		printf("%s{\"name\":\"%s\",\"requests_per_s\":%.0f,"
		       "\"cpu_us_per_request\":%.3f,\"slices\":[", comma,
		       hello.server[s].name, median_rate(s), median_cpu(s));
		for (r = 0; r < hello.rounds; r++)
			printf("%s%.0f", r ? "," : "",
			       hello.slice[s][r].requests_per_s);
		printf("]}");
		comma = ",";
	}
	printf("],\"ratios\":[");
	comma = "";
	for (i = 0; i < ARRAY_SIZE(ratios); i++) {
		if (hello.skip[ratios[i].below])
			continue;
		printf("%s{\"name\":\"%s\",\"median\":%.4f}", comma,
		       ratios[i].name,
		       median_ratio(ratios[i].above, ratios[i].below));
		comma = ",";
	}
	printf("]}\n");
}

/* Chooses two CPUs of those that we may use. */
static int choose_cpus(int cpu[2])
{
	cpu_set_t set;
	int count = 0;
	int i;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -errno;
	for (i = 0; i < CPU_SETSIZE && count < 2; i++)
		if (CPU_ISSET(i, &set))
			cpu[count++] = i;
	return count == 2 ? 0 : -ENODEV;
}

static void lay_out(const int cpu[2])
{
	const struct sl_hello_server servers[SERVERS] = {
		[FUSED] = { "sluice, fused", SL_HELLO_SLUICE, cpu[0], cpu[0],
			    cpu[1], 0, 0 },
		[EPOLL] = { "minimal epoll", SL_HELLO_EPOLL, cpu[0], cpu[0],
			    cpu[1], 0, 0 },
		[NGINX] = { "nginx return", SL_HELLO_NGINX, cpu[0], cpu[0],
			    cpu[1], 0, 0 },
		[FUSED_FREE] = { "sluice, fused, wrk anywhere",
				 SL_HELLO_SLUICE, cpu[0], cpu[0],
				 SL_HELLO_ANYWHERE, 0, 0 },
		[SPLIT_FREE] = { "sluice, split, wrk anywhere",
				 SL_HELLO_SLUICE, cpu[0], cpu[1],
				 SL_HELLO_ANYWHERE, 0, 0 },
	};

	memcpy(hello.server, servers, sizeof(servers));
	hello.skip[NGINX] = !sl_hello_installed("nginx");
	if (hello.skip[NGINX])
		fprintf(stderr, "sluice bench hello: nginx is not installed"
			" and left out; tools/setup bench installs it\n");
}

static int measure(void)
{
	int s, r, i;

	for (s = 0; s < SERVERS; s++)
		if (!hello.skip[s] &&
		    sl_hello_start(&hello.server[s], hello.directory))
			return 1;
	for (r = 0; r < hello.rounds; r++) {
		for (i = 0; i < SERVERS; i++) {
			/* Nobody is always the one after somebody. */
			s = (i + r) % SERVERS;
			if (hello.skip[s])
				continue;
			if (interrupted ||
			    sl_hello_load(&hello.server[s], hello.seconds,
					  &hello.slice[s][r]))
				return 1;
		}
	}
	return 0;
}

static int forget(const char *path, const struct stat *status, int type,
		  struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int run_bench(void)
{
	const char *temporary = getenv("TMPDIR");
	int status = 1;
	int s;

	snprintf(hello.directory, sizeof(hello.directory),
		 "%.40s/sluice-hello.XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(hello.directory)) {
		fprintf(stderr, "sluice bench hello: cannot make %s: %s\n",
			hello.directory, strerror(errno));
		return 1;
	}
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	status = measure();
	for (s = 0; s < SERVERS; s++)
		sl_hello_stop(&hello.server[s]);
	nftw(hello.directory, forget, 8, FTW_DEPTH | FTW_PHYS);
	if (status)
		return status;
	if (hello.json)
		print_json();
	else
		print_table();
	return 0;
}

static int read_number(const char *text, const char *name, int max, int *value)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || end == text || n < 1 || n > max) {
		fprintf(stderr, "sluice bench hello: --%s takes a number from"
			" 1 to %d, not '%s'\n", name, max, text);
		return -EINVAL;
	}
	*value = n;
	return 0;
}

int sl_bench_hello(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int cpu[2];
	int c;

	hello.seconds = 2;
	hello.rounds = 5;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			return 0;
		}
		if (c == 'j')
			hello.json = true;
		else if (c == '?' ||
			 (c == 's' && read_number(optarg, "seconds", SLICE_MAX,
						  &hello.seconds)) ||
			 (c == 'r' && read_number(optarg, "rounds", ROUNDS_MAX,
						  &hello.rounds)))
			return 2;
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	if (choose_cpus(cpu)) {
		fprintf(stderr, "sluice bench hello: needs two CPUs, one for"
			" the server and one for wrk\n");
		return 1;
	}
	if (!sl_hello_installed("wrk")) {
		fprintf(stderr, "sluice bench hello: needs wrk; tools/setup"
			" bench installs it\n");
		return 1;
	}
	lay_out(cpu);
	return run_bench();
}
