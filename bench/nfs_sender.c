// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The loads, and the loop that keeps them in flight.
 *
 * What has been answered is asked again together with everything else that was
 * answered meanwhile.  COMMITs are not counted: a rate is one of WRITEs.  A
 * COMMIT is sent once the 64 WRITEs that it is about are answered, while
 * others go on.
 */
#include "bench/nfs_sender.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/nfs_files.h"
#include "bench/nfs_wire.h"
#include "stages/nfs/file.h"
#include "stages/nfs/rpc.h"

#define BLOCK_BYTES	4096
#define BLOCKS		(NFS_FILE_BYTES / BLOCK_BYTES)
#define BLOCK_STEP	389 /* odd: it comes to every block, all over them */
#define GROUP		64  /* WRITEs that share a COMMIT */
#define GROUPS		4   /* a power of two, above those that are open */
#define ATTRIBUTE_BYTES 84
#define BEFORE_BYTES	24 /* size and times before a change */
#define VERIFIER_BYTES	8

struct nfs_sender {
	struct nfs_wire wire;
	char who[64];
	enum nfs_load load;
	u32 in_flight;
	struct nfs_handle directory; /* what everything is in */
	struct nfs_handle file;
	u32 arguments_at; /* in a call */
	u32 blocks;	  /* asked for so far */

	/* NFS_GETATTR_FAR: what is next in a slot is known early. */
	struct nfs_handle *far;
	u32 files;
	u32 far_next[NFS_WIRE_SLOTS];
	u64 dice;

	/* NFS_WRITE */
	u8 data[BLOCK_BYTES];
	bool commits[NFS_WIRE_SLOTS]; /* and does not write */
	u8 group[NFS_WIRE_SLOTS];
	u32 group_left[GROUPS]; /* WRITEs not answered yet */
	u32 writes;		/* sent so far */
	u32 due;		/* COMMITs */
	u8 verifier[VERIFIER_BYTES];
	bool verifier_known;
};

static const struct {
	const char *file; /* in the directory; NULL: has none */
	u8 procedure;
} loads[NFS_LOADS] = {
	[NFS_NULL] = { NULL, 0 },
	[NFS_GETATTR] = { "read", SL_FILE_GETATTR },
	[NFS_LOOKUP] = { "read", SL_FILE_LOOKUP },
	[NFS_READ] = { "read", SL_FILE_READ },
	[NFS_WRITE] = { "write", SL_FILE_WRITE },
	[NFS_GETATTR_FAR] = { NULL, SL_FILE_GETATTR },
};

static int wrong(const struct nfs_sender *sender, const char *what)
{
	fprintf(stderr, "%s: %s\n", sender->who, what);
	return -EIO;
}

static u32 roll(struct nfs_sender *sender, u32 sides)
{
	sender->dice = sender->dice * 6364136223846793005ull +
		       1442695040888963407ull;
	return (sender->dice >> 32) * sides >> 32;
}

static u64 next_offset(struct nfs_sender *sender)
{
	return (u64)(sender->blocks++ * BLOCK_STEP % BLOCKS) * BLOCK_BYTES;
}

static void encode_commit(struct nfs_sender *sender, u32 slot)
{
	u8 *at = nfs_wire_call(&sender->wire, slot, SL_RPC_NFS, 3,
			       SL_FILE_COMMIT);

	at = nfs_put_handle(at, &sender->file);
	at = sl_xdr_put_u64(at, 0);
	at = sl_xdr_put_u32(at, 0);
	nfs_wire_end(&sender->wire, slot, at);
}

/* All of a call but what changes from one to the next. */
static void encode(struct nfs_sender *sender, u32 slot)
{
	struct nfs_wire *wire = &sender->wire;
	u8 *at = nfs_wire_call(wire, slot, SL_RPC_NFS, 3,
			       loads[sender->load].procedure);

	switch (sender->load) {
	case NFS_GETATTR:
	case NFS_GETATTR_FAR:
		at = nfs_put_handle(at, &sender->file);
		break;
	case NFS_LOOKUP:
		at = nfs_put_handle(at, &sender->directory);
		at = sl_xdr_put_opaque(at, "read0", 5);
		break;
	case NFS_READ:
		at = nfs_put_handle(at, &sender->file);
		at = sl_xdr_put_u64(at, 0);
		at = sl_xdr_put_u32(at, BLOCK_BYTES);
		break;
	case NFS_WRITE:
		at = nfs_put_handle(at, &sender->file);
		at = sl_xdr_put_u64(at, 0);
		at = sl_xdr_put_u32(at, BLOCK_BYTES);
		at = sl_xdr_put_u32(at, SL_FILE_UNSTABLE);
		at = sl_xdr_put_u32(at, BLOCK_BYTES);
		wire->slot[slot].data = sender->data;
		wire->slot[slot].data_bytes = BLOCK_BYTES;
		break;
	default:
		break;
	}
	nfs_wire_end(wire, slot, at);
}

