// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice kb: asks the knowledge base.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiler/kb.h"
#include "tools/command.h"

#define TABLES "SELECT name, sql FROM sqlite_master WHERE type = 'table'"

static void usage(FILE *out)
{
	fprintf(out,
		"usage: sluice kb [\"SELECT ...\"] [--json] [--file FILE]\n"
		"\n"
		"Asks what has been measured: of CPUs and how far they are from each other,\n"
		"and of the stages, edges and plans of each pipeline that ran.  Without a\n"
		"question it says what can be asked for.  FILE is $SLUICE_KB, or among the\n"
		"state of the system (for root) or of the user.\n"
		"\n"
		"  sluice kb \"SELECT stage, service_ns, batch FROM stage WHERE pipeline='tpcw'\"\n"
		"  sluice kb \"SELECT * FROM distance\" --json\n");
}

static int ask(const char *path, const char *query, bool json)
{
	struct sl_kb *kb;
	const char *why;
	int status = 0;

	if (access(path, F_OK)) {
		fprintf(stderr, "sluice kb: nothing is known yet: there is no"
				" %s; sluice run makes it\n",
			path);
		return 1;
	}
	kb = sl_kb_open(path, SL_KB_ASK, &why);
	if (!kb) {
		fprintf(stderr, "sluice kb: %s: %s\n", path, why);
		return 1;
	}
	if (sl_kb_ask(kb, query, json, stdout, &why)) {
		fprintf(stderr, "sluice kb: %s\n", why);
		status = 1;
	}
	sl_kb_close(kb);
	return status;
}

int sl_command_kb(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	char path[300] = "";
	bool json = false;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case 'f':
			snprintf(path, sizeof(path), "%s", optarg);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (argc - optind > 1) {
		usage(stderr);
		return 2;
	}
	if (!*path && sl_kb_path(path, sizeof(path))) {
		fprintf(stderr, "sluice kb: no place for facts: set HOME or"
				" SLUICE_KB\n");
		return 1;
	}
	return ask(path, optind < argc ? argv[optind] : TABLES, json);
}
