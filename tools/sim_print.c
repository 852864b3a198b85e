// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "tools/sim_print.h"

#define BAR		50
#define WIDTH		640
#define HEIGHT		400
#define MARGIN		70

static double most(const struct sl_sim_row *row, u32 count, bool latency)
{
	double found = 1e-9;
	u32 i;

	for (i = 0; i < count; i++)
		found = max(found, latency ? row[i].result->p99_ns
					   : row[i].result->rate);
	return found;
}

static void print_changes(const struct sl_sim_row *row)
{
	u32 i;

	for (i = 0; i < row->result->change_count; i++) {
		const struct sl_sim_change *c = &row->result->change[i];

		printf("  %.3f s: %s and %u more; %.0f events/s expected, %.0f"
		       " before\n", c->at_s,
		       sl_planner_move_name(c->step.move),
		       c->step_count - !!c->step_count, c->rate / 1e3,
		       c->rate_now / 1e3);
	}
}

/**
 * sl_sim_print() - a table, and bars if they are wanted
 * @row: what was simulated
 * @count: of rows
 * @plot: bars instead of plans
 */
void sl_sim_print(const struct sl_sim_row *row, u32 count, bool plot)
{
	double top = most(row, count, false);
	u32 i, k;

	printf("%5s %12s %12s %9s %9s %9s %9s  %s\n", "cores", "events/s",
	       "model", "p50 us", "p90 us", "p99 us", "p99.9 us",
	       plot ? "events/s" : "plan");
	for (i = 0; i < count; i++) {
		const struct sl_sim_result *r = row[i].result;

		printf("%5u %12.0f %12.0f %9.1f %9.1f %9.1f %9.1f  ",
		       row[i].cores, r->rate, row[i].expected, r->p50_ns / 1e3,
		       r->p90_ns / 1e3, r->p99_ns / 1e3, r->p999_ns / 1e3);
		for (k = 0; plot && k < BAR * r->rate / top; k++)
			putchar('#');
		printf("%s\n", plot ? "" : row[i].plan);
		if (r->unserved)
			printf("  %llu events waited outside at the end\n",
			       (unsigned long long)r->unserved);
		print_changes(&row[i]);
	}
}

static void json_changes(const struct sl_sim_result *r)
{
	u32 i;

	printf("\"changes\":[");
	for (i = 0; i < r->change_count; i++)
		printf("%s{\"at_s\":%.6f,\"move\":\"%s\",\"steps\":%u,"
		       "\"before\":%.1f,\"expected\":%.1f}", i ? "," : "",
		       r->change[i].at_s,
		       sl_planner_move_name(r->change[i].step.move),
		       r->change[i].step_count, r->change[i].rate_now / 1e3,
		       r->change[i].rate / 1e3);
	printf("],\"windows\":[");
	for (i = 0; i < r->window_count; i++)
		printf("%s{\"at_s\":%.6f,\"events_per_s\":%.1f,\"p50_us\":%.3f,"
		       "\"p99_us\":%.3f}", i ? "," : "", r->window[i].at_s,
		       r->window[i].rate, r->window[i].p50_ns / 1e3,
		       r->window[i].p99_ns / 1e3);
	printf("]");
}

/**
 * sl_sim_json() - all of it as one JSON object
 * @row: what was simulated
 * @count: of rows
 * @name: of the pipeline
 */
void sl_sim_json(const struct sl_sim_row *row, u32 count, const char *name)
{
	u32 i, c;

	printf("{\"pipeline\":\"%s\",\"rows\":[", name);
	for (i = 0; i < count; i++) {
		const struct sl_sim_result *r = row[i].result;

		printf("%s{\"cores\":%u,\"events_per_s\":%.1f,"
		       "\"model_events_per_s\":%.1f,\"mean_us\":%.3f,"
		       "\"p50_us\":%.3f,\"p90_us\":%.3f,\"p99_us\":%.3f,"
		       "\"p999_us\":%.3f,\"unserved\":%llu,\"plan\":\"%s\","
		       "\"busy\":[", i ? "," : "", row[i].cores, r->rate,
		       row[i].expected, r->mean_ns / 1e3, r->p50_ns / 1e3,
		       r->p90_ns / 1e3, r->p99_ns / 1e3, r->p999_ns / 1e3,
		       (unsigned long long)r->unserved, row[i].plan);
		for (c = 0; c < row[i].cores; c++)
			printf("%s%.4f", c ? "," : "", r->busy[c]);
		printf("],");
		json_changes(r);
		printf("}");
	}
	printf("]}\n");
}

static void curve(FILE *out, const struct sl_sim_row *row, u32 count,
		  bool latency, const char *colour)
{
	double top = most(row, count, latency), last = row[count - 1].cores;
	u32 i;

	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\""
		" points=\"", colour);
	for (i = 0; i < count; i++) {
		double y = latency ? row[i].result->p99_ns
				   : row[i].result->rate;

		fprintf(out, "%.1f,%.1f ", MARGIN + (WIDTH - 2 * MARGIN) *
			row[i].cores / last,
			HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * y / top);
	}
	fprintf(out, "\"/>\n");
}

/**
 * sl_sim_svg() - a picture: events a second and latency by cores
 * @row: what was simulated
 * @count: of rows
 * @name: of the pipeline
 * @path: where to
 *
 * Return: 0 or a negative errno.
 */
int sl_sim_svg(const struct sl_sim_row *row, u32 count, const char *name,
	       const char *path)
{
	FILE *out = fopen(path, "w");
	u32 i;

	if (!out)
		return -errno;
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\""
		" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"%d\" y=\"24\" font-size=\"16\">%s, simulated</text>\n"
		"<path stroke=\"black\" fill=\"none\" d=\"M%d %dV%dH%d\"/>\n",
		WIDTH, HEIGHT, MARGIN, name, MARGIN, MARGIN, HEIGHT - MARGIN,
		WIDTH - MARGIN);
	curve(out, row, count, false, "#06c");
	curve(out, row, count, true, "#c30");
	for (i = 0; i < count; i++)
		fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">"
			"%u</text>\n", MARGIN + (WIDTH - 2.0 * MARGIN) *
			row[i].cores / row[count - 1].cores,
			HEIGHT - MARGIN + 18, row[i].cores);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">cores"
		"</text>\n<text x=\"%d\" y=\"%d\" fill=\"#06c\">events/s, up to"
		" %.0f</text>\n<text x=\"%d\" y=\"%d\" fill=\"#c30\">99th"
		" percentile, up to %.1f us</text>\n</svg>\n", WIDTH / 2,
		HEIGHT - MARGIN + 40, MARGIN, 44, most(row, count, false),
		WIDTH / 2, 44, most(row, count, true) / 1e3);
	return fclose(out) ? -errno : 0;
}
