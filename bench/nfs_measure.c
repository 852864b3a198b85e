// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "bench/nfs_bench.h"

const char *const nfs_layout_name[NFS_LAYOUTS] = { "fused", "two" };

/* A client's connection to a server, for one case or, of libnfs, for all. */
struct link {
	struct nfs_sender *sender;
	struct nfs_client *client;
};

static struct link links[NFS_CASES_MAX][NFS_PEERS];

/* The same orders each time, so that one run is as fair as the next. */
static u32 draw(u32 below)
{
	static u64 state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 32) % below;
}

static void shuffle(u32 *number, u32 count)
{
	u32 i, j, swap;

	for (i = 0; i < count; i++)
		number[i] = i;
	for (i = count; i > 1; i--) {
		j = draw(i);
		swap = number[i - 1];
		number[i - 1] = number[j];
		number[j] = swap;
	}
}

static int open_link(const struct nfs_bench *bench, u32 number, int peer)
{
	const struct nfs_target *target = &bench->server[peer].target;
	const struct nfs_case *what = &nfs_cases[number];
	struct link *link = &links[number][peer];

	if (what->lean)
		link->sender = nfs_sender_open(target, what->load,
					       what->in_flight, what->files);
	else
		link->client = bench->libnfs->open(target->address,
						   target->port,
						   target->mount_port,
						   target->path);
	return link->sender || link->client ? 0 : -EIO;
}

static void close_link(const struct nfs_bench *bench, u32 number, int peer)
{
	struct link *link = &links[number][peer];

	if (link->sender)
		nfs_sender_close(link->sender);
	if (link->client)
		bench->libnfs->close(link->client);
	memset(link, 0, sizeof(*link));
}

/* Where this thread runs: libnfs has none of its own. */
static void stay_on(const struct nfs_bench *bench, enum nfs_layout layout)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(bench->cpu[1], &set);
	if (layout == NFS_TWO)
		CPU_SET(bench->cpu[0], &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static double run_client(const struct nfs_bench *bench,
			 enum nfs_layout layout, u32 number, int peer)
{
	const struct nfs_case *what = &nfs_cases[number];
	struct link *link = &links[number][peer];

	if (what->lean)
		return nfs_sender_run(link->sender, bench->seconds,
				      layout == NFS_FUSED ? bench->cpu[1] : -1);
	return bench->libnfs->run(link->client, what->load, what->in_flight,
				  bench->seconds);
}

static int run_slice(struct nfs_bench *bench, enum nfs_layout layout,
		     u32 number, int peer, int round)
{
	double rate = 0;

	stay_on(bench, layout);
	/* In a short one there may be nothing, if others have the CPUs. */
	while (!rate && !nfs_interrupted())
		rate = run_client(bench, layout, number, peer);
	if (nfs_interrupted())
		return -EINTR;
	if (!(rate > 0)) {
		fprintf(stderr, "sluice bench nfs: %s, %u in flight, against"
			" %s failed\n", nfs_cases[number].name,
			nfs_cases[number].in_flight, nfs_peer_name[peer]);
		return -EIO;
	}
	bench->rate[layout][number][peer][round] =
		rate / nfs_cases[number].units;
	return 0;
}

static int run_round(struct nfs_bench *bench, enum nfs_layout layout,
		     const u32 *numbers, u32 count, int round)
{
	u32 order[NFS_CASES_MAX], peers[NFS_PEERS];
	u32 i, p;
	int err = 0;

	shuffle(order, count);
	for (i = 0; i < count && !err; i++) {
		shuffle(peers, NFS_PEERS);
		for (p = 0; p < NFS_PEERS && !err; p++)
			if (peers[p] != NFS_GANESHA || bench->ganesha)
				err = run_slice(bench, layout,
						numbers[order[i]], peers[p],
						round);
	}
	return err;
}

static int measure_group(struct nfs_bench *bench, enum nfs_layout layout,
			 int group)
{
	u32 numbers[NFS_CASES_MAX];
	u32 count = 0, i;
	int err = 0, peer, round;

	for (i = 0; i < nfs_case_count; i++)
		if (nfs_cases[i].group == group && bench->wanted[i])
			numbers[count++] = i;
	if (!count)
		return 0;
	for (i = 0; i < count && !err; i++)
		for (peer = 0; peer < NFS_PEERS && !err; peer++)
			if (nfs_interrupted())
				err = -EINTR;
			else if (peer != NFS_GANESHA || bench->ganesha)
				err = open_link(bench, numbers[i], peer);
	for (round = 0; round < bench->rounds && !err; round++)
		err = run_round(bench, layout, numbers, count, round);
	for (i = 0; i < count; i++) {
		bench->measured[layout][numbers[i]] = !err;
		for (peer = 0; peer < NFS_PEERS; peer++)
			close_link(bench, numbers[i], peer);
	}
	if (!err && !bench->json)
		nfs_report_group(bench, layout, group);
	return err;
}

int nfs_measure(struct nfs_bench *bench, enum nfs_layout layout)
{
	int last = nfs_cases[nfs_case_count - 1].group;
	int err = 0, group, peer;

	for (peer = 0; peer < NFS_PEERS && !err; peer++) {
		struct nfs_server *server = &bench->server[peer];

		if (peer == NFS_GANESHA && !bench->ganesha)
			continue;
		server->cpu[0] = bench->cpu[0];
		server->cpu[1] = bench->cpu[layout == NFS_TWO];
		err = nfs_server_start(server);
	}
	if (!err && !bench->json)
		nfs_report_head(bench, layout);
	for (group = 0; group <= last && !err; group++)
		err = measure_group(bench, layout, group);
	for (peer = 0; peer < NFS_PEERS; peer++)
		nfs_server_stop(&bench->server[peer]);
	return err;
}
