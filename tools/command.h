/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The commands of sluice(1), a file each.  Each takes its own name as argv[0]
 * and returns an exit status: 0, 1 if something went wrong, 2 if it was
 * called wrongly.
 */
#ifndef SL_COMMAND_H
#define SL_COMMAND_H

#define SL_VERSION	"0.1.0"

int sl_command_run(int argc, char **argv);
int sl_command_check(int argc, char **argv);
int sl_command_explain(int argc, char **argv);
int sl_command_kb(int argc, char **argv);
int sl_command_top(int argc, char **argv);
int sl_command_sim(int argc, char **argv);
int sl_command_web(int argc, char **argv);
int sl_command_record(int argc, char **argv);
int sl_command_replay(int argc, char **argv);
int sl_command_bench(int argc, char **argv);

/* bench/: each a benchmark against named peers */
int sl_bench_tpcw(int argc, char **argv);
int sl_bench_bank(int argc, char **argv);
int sl_bench_hello(int argc, char **argv);
int sl_bench_hop(int argc, char **argv);
int sl_bench_latency(int argc, char **argv);
int sl_bench_planted(int argc, char **argv);
int sl_bench_crossover(int argc, char **argv);
int sl_bench_cuts(int argc, char **argv);
int sl_bench_kernel(int argc, char **argv);
int sl_bench_nfs(int argc, char **argv);
int sl_bench_nfsmix(int argc, char **argv);
int sl_bench_ring(int argc, char **argv);
int sl_bench_plan(int argc, char **argv);
int sl_bench_plans(int argc, char **argv);
int sl_bench_profile(int argc, char **argv);
int sl_bench_sim(int argc, char **argv);
int sl_bench_storage(int argc, char **argv);

#endif /* SL_COMMAND_H */
