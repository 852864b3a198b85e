/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the files of sluice bench nfs share.
 *
 * A case is a load by one of two clients; cases of one group are measured
 * together, for their rates are also compared with each other.  In a round
 * each case has a slice against each server, both servers one after the other,
 * so that whatever else the machine does hits both; ratios are of slices of
 * the same round.
 */
#ifndef SL_NFS_BENCH_H
#define SL_NFS_BENCH_H

#include "bench/nfs_client.h"
#include "bench/nfs_server.h"

#define NFS_ROUNDS_MAX	100
#define NFS_CASES_MAX	32

enum nfs_layout { NFS_FUSED, NFS_TWO, NFS_LAYOUTS };

struct nfs_case {
	const char *name;	/* for --only */
	const char *title;
	const char *unit;
	double units;		/* of the client's in one of that */
	int group;
	bool lean;		/* by bench/nfs_sender.h, else by libnfs */
	u32 load;		/* enum nfs_load, or enum nfs_client_load */
	u32 in_flight;
	u32 files;		/* lean: of NFS_GETATTR_FAR */
	const char *beside;	/* another case of its group to compare with */
};

extern const struct nfs_case nfs_cases[];
extern const u32 nfs_case_count;

struct nfs_bench {
	/* How it was called. */
	double seconds;		/* of a slice */
	int rounds;
	u32 mib;		/* of the big file */
	bool json;
	bool wanted[NFS_CASES_MAX];
	bool layout[NFS_LAYOUTS];
	char directory[PATH_MAX];
	/* What there is. */
	const struct nfs_client_plugin *libnfs;	/* NULL: is not */
	bool ganesha;
	int cpu[2];
	char scratch[PATH_MAX];
	struct nfs_server server[NFS_PEERS];
	/* What was measured. */
	double rate[NFS_LAYOUTS][NFS_CASES_MAX][NFS_PEERS][NFS_ROUNDS_MAX];
	bool measured[NFS_LAYOUTS][NFS_CASES_MAX];
};

/* nfs_case.c: marks what --only names; -EINVAL after a line on stderr. */
int nfs_case_choose(struct nfs_bench *bench, const char *list);

/* nfs_scratch.c: a directory with exports and their files; 0 or -EIO. */
int nfs_scratch_make(struct nfs_bench *bench);
void nfs_scratch_remove(struct nfs_bench *bench);
const char *nfs_scratch_kind(const struct nfs_bench *bench);

/* nfs_measure.c: all wanted cases in a layout; 0 or -EIO or -EINTR. */
int nfs_measure(struct nfs_bench *bench, enum nfs_layout layout);
extern const char *const nfs_layout_name[NFS_LAYOUTS];

/* Set by signals: to stop after the slice. */
bool nfs_interrupted(void);

/* nfs_report.c: a table grows case by case, JSON is printed at the end. */
void nfs_report_head(const struct nfs_bench *bench, enum nfs_layout layout);
void nfs_report_group(const struct nfs_bench *bench, enum nfs_layout layout,
		      int group);
void nfs_report_json(const struct nfs_bench *bench);

#endif /* SL_NFS_BENCH_H */
