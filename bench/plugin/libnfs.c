// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Calls by libnfs, through its raw interface: what a program that links it can
 * have at best, without mounting anything.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/plugin/libnfs.h"

#define WARM_S		0.05	/* before a slice counts, or as long as it */

extern const struct nfs_client_plugin nfs_client_plugin;

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void next(struct lane *lane)
{
	struct nfs_client *client = lane->client;

	if (works[client->load].ask(client, lane))
		client->out++;
}

void complain(struct nfs_client *client, const char *what)
{
	if (!client->wrong)
		fprintf(stderr, "sluice bench nfs: libnfs: %s: %s\n",
			works[client->load].name, what);
	client->wrong = true;
}

void answered(struct rpc_context *rpc, int status, void *data, void *context)
{
	struct lane *lane = context;
	struct nfs_client *client = lane->client;
	int64_t done;

	client->out--;
	if (status != RPC_STATUS_SUCCESS) {
		complain(client, status == RPC_STATUS_ERROR ?
				 rpc_get_error(rpc) : "no answer");
		return;
	}
	done = works[client->load].check(lane, data);
	if (done < 0) {
		complain(client, "an answer was wrong");
		return;
	}
	client->done += done;
	/* A file that was made is also removed. */
	if (!client->wrong && (!client->over || lane->made))
		next(lane);
}

/* Lets libnfs send and receive; 0, or -1 once it cannot. */
static int serve(struct nfs_client *client)
{
	struct pollfd poll_fd = {
		.fd = rpc_get_fd(client->rpc),
		.events = rpc_which_events(client->rpc),
	};
	int n = poll(&poll_fd, 1, PATIENCE_MS);

	if (!n)
		complain(client, "no answer for a minute");
	if (n > 0 && rpc_service(client->rpc, poll_fd.revents))
		complain(client, rpc_get_error(client->rpc));
	return client->wrong ? -1 : 0;
}

static int drain(struct nfs_client *client)
{
	while (client->out)
		if (serve(client))
			return -1;
	return client->wrong ? -1 : 0;
}

bool queued(struct nfs_client *client, int err)
{
	if (err)
		complain(client, "cannot send");
	return !err;
}

static void start(struct nfs_client *client, uint32_t in_flight)
{
	uint32_t i;

	for (i = 0; i < in_flight; i++)
		next(&client->lane[i]);
}

/* Until it is time; what is still out then is not counted. */
static double run_calls(struct nfs_client *client, uint32_t in_flight,
			double seconds)
{
	double warm = seconds < WARM_S ? seconds : WARM_S;
	double begin, end = now_s() + warm, done;

	start(client, in_flight);
	while (now_s() < end)
		if (serve(client))
			return -1;
	begin = now_s();
	client->done = 0;
	/* At least one, even if others have the CPU all the time. */
	while (now_s() < begin + seconds || !client->done)
		if (serve(client))
			return -1;
	end = now_s();
	done = client->done;
	client->over = true;
	return drain(client) ? -1 : done / (end - begin);
}

/* Whole passes over big. */
static double run_passes(struct nfs_client *client, uint32_t in_flight,
			 double seconds)
{
	double begin = now_s();

	do {
		client->position = 0;
		start(client, in_flight);
		if (drain(client))
			return -1;
		if (client->load != NFS_CLIENT_WRITE_ON)
			continue;
		/* Its answer must not start another pass. */
		client->over = true;
		client->out += queued(client, commit(client, client->lane,
						     &client->big));
		if (drain(client))
			return -1;
		client->over = false;
	} while (now_s() < begin + seconds);
	return client->done / (now_s() - begin);
}

static double run(struct nfs_client *client, enum nfs_client_load load,
		  uint32_t in_flight, double seconds)
{
	if (client->wrong)
		return -1;
	if (in_flight > NFS_IN_FLIGHT_MAX)
		in_flight = NFS_IN_FLIGHT_MAX;
	client->load = load;
	client->done = 0;
	client->over = false;
	if (load == NFS_CLIENT_READ_ON || load == NFS_CLIENT_WRITE_ON)
		return run_passes(client, in_flight, seconds);
	return run_calls(client, in_flight, seconds);
}

static void close_client(struct nfs_client *client)
{
	disconnect(client);
	free(client);
}

static struct nfs_client *open_client(const char *address, uint16_t port,
				      uint16_t mount_port, const char *path)
{
	struct nfs_client *client = calloc(1, sizeof(*client));
	int i;

	if (!client)
		return NULL;
	for (i = 0; i < NFS_IN_FLIGHT_MAX; i++)
		client->lane[i].client = client;
	if (mount_files(client, address, port, mount_port, path))
		return client;
	fprintf(stderr, "sluice bench nfs: libnfs cannot mount %s: %s\n", path,
		client->rpc && rpc_get_error(client->rpc) ?
			rpc_get_error(client->rpc) : "refused");
	close_client(client);
	return NULL;
}

const struct nfs_client_plugin nfs_client_plugin = {
	open_client, run, close_client,
};
