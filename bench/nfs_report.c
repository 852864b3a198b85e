// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "bench/median.h"
#include "bench/nfs_bench.h"

static double median(const struct nfs_bench *bench, enum nfs_layout layout,
		     u32 number, int peer)
{
	return sl_median(bench->rate[layout][number][peer], bench->rounds);
}

struct ratio {
	double median, min, max;
};

/* Of the two servers, in the rounds of a case. */
static struct ratio compare(const struct nfs_bench *bench,
			    enum nfs_layout layout, u32 number)
{
	const double *ours = bench->rate[layout][number][NFS_SLUICE];
	const double *theirs = bench->rate[layout][number][NFS_GANESHA];
	struct ratio ratio = { .min = INFINITY, .max = 0 };
	int i;

	ratio.median = sl_median_ratio(ours, theirs, bench->rounds);
	for (i = 0; i < bench->rounds; i++) {
		ratio.min = fmin(ratio.min, ours[i] / theirs[i]);
		ratio.max = fmax(ratio.max, ours[i] / theirs[i]);
	}
	return ratio;
}

/* Of a case and the one beside it, of the same server; NAN if it has none. */
static double share(const struct nfs_bench *bench, enum nfs_layout layout,
		    u32 number, int peer)
{
	u32 i;

	for (i = 0; i < nfs_case_count; i++)
		if (nfs_cases[number].beside &&
		    !strcmp(nfs_cases[i].name, nfs_cases[number].beside) &&
		    bench->measured[layout][i])
			return sl_median_ratio(bench->rate[layout][number][peer],
					       bench->rate[layout][i][peer],
					       bench->rounds);
	return NAN;
}

void nfs_report_head(const struct nfs_bench *bench, enum nfs_layout layout)
{
	if (layout == NFS_FUSED)
		printf("fused: servers on CPU %d, clients on CPU %d;",
		       bench->cpu[0], bench->cpu[1]);
	else
		printf("two: servers on CPUs %d and %d, clients on both;",
		       bench->cpu[0], bench->cpu[1]);
	printf(" %d rounds of %g s, %s\n", bench->rounds, bench->seconds,
	       nfs_scratch_kind(bench));
	printf("%-20s %-7s %3s %-8s %9s %9s %6s  %-13s %s\n", "load", "client",
	       "in", "unit", "sluice", "ganesha", "ratio", "min to max",
	       "of echo/few");
	fflush(stdout);
}

static void print_rate(double rate)
{
	printf(rate < 100 ? " %9.2f" : " %9.0f", rate);
}

static void print_case(const struct nfs_bench *bench, enum nfs_layout layout,
		       u32 number)
{
	const struct nfs_case *what = &nfs_cases[number];
	struct ratio ratio;
	double part = share(bench, layout, number, NFS_SLUICE);

	printf("%-20s %-7s %3u %-8s", what->title,
	       what->lean ? "lean" : "libnfs", what->in_flight, what->unit);
	print_rate(median(bench, layout, number, NFS_SLUICE));
	if (bench->ganesha) {
		print_rate(median(bench, layout, number, NFS_GANESHA));
		ratio = compare(bench, layout, number);
		printf(" %6.2f  %5.2f - %5.2f", ratio.median, ratio.min,
		       ratio.max);
	} else {
		printf(" %9s %6s  %13s", "-", "-", "-");
	}
	if (!isnan(part))
		printf(" %4.0f %%", 100 * part);
	if (!isnan(part) && bench->ganesha)
		printf(" %4.0f %%",
		       100 * share(bench, layout, number, NFS_GANESHA));
	printf("\n");
}

void nfs_report_group(const struct nfs_bench *bench, enum nfs_layout layout,
		      int group)
{
	u32 i;

	for (i = 0; i < nfs_case_count; i++)
		if (nfs_cases[i].group == group && bench->wanted[i])
			print_case(bench, layout, i);
	fflush(stdout);
}

static void print_number(const char *name, double value)
{
	if (isfinite(value))
		printf(",\"%s\":%.4f", name, value);
	else
		printf(",\"%s\":null", name);
}

static void print_server_json(const struct nfs_bench *bench,
			      enum nfs_layout layout, u32 number, int peer)
{
	const char *name = nfs_peer_name[peer];
	int i;

	printf(",\"%s\":{\"slices\":[", name);
	for (i = 0; i < bench->rounds; i++)
		printf("%s%.4f", i ? "," : "",
		       bench->rate[layout][number][peer][i]);
	printf("]");
	print_number("median", median(bench, layout, number, peer));
	print_number("share", share(bench, layout, number, peer));
	printf("}");
}

static void print_case_json(const struct nfs_bench *bench,
			    enum nfs_layout layout, u32 number)
{
	const struct nfs_case *what = &nfs_cases[number];
	struct ratio ratio;

	printf("{\"layout\":\"%s\",\"load\":\"%s\",\"client\":\"%s\","
	       "\"in_flight\":%u,\"unit\":\"%s\",\"share_of\":",
	       nfs_layout_name[layout], what->name,
	       what->lean ? "lean" : "libnfs", what->in_flight, what->unit);
	if (what->beside)
		printf("\"%s\"", what->beside);
	else
		printf("null");
	print_server_json(bench, layout, number, NFS_SLUICE);
	if (bench->ganesha) {
		print_server_json(bench, layout, number, NFS_GANESHA);
		ratio = compare(bench, layout, number);
		print_number("ratio", ratio.median);
		print_number("ratio_min", ratio.min);
		print_number("ratio_max", ratio.max);
	}
	printf("}");
}

void nfs_report_json(const struct nfs_bench *bench)
{
	const char *comma = "";
	int layout;
	u32 i;

	printf("{\"bench\":\"nfs\",\"rounds\":%d,\"slice_s\":%g,"
	       "\"file_system\":\"%s\",\"ganesha\":%s,\"cases\":[",
	       bench->rounds, bench->seconds, nfs_scratch_kind(bench),
	       bench->ganesha ? "true" : "false");
	for (layout = 0; layout < NFS_LAYOUTS; layout++)
		for (i = 0; i < nfs_case_count; i++) {
			if (!bench->measured[layout][i])
				continue;
			printf("%s", comma);
			print_case_json(bench, layout, i);
			comma = ",";
		}
	printf("]}\n");
}
