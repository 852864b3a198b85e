// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} benches[] = {
	{ "tpcw", sl_bench_tpcw, "the bookstore under emulated browsers" },
	{ "plans", sl_bench_plans,
	  "the bookstore: pipelined, run to completion, blocking queues" },
	{ "cuts", sl_bench_cuts,
	  "the scheduler beside every cut of the bookstore's seven stages" },
	{ "hello", sl_bench_hello,
	  "net and http beside a minimal epoll server and nginx" },
	{ "storage", sl_bench_storage,
	  "nfs, fs and block beside direct system calls" },
	{ "nfs", sl_bench_nfs, "the NFS server beside nfs-ganesha" },
	{ "nfsmix", sl_bench_nfsmix,
	  "whether the NFS server stays right under all that clients do" },
	{ "ring", sl_bench_ring,
	  "the rings beside other queues for one producer and consumer" },
	{ "bank", sl_bench_bank,
	  "memory: banks, copying beside passing and flipping, keys" },
	{ "kernel", sl_bench_kernel,
	  "/dev/sluice beside io_uring and a system call an event" },
	{ "hop", sl_bench_hop, "what a hop between two stages costs" },
	{ "latency", sl_bench_latency, "what a latency target does, and costs" },
	{ "plan", sl_bench_plan,
	  "the planner beside exhaustive search, dispatch, recovery" },
	{ "sim", sl_bench_sim, "the simulator beside real runs" },
	{ "planted", sl_bench_planted,
	  "is a bottleneck that was planted named?" },
	{ "profile", sl_bench_profile, "what it costs to be measured" },
	{ "crossover", sl_bench_crossover,
	  "when a pipeline beats run-to-completion, and when it does not" },
};

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: sluice bench NAME [OPTION]...\n\n");
	for (i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
		fprintf(out, "  %-9s %s\n", benches[i].name, benches[i].help);
	fprintf(out, "\nsluice bench NAME --help says more.\n");
}

int sl_command_bench(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return 0;
	}
	/* What is measured is not to depend on what ran here before. */
	setenv("SLUICE_KB", "", 0);
	for (i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
		if (!strcmp(argv[1], benches[i].name))
			return benches[i].run(argc - 1, argv + 1);
	fprintf(stderr, "sluice bench: no benchmark '%s'; sluice bench --help"
		" lists them\n", argv[1]);
	return 2;
}
