/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A client of sluice bench nfsmix and its reference: what must be in its
 * directory.
 *
 * A file is made of units.  What is in a unit follows from the file, the
 * unit's place and the number of the WRITE that was there last; 0 stands for
 * zeros, of a hole or of what was cut off.
 */
#ifndef NFSMIX_H
#define NFSMIX_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <nfsc/libnfs-raw-nfs.h>

#define UNIT_BYTES	1024u
#define UNITS_MAX	64u	/* of a file */
#define NAMES_MAX	24u	/* of a directory */
#define OBJECTS_MAX	NAMES_MAX

struct sl_nfs_mix;
struct rpc_context;
struct call;

struct handle {
	uint32_t bytes;
	char data[64];
};

/* An inode; not in use without links. */
struct object {
	uint8_t type;		/* an ftype3 */
	uint32_t links;
	uint32_t mode;
	uint32_t number;	/* of all that its client has made */
	uint32_t units;
	uint32_t written[UNITS_MAX];
	struct handle handle;
};

enum client_state { CONNECTING, IDLE, BUSY, BROKEN };

struct client {
	struct sl_nfs_mix *mix;
	struct rpc_context *rpc;
	enum client_state state;
	uint32_t number;
	uint32_t uid;
	uint64_t dice;
	uint64_t since_ns;	/* of what it waits for */
	struct handle root;
	struct object object[OBJECTS_MAX];
	struct object *name[NAMES_MAX];	/* NULL: not there */
	uint32_t made;		/* objects */
	uint32_t writes;
	bool verified;		/* a write verifier is known */
	char verifier[8];
	/* The call that is being made. */
	const struct call *call;
	struct object *what;
	uint32_t from, count;	/* units; or names */
	uint32_t choice;	/* of what the call can be */
	uint32_t mode;
	uint32_t seen[NAMES_MAX];	/* by a listing */
};

/* What clients can do. */
struct call {
	const char *name;
	uint32_t weight;
	bool (*begin)(struct client *c);	/* false if it cannot be done */
	void (*end)(struct client *c, void *answer);
};

void mix_fail(struct client *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void mix_answered(struct rpc_context *rpc, int status, void *data, void *arg);

/* A number below @sides. */
static inline uint32_t mix_dice(struct client *c, uint32_t sides)
{
	uint64_t x = c->dice += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return (x >> 32) % sides;
}

static inline void handle_keep(struct handle *handle, const nfs_fh3 *fh)
{
	handle->bytes = fh->data.data_len;
	if (handle->bytes > sizeof(handle->data))
		handle->bytes = 0;
	memcpy(handle->data, fh->data.data_val, handle->bytes);
}

static inline nfs_fh3 handle_give(struct handle *handle)
{
	return (nfs_fh3){ .data = { handle->bytes, handle->data } };
}

static inline bool handle_is(const struct handle *handle, const nfs_fh3 *fh)
{
	return handle->bytes == fh->data.data_len &&
	       !memcmp(handle->data, fh->data.data_val, handle->bytes);
}

/* What must be in a unit. */
static inline void unit_fill(char *unit, const struct client *c,
			     const struct object *what, uint32_t place,
			     uint32_t write)
{
	uint64_t word = ((uint64_t)c->number << 40 | (uint64_t)write << 8 |
			 place) * 0x9e3779b97f4a7c15ull + what->number;
	uint32_t i;

	if (!write)
		memset(unit, 0, UNIT_BYTES);
	for (i = 0; write && i < UNIT_BYTES; i += sizeof(word)) {
		word = word * 6364136223846793005ull + 1442695040888963407ull;
		memcpy(unit + i, &word, sizeof(word));
	}
}

#endif /* NFSMIX_H */
