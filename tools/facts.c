// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>

#include "profiler/kb.h"
#include "tools/facts.h"

#define SECONDS_MIN	1.0	/* of a run that says something about costs */

static int write_topology(struct sl_kb *kb, const struct sl_topology *topology,
			  const struct sl_stats *stats)
{
	int err = 0;
	u32 i, j;

	for (i = 0; !err && i < stats->core_count; i++) {
		const struct sl_stats_core *core = sl_stats_core(stats, i);

		err = sl_kb_cpu(kb, core->cpu, core->node, core->speed);
	}
	for (i = 0; !err && i < topology->cpu_count; i++)
		for (j = 0; !err && j < topology->cpu_count; j++)
			if (i != j && topology->round_ps[i][j])
				err = sl_kb_distance(kb, topology->cpu[i].cpu,
						     topology->cpu[j].cpu,
						     topology->round_ps[i][j] /
						     1000);
	return err;
}

/**
 * sl_facts_write() - write down what a run has shown
 * @topology: of its CPUs; empty if nobody measured it
 * @before: snapshot of its beginning
 * @after: and of its end
 */
void sl_facts_write(const struct sl_topology *topology,
		    const struct sl_stats *before,
		    const struct sl_stats *after)
{
	static struct sl_report report;
	const char *why = "it cannot be written";
	struct sl_kb *kb;
	char path[300];
	int err;

	sl_report_make(&report, before, after);
	if (report.seconds < SECONDS_MIN || sl_kb_path(path, sizeof(path)))
		return;
	kb = sl_kb_open(path, true, &why);
	err = !kb || write_topology(kb, topology, after) ||
	      sl_kb_report(kb, &report, after);
	if (err)
		fprintf(stderr, "sluice: no facts for sluice kb: %s: %s\n",
			path, why);
	if (kb)
		sl_kb_close(kb);
}
