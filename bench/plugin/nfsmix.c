// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The load of sluice bench nfsmix: clients with a reference, through libnfs,
 * which has nothing of ours.  The calls and what their answers must be are in
 * nfsmix_calls.h; here is who makes them, and when.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>
#include <nfsc/libnfs-raw-mount.h>
#include <nfsc/libnfs-raw-nfs.h>

#include "bench/nfs_mix.h"
#include "bench/plugin/nfsmix.h"
#include "bench/plugin/nfsmix_calls.h"

#define REPORTS_MAX	20
#define PATIENCE_NS	60000000000ull	/* for an answer */
#define ROUND_MS	2
/* Of one call in so many the client comes again over another connection. */
#define CALLS_A_VISIT	5000

extern sl_nfs_mix_load sl_nfs_mix_load_libnfs;

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

void mix_fail(struct client *c, const char *format, ...)
{
	va_list args;

	c->state = BROKEN;
	if (c->mix->errors++ >= REPORTS_MAX)
		return;
	fprintf(stderr, "client %u, %s: ", c->number,
		c->call ? c->call->name : "connecting");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void mix_answered(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct client *c = arg;

	(void)rpc;
	if (c->state != BUSY)
		return;
	if (status != RPC_STATUS_SUCCESS) {
		mix_fail(c, "no answer: %s",
			 status == RPC_STATUS_ERROR ? (char *)data : "lost");
		return;
	}
	c->state = IDLE;
	c->mix->calls++;
	c->call->end(c, data);
}

/* The client's own directory has been found. */
static void found(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct LOOKUP3res *res = data;
	struct client *c = arg;

	(void)rpc;
	if (status != RPC_STATUS_SUCCESS || res->status != NFS3_OK) {
		mix_fail(c, "its directory is not there");
		return;
	}
	handle_keep(&c->root, &res->LOOKUP3res_u.resok.object);
	c->state = IDLE;
}

static void mounted(struct rpc_context *rpc, int status, void *data, void *arg)
{
	struct mountres3 *res = data;
	struct LOOKUP3args args;
	struct client *c = arg;
	char name[32];

	if (status != RPC_STATUS_SUCCESS || res->fhs_status != MNT3_OK) {
		mix_fail(c, "the export cannot be mounted");
		return;
	}
	snprintf(name, sizeof(name), SL_NFS_MIX_DIRECTORY, c->number);
	args.what.dir.data.data_len =
		res->mountres3_u.mountinfo.fhandle.fhandle3_len;
	args.what.dir.data.data_val =
		res->mountres3_u.mountinfo.fhandle.fhandle3_val;
	args.what.name = name;
	if (rpc_nfs3_lookup_async(rpc, found, &args, c))
		mix_fail(c, "%s", rpc_get_error(rpc));
}

static void connected(struct rpc_context *rpc, int status, void *data,
		      void *arg)
{
	struct client *c = arg;

	if (status != RPC_STATUS_SUCCESS) {
		mix_fail(c, "%s", status == RPC_STATUS_ERROR ? (char *)data :
							       "lost");
		return;
	}
	if (c->root.bytes)
		c->state = IDLE;
	else if (rpc_mount3_mnt_async(rpc, mounted, "/", c))
		mix_fail(c, "%s", rpc_get_error(rpc));
}

static void client_connect(struct client *c)
{
	if (c->rpc) {
		/* Nothing of the old one is of interest. */
		c->state = BROKEN;
		rpc_destroy_context(c->rpc);
	}
	c->call = NULL;
	c->state = CONNECTING;
	c->since_ns = clock_ns();
	c->mix->connections++;
	c->rpc = rpc_init_context();
	if (!c->rpc) {
		mix_fail(c, "no memory");
		return;
	}
	rpc_set_uid(c->rpc, c->uid);
	rpc_set_gid(c->rpc, c->uid);
	if (rpc_connect_port_async(c->rpc, "127.0.0.1", c->mix->port,
				   MOUNT_PROGRAM, MOUNT_V3, connected, c))
		mix_fail(c, "%s", rpc_get_error(c->rpc));
}

/* One call, whichever can be made. */
static void client_begin(struct client *c)
{
	if (!mix_dice(c, CALLS_A_VISIT)) {
		client_connect(c);
		return;
	}
	c->since_ns = clock_ns();
	do {
		c->call = call_choose(c);
		c->state = BUSY;
	} while (!c->call->begin(c));
}

/* What there is to be read and written, for at most ROUND_MS. */
static void serve(struct client *clients, struct pollfd *fds, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct client *c = &clients[i];
		bool broken = c->state == BROKEN;

		fds[i].fd = broken ? -1 : rpc_get_fd(c->rpc);
		fds[i].events = broken ? 0 : rpc_which_events(c->rpc);
	}
	if (poll(fds, count, ROUND_MS) <= 0)
		return;
	for (i = 0; i < count; i++) {
		struct client *c = &clients[i];

		if (fds[i].revents && c->state != BROKEN &&
		    rpc_service(c->rpc, fds[i].revents) < 0 &&
		    c->state != BROKEN)
			mix_fail(c, "the connection is lost: %s",
				 rpc_get_error(c->rpc));
	}
}

/* Returns how many are waiting for something, none of them for too long. */
static uint32_t waiting(struct client *clients, uint32_t count)
{
	uint64_t now = clock_ns();
	uint32_t busy = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct client *c = &clients[i];

		if (c->state != BUSY && c->state != CONNECTING)
			continue;
		busy++;
		if (now - c->since_ns > PATIENCE_NS)
			mix_fail(c, "no answer for %llu s",
				 PATIENCE_NS / 1000000000);
	}
	return busy;
}

static void work(struct sl_nfs_mix *mix, struct client *clients,
		 struct pollfd *fds)
{
	uint64_t begun = 0;
	uint64_t start;
	uint32_t at = 0;
	uint32_t i;

	while (waiting(clients, mix->clients))
		serve(clients, fds, mix->clients);
	start = clock_ns();
	while (mix->look(mix)) {
		/* In two steps, lest years of nanoseconds overflow. */
		uint64_t us = (clock_ns() - start) / 1000;
		uint64_t due = mix->rate ? mix->rate * us / 1000000 :
					   UINT64_MAX;

		for (i = 0; i < mix->clients && begun < due; i++) {
			struct client *c = &clients[at++ % mix->clients];

			if (c->state != IDLE)
				continue;
			client_begin(c);
			begun++;
		}
		serve(clients, fds, mix->clients);
		waiting(clients, mix->clients);
	}
	while (waiting(clients, mix->clients))
		serve(clients, fds, mix->clients);
}

int sl_nfs_mix_load_libnfs(struct sl_nfs_mix *mix)
{
	struct client *clients = calloc(mix->clients, sizeof(*clients));
	struct pollfd *fds = calloc(mix->clients, sizeof(*fds));
	uint32_t i;

	if (!clients || !fds) {
		fprintf(stderr, "no memory for %u clients\n", mix->clients);
		free(clients);
		free(fds);
		return 1;
	}
	for (i = 0; i < mix->clients; i++) {
		clients[i].mix = mix;
		clients[i].number = i;
		clients[i].uid = mix->uid + i % mix->users;
		clients[i].dice = mix->seed + i;
		client_connect(&clients[i]);
	}
	work(mix, clients, fds);
	for (i = 0; i < mix->clients; i++) {
		clients[i].state = BROKEN;
		if (clients[i].rpc)
			rpc_destroy_context(clients[i].rpc);
	}
	free(clients);
	free(fds);
	return 0;
}
