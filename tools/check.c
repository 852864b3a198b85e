// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice check: loads a pipeline file and says what it amounts to.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipelines/explain.h"
#include "pipelines/load.h"
#include "tools/command.h"
#include "tools/facts.h"
#include "tools/site.h"

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice check FILE [--set STAGE.OPTION=VALUE]... [--json]\n"
"       sluice check --options [TYPE]\n"
"\n"
"Prints the graph and the plan of a pipeline file, or one line about what is\n"
"wrong with it and how to mend that.  --options lists what a file may set.\n"
"\n"
"  sluice check pipelines/tpcw.yaml\n"
"  sluice check pipelines/hello.yaml --set http.core=1\n"
"  sluice check --options socket\n");
}

/* What the plan goes by, where the file leaves it open. */
static void print_costs(const struct sl_graph *graph)
{
	u32 i;

	printf("\ncosts of earlier runs, of each event that enters:");
	for (i = 0; i < graph->stage_count; i++)
		if (graph->stage[i].weight_ns)
			printf(" %s %u ns", graph->stage[i].name,
			       graph->stage[i].weight_ns);
	putchar('\n');
}

static int explain(const char *path, const char *const *set, bool json)
{
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	static struct sl_topology topology;
	static struct sl_plan plan;
	u32 known;
	int err;

	loaded = sl_load_file(sl_site(), path, set, &complaint);
	if (!loaded) {
		fprintf(stderr, "%s\n", complaint.text);
		return 1;
	}
	sl_topology_describe(&topology, sl_site()->cpus, sl_site()->cpu_count);
	known = sl_facts_read(&topology, &loaded->graph);
	err = sl_plan_make(&plan, &loaded->graph, sl_site()->cpus,
			   sl_site()->cpu_count);
	if (err)
		fprintf(stderr, "sluice check: %s: no plan: %s\n", path,
			strerror(-err));
	else if (json)
		sl_explain_json(&loaded->graph, &plan, stdout);
	else
		sl_explain_print(&loaded->graph, &plan, stdout);
	if (!err && !json && known)
		print_costs(&loaded->graph);
	sl_loaded_close(loaded);
	return err ? 1 : 0;
}

int sl_command_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "set", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ "options", no_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char **set = calloc(argc + 1, sizeof(*set));
	bool json = false, list = false;
	int c, n = 0, status = 2;

	if (!set)
		return 1;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 's':
			set[n++] = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'o':
			list = true;
			break;
		case 'h':
			usage(stdout);
			status = 0;
			goto out;
		default:
			goto out;
		}
	}
	if (list && argc - optind <= 1) {
		status = sl_explain_options(sl_site(), argv[optind], stdout) ?
			 1 : 0;
		if (status)
			fprintf(stderr, "sluice check: no stage type '%s';"
				" sluice check --options lists them all\n",
				argv[optind]);
	} else if (list || argc - optind != 1) {
		usage(stderr);
	} else {
		status = explain(argv[optind], set, json);
	}
out:
	free(set);
	return status;
}