static void set_offset(struct nfs_sender *sender, u32 slot)
{
	sl_xdr_put_u64(sender->wire.slot[slot].call + sender->arguments_at +
			       sizeof(u32) + sl_xdr_padded(sender->file.bytes),
		       next_offset(sender));
}

static void set_write(struct nfs_sender *sender, u32 slot)
{
	if (sender->due) {
		sender->due--;
		sender->commits[slot] = true;
		encode_commit(sender, slot);
		return;
	}
	if (sender->commits[slot])
		encode(sender, slot);
	sender->commits[slot] = false;
	sender->group[slot] = sender->writes++ / GROUP % GROUPS;
	set_offset(sender, slot);
}

/* A file that is not the one before; the one after is sent for already. */
static void set_far(struct nfs_sender *sender, u32 slot)
{
	u8 *at = sender->wire.slot[slot].call + sender->arguments_at;

	at = nfs_put_handle(at, sender->far + sender->far_next[slot]);
	nfs_wire_end(&sender->wire, slot, at);
	sender->far_next[slot] = roll(sender, sender->files);
	__builtin_prefetch(sender->far + sender->far_next[slot]);
}

static void put(struct nfs_sender *sender, u32 slot)
{
	if (sender->load == NFS_READ)
		set_offset(sender, slot);
	else if (sender->load == NFS_WRITE)
		set_write(sender, slot);
	else if (sender->load == NFS_GETATTR_FAR)
		set_far(sender, slot);
	nfs_wire_put(&sender->wire, slot);
}

static void skip_if_there(struct sl_xdr *in, u32 bytes)
{
	if (sl_xdr_u32(in))
		sl_xdr_bytes(in, bytes);
}

/* What was written before a server forgot it may be lost. */
static int check_verifier(struct nfs_sender *sender, struct sl_xdr *in)
{
	const u8 *verifier = sl_xdr_bytes(in, VERIFIER_BYTES);

	if (in->bad)
		return wrong(sender, "a reply is too short");
	if (sender->verifier_known &&
	    memcmp(sender->verifier, verifier, VERIFIER_BYTES))
		return wrong(sender, "has lost what it had not committed");
	memcpy(sender->verifier, verifier, VERIFIER_BYTES);
	sender->verifier_known = true;
	return 0;
}

/* Returns whether this was a WRITE, and not the COMMIT of some. */
static int check_write(struct nfs_sender *sender, struct sl_xdr *in, u32 slot)
{
	int err;

	skip_if_there(in, BEFORE_BYTES);
	skip_if_there(in, ATTRIBUTE_BYTES);
	if (sender->commits[slot])
		return check_verifier(sender, in);
	if (sl_xdr_u32(in) != BLOCK_BYTES)
		return wrong(sender, "a WRITE was short");
	sl_xdr_u32(in);
	if (!--sender->group_left[sender->group[slot]]) {
		sender->group_left[sender->group[slot]] = GROUP;
		sender->due++;
	}
	err = check_verifier(sender, in);
	return err ?: 1;
}

/* Returns how many calls it counts for, or a negative errno. */
static int check(struct nfs_sender *sender, struct nfs_reply *reply)
{
	struct sl_xdr *in = &reply->results;
	u32 status = sl_xdr_u32(in), bytes;

	if (sender->load == NFS_NULL)
		return 1;
	if (status || in->bad) {
		fprintf(stderr, "%s: a call failed: NFS status %u\n",
			sender->who, status);
		return -EIO;
	}
	if (sender->load == NFS_WRITE)
		return check_write(sender, in, reply->slot);
	if (sender->load == NFS_READ) {
		skip_if_there(in, ATTRIBUTE_BYTES);
		bytes = sl_xdr_u32(in);
		sl_xdr_u32(in);
		if (bytes != BLOCK_BYTES || sl_xdr_u32(in) != bytes)
			return wrong(sender, "a READ was short");
		sl_xdr_bytes(in, bytes);
	} else if (sender->load == NFS_LOOKUP) {
		sl_xdr_opaque(in, &bytes, NFS_HANDLE_MAX);
	} else {
		sl_xdr_bytes(in, ATTRIBUTE_BYTES);
	}
	return in->bad ? wrong(sender, "a reply is too short") : 1;
}

