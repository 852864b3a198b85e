// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/crossover.h"

static const char *const plan_name[CROSSOVER_PLANS] = {
	"one core",
	"one stage a core",
	"both stages on each core",
	"as the scheduler chose",
	"as the scheduler chose, in two lanes",
};

static void print_head(const struct crossover_result *r, const char *what)
{
	int k;

	printf("%-9s", what);
	for (k = 0; k < CROSSOVER_KINDS; k++)
		printf(" %13s", r->kind[k].name);
	printf("\n");
}

/* A case of which no round was clean has no figure. */
static void print_figure(double value, int digits)
{
	if (value > 0)
		printf(" %13.*f", digits, value);
	else
		printf(" %13s", "-");
}

static void print_ratios(const struct crossover_result *r, int d, int which)
{
	int w, k;

	print_head(r, "work ns");
	for (w = 0; w < CROSSOVER_WORKS; w++) {
		printf("%-9u", r->work_ns[w]);
		for (k = 0; k < CROSSOVER_KINDS; k++)
			print_figure(r->ratio[d][w][k][which], 2);
		printf("\n");
	}
	printf("\n");
}

static void print_rates(const struct crossover_result *r, int d, int plan)
{
	int w, k;

	printf("million events/s, %s\n", plan_name[plan]);
	print_head(r, "work ns");
	for (w = 0; w < CROSSOVER_WORKS; w++) {
		printf("%-9u", r->work_ns[w]);
		for (k = 0; k < CROSSOVER_KINDS; k++)
			print_figure(r->rate[d][w][k][plan] / 1e6, 3);
		printf("\n");
	}
	printf("\n");
}

/**
 * crossover_print() - what was measured, as tables
 * @r: the results
 */
void crossover_print(const struct crossover_result *r)
{
	int d, p;

	printf("two stages: work per stage down, state of each stage across;\n"
	       "medians of %d rounds in which all plans took turns\n\n",
	       r->rounds);
	for (d = 0; d < SL_DISTANCES; d++) {
		if (!r->met[d]) {
			printf("CPUs %s: not met in this run\n\n",
			       sl_distance_name[d]);
			continue;
		}
		printf("CPUs %s\n\nsplit or fuse: one stage a core / both on"
		       " one core\n",
		       sl_distance_name[d]);
		print_ratios(r, d, 0);
		printf("pipeline or run to completion: one stage a core / both"
		       " on each of two cores\n");
		print_ratios(r, d, 1);
		if (r->scheduled) {
			printf("what the scheduler chose / the better one of"
			       " one core and one stage a core\n");
			print_ratios(r, d, 2);
			printf("what it chose with two lanes / the best of the"
			       " three\n");
			print_ratios(r, d, 3);
		}
		for (p = 0; p < (r->scheduled ? CROSSOVER_PLANS :
						CROSSOVER_CHOSEN); p++)
			print_rates(r, d, p);
	}
}

/**
 * crossover_json() - the same for machines
 * @r: the results
 */
void crossover_json(const struct crossover_result *r)
{
	const char *comma = "";
	int d, w, k;

	printf("{\"rounds\":%d,\"cells\":[", r->rounds);
	for (d = 0; d < SL_DISTANCES; d++) {
		for (w = 0; r->met[d] && w < CROSSOVER_WORKS; w++) {
			for (k = 0; k < CROSSOVER_KINDS; k++) {
				const double *rate = r->rate[d][w][k];

				printf("%s{\"distance\":\"%s\",\"work_ns\":%u,"
				       "\"state_kib\":%u,\"written\":%s,"
				       "\"one\":%.0f,\"split\":%.0f,"
				       "\"complete\":%.0f,"
				       "\"split_to_one\":%.3f,"
				       "\"split_to_complete\":%.3f",
				       comma,
				       sl_distance_name[d], r->work_ns[w],
				       r->kind[k].kib,
				       r->kind[k].written ? "true" : "false",
				       rate[CROSSOVER_ONE],
				       rate[CROSSOVER_SPLIT],
				       rate[CROSSOVER_COMPLETE],
				       r->ratio[d][w][k][0],
				       r->ratio[d][w][k][1]);
				if (r->scheduled)
					printf(",\"chosen\":%.0f,"
					       "\"chosen_to_better\":%.3f,"
					       "\"chosen_lanes\":%.0f,"
					       "\"chosen_lanes_to_best\":%.3f",
					       rate[CROSSOVER_CHOSEN],
					       r->ratio[d][w][k][2],
					       rate[CROSSOVER_CHOSEN_LANES],
					       r->ratio[d][w][k][3]);
				printf("}");
				comma = ",";
			}
		}
	}
	printf("]}\n");
}

