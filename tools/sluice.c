// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "tools/command.h"

static int version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("sluice " SL_VERSION "\n");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "run", sl_command_run, "run a pipeline: sluice run pipelines/tpcw.yaml" },
	{ "check", sl_command_check, "explain a pipeline file without running it" },
	{ "top", sl_command_top, "watch every queue of a running pipeline" },
	{ "web", sl_command_web, "the same in a browser" },
	{ "record", sl_command_record, "write down what a pipeline does" },
	{ "replay", sl_command_replay, "watch what was written down" },
	{ "explain", sl_command_explain, "say what limits a running pipeline, and why" },
	{ "kb", sl_command_kb, "ask what has been measured: sluice kb \"SELECT ...\"" },
	{ "sim", sl_command_sim, "simulate a pipeline on a machine of other cores" },
	{ "bench", sl_command_bench, "measure, side by side with peers" },
	{ "version", version, "print the version" },
};

static void usage(FILE *out)
{
	size_t i;

	fprintf(out, "usage: sluice COMMAND [ARGUMENT]...\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
	fprintf(out, "\nsluice COMMAND --help says more; so does the manual page sluice(1).\n");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version"))
		return version(argc, argv);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "sluice: no command '%s'; sluice --help lists them\n",
		argv[1]);
	return 2;
}