/* Takes what has come; what is to go on is asked again. */
static int take(struct nfs_sender *sender, bool goes_on)
{
	struct nfs_reply reply;
	int got, count, taken = 0;

	while ((got = nfs_wire_next(&sender->wire, &reply))) {
		count = got < 0 ? got : check(sender, &reply);
		if (count < 0)
			return count;
		taken += count;
		if (goes_on)
			put(sender, reply.slot);
	}
	return taken;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static double run(struct nfs_sender *sender, double seconds)
{
	struct nfs_wire *wire = &sender->wire;
	double start = now_s(), now = start, answered = 0;
	int err = 0, taken;
	u32 slot;

	for (slot = 0; slot < sender->in_flight; slot++)
		put(sender, slot);
	while (now < start + seconds) {
		err = nfs_wire_send(wire);
		err = err ?: nfs_wire_receive(wire);
		taken = err ?: take(sender, true);
		if (taken < 0)
			return taken;
		answered += taken;
		now = now_s();
	}
	/* The rest is waited for, that the next run finds nothing. */
	err = nfs_wire_send(wire);
	while (!err && wire->out) {
		err = nfs_wire_receive(wire);
		if (!err)
			err = min(take(sender, false), 0);
	}
	return err ?: answered / (now - start);
}

double nfs_sender_run(struct nfs_sender *sender, double seconds, int cpu)
{
	cpu_set_t before, only;
	double rate;

	if (cpu >= 0 && cpu < CPU_SETSIZE) {
		pthread_getaffinity_np(pthread_self(), sizeof(before),
				       &before);
		CPU_ZERO(&only);
		CPU_SET(cpu, &only);
		pthread_setaffinity_np(pthread_self(), sizeof(only), &only);
	}
	sender->wire.spins = cpu >= 0;
	rate = run(sender, seconds);
	if (cpu >= 0 && cpu < CPU_SETSIZE)
		pthread_setaffinity_np(pthread_self(), sizeof(before),
				       &before);
	return rate;
}

static int find_far(struct nfs_sender *sender)
{
	u32 i;
	int err;

	sender->far = calloc(sender->files, sizeof(*sender->far));
	if (!sender->far)
		return wrong(sender, "no memory for so many handles");
	err = nfs_files_many(&sender->wire, &sender->directory, sender->files,
			     sender->far);
	sender->file = sender->far[0];
	for (i = 0; i < NFS_WIRE_SLOTS && !err; i++)
		sender->far_next[i] = roll(sender, sender->files);
	return err;
}

static int prepare(struct nfs_sender *sender, const struct nfs_target *target)
{
	const char *name = loads[sender->load].file;
	struct nfs_wire *wire = &sender->wire;
	struct nfs_handle root;
	u32 slot;
	int err;

	err = nfs_files_mount(target, sender->who, &root);
	err = err ?: nfs_files_find(wire, &root, NFS_KIND_DIRECTORY, "bench", 1, &sender->directory);
	if (!err && name)
		err = nfs_files_find(wire, &sender->directory, NFS_KIND_FILE,
				     name, 1, &sender->file);
	if (!err && name)
		err = nfs_files_fill(wire, &sender->file);
	if (!err && sender->load == NFS_GETATTR_FAR)
		err = find_far(sender);
	if (err)
		return err;
	sender->arguments_at =
		nfs_wire_call(wire, 0, SL_RPC_NFS, 3, 0) - wire->slot[0].call;
	encode(sender, 0);
	nfs_wire_lay_out(wire, wire->slot[0].bytes);
	for (slot = 0; slot < sender->in_flight; slot++)
		encode(sender, slot);
	return 0;
}

struct nfs_sender *nfs_sender_open(const struct nfs_target *target,
				   enum nfs_load load, u32 in_flight,
				   u32 files)
{
	struct nfs_sender *sender = calloc(1, sizeof(*sender));
	u32 i;

	if (!sender || !in_flight || in_flight > NFS_WIRE_SLOTS ||
	    (load == NFS_GETATTR_FAR && !files)) {
		fprintf(stderr, "a sender has 1 to %d calls in flight, and files\n",
			NFS_WIRE_SLOTS);
		free(sender);
		return NULL;
	}
	snprintf(sender->who, sizeof(sender->who), "%s port %u",
		 target->address, target->port);
	sender->load = load;
	sender->in_flight = in_flight;
	sender->files = files;
	sender->dice = 1;
	snprintf((char *)sender->data, BLOCK_BYTES, "a block of a WRITE");
	for (i = 0; i < GROUPS; i++)
		sender->group_left[i] = GROUP;
	if (nfs_wire_open(&sender->wire, sender->who, target->address,
			  target->port)) {
		free(sender);
		return NULL;
	}
	if (prepare(sender, target)) {
		nfs_sender_close(sender);
		return NULL;
	}
	return sender;
}

void nfs_sender_close(struct nfs_sender *sender)
{
	nfs_wire_close(&sender->wire);
	free(sender->far);
	free(sender);
}
