// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "profiler/kb.h"
#include "tools/facts.h"

#define SECONDS_MIN	1.0	/* of a run that says something about costs */
#define BOOT_ID		"/proc/sys/kernel/random/boot_id"

/* The knowledge base, if there is one. */
static struct sl_kb *open_kb(const struct sl_topology *topology, char *path,
			     size_t bytes, enum sl_kb_mode mode,
			     const char **why)
{
	char boot[64] = "";
	struct sl_kb *kb;
	FILE *in;

	*why = NULL;
	if (sl_kb_path(path, bytes))
		return NULL;
	kb = sl_kb_open(path, mode, why);
	if (!kb)
		return NULL;
	in = fopen(BOOT_ID, "re");
	if (in) {
		if (!fgets(boot, sizeof(boot), in))
			*boot = 0;
		fclose(in);
	}
	boot[strcspn(boot, "\n")] = 0;
	sl_kb_of(kb, boot, topology->model);
	return kb;
}

static void complain(const char *what, const char *path, const char *why)
{
	fprintf(stderr, "sluice: %s: %s: %s; SLUICE_KB names another file, or,"
			" if empty, none\n",
		what, path, why);
}

static void recall(void *topology, u32 from, u32 to, u32 trip_ns)
{
	sl_topology_recall(topology, from, to, trip_ns * 1000ull);
}

/**
 * sl_facts_read() - take over what earlier runs have shown
 * @topology: of the CPUs, described; distances that are recalled go there
 * @graph: what is to run; weights of its stages go there
 *
 * Return: of how many stages that may be placed freely the costs are known.
 */
u32 sl_facts_read(struct sl_topology *topology, struct sl_graph *graph)
{
	char path[300];
	const char *why;
	struct sl_kb *kb = open_kb(topology, path, sizeof(path), SL_KB_READ,
				   &why);
	u32 known = 0, i;

	if (kb)
		sl_kb_distances(kb, recall, topology);
	for (i = 0; kb && i < graph->stage_count; i++) {
		struct sl_graph_stage *stage = &graph->stage[i];

		stage->weight_ns = sl_kb_weight(kb, graph->name, stage->name,
						stage->type->name);
		known += stage->weight_ns && !stage->place_count;
	}
	if (kb && *sl_kb_why(kb))
		why = sl_kb_why(kb);
	if (why)
		complain("no facts of earlier runs", path, why);
	if (kb)
		sl_kb_close(kb);
	return known;
}

static int write_topology(struct sl_kb *kb, const struct sl_topology *t)
{
	int err = 0;
	u32 i, j;

	for (i = 0; !err && i < t->cpu_count; i++) {
		const struct sl_topology_cpu *cpu = &t->cpu[i];
		const struct sl_kb_cpu fact = {
			.cpu = cpu->cpu,
			.core = cpu->core,
			.package = cpu->package,
			/* Where there is but one, it is the first. */
			.node = cpu->node < 0 ? 0 : cpu->node,
			.kind = cpu->kind,
			.speed = cpu->speed,
		};

		err = sl_kb_cpu(kb, &fact);
	}
	/* Neither what is guessed, nor what is recalled as if it were new. */
	for (i = 0; !err && i < t->cpu_count; i++)
		for (j = 0; !err && j < t->cpu_count; j++)
			if (t->origin[i][j] == SL_MEASURED)
				err = sl_kb_distance(kb, t->cpu[i].cpu,
						     t->cpu[j].cpu,
						     t->round_ps[i][j] / 1000,
						     sl_joint_name(t->joint[i][j]));
	return err;
}

/**
 * sl_facts_write() - write down what a run has shown
 * @topology: of its CPUs
 * @before: snapshot of its beginning
 * @after: and of its end
 */
void sl_facts_write(const struct sl_topology *topology,
		    const struct sl_stats *before,
		    const struct sl_stats *after)
{
	static struct sl_report report;
	struct sl_kb *kb;
	char path[300];
	const char *why;
	int err;

	sl_report_make(&report, before, after);
	if (report.seconds < SECONDS_MIN)
		return;
	kb = open_kb(topology, path, sizeof(path), SL_KB_WRITE, &why);
	if (kb && !sl_kb_begin(kb)) {
		err = write_topology(kb, topology) ?:
		      sl_kb_report(kb, &report, after);
		sl_kb_end(kb, err);
	}
	if (kb && *sl_kb_why(kb))
		why = sl_kb_why(kb);
	if (why)
		complain("no facts for sluice kb", path, why);
	if (kb)
		sl_kb_close(kb);
}