#define CELL_X	84
#define CELL_Y	30
#define LEFT	96
#define TOP	64
#define BLOCK_Y (TOP + CROSSOVER_WORKS * CELL_Y + 24)

/* Orange where the other plan wins, blue where the split does. */
static void colour(double ratio, char *text, size_t bytes)
{
	double by = ratio > 1 ? (ratio - 1) / 1 : (1 / ratio - 1) / 1;
	int pale = 245 - 125 * (by > 1 ? 1 : by);

	if (ratio > 1)
		snprintf(text, bytes, "rgb(%d,%d,255)", pale - 30, pale);
	else
		snprintf(text, bytes, "rgb(255,%d,%d)", pale, pale - 60);
}

static void draw_block(const struct crossover_result *r, int d, int which,
		       int y, FILE *out)
{
	char fill[32];
	int w, k;

	fprintf(out, "<text x=\"8\" y=\"%d\" font-weight=\"bold\">%s (CPUs"
		     " %s)</text>\n",
		y + 20, which ? "one stage a core / both stages on each of two cores" : "one stage a core / both stages on one core",
		sl_distance_name[d]);
	fprintf(out, "<text x=\"8\" y=\"%d\">work, ns</text>\n", y + 52);
	for (k = 0; k < CROSSOVER_KINDS; k++)
		fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">"
			     "%s</text>\n",
			LEFT + k * CELL_X + CELL_X / 2, y + 52,
			r->kind[k].name);
	for (w = 0; w < CROSSOVER_WORKS; w++) {
		int top = y + TOP + w * CELL_Y;

		fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%u"
			     "</text>\n",
			LEFT - 12, top + 20, r->work_ns[w]);
		for (k = 0; k < CROSSOVER_KINDS; k++) {
			double ratio = r->ratio[d][w][k][which];

			if (!ratio)
				continue;
			colour(ratio, fill, sizeof(fill));
			fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\""
				     " height=\"%d\" fill=\"%s\"/><text x=\"%d\""
				     " y=\"%d\" text-anchor=\"middle\">%.2f"
				     "</text>\n",
				LEFT + k * CELL_X, top,
				CELL_X - 2, CELL_Y - 2, fill,
				LEFT + k * CELL_X + CELL_X / 2, top + 19,
				ratio);
		}
	}
}

/**
 * crossover_chart() - the same for eyes
 * @r: the results
 * @path: SVG file to write
 *
 * Return: 0 or a negative errno, having said so.
 */
int crossover_chart(const struct crossover_result *r, const char *path)
{
	FILE *out = fopen(path, "w");
	int d, which, y = 0, blocks = 0;
	int failed;

	for (d = 0; d < SL_DISTANCES; d++)
		blocks += 2 * r->met[d];
	if (out) {
		fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\""
			     " width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
			     " font-size=\"13\"><rect width=\"100%%\""
			     " height=\"100%%\" fill=\"white\"/>\n",
			LEFT + CROSSOVER_KINDS * CELL_X + 8,
			blocks * BLOCK_Y + 8);
		for (d = 0; d < SL_DISTANCES; d++)
			for (which = 0; r->met[d] && which < 2; which++) {
				draw_block(r, d, which, y, out);
				y += BLOCK_Y;
			}
		fprintf(out, "</svg>\n");
	}
	failed = !out || ferror(out);
	if (out)
		failed |= fclose(out) != 0;
	if (!failed)
		return 0;
	fprintf(stderr, "sluice bench crossover: cannot write %s: %s\n", path,
		strerror(errno));
	return -EIO;
}
