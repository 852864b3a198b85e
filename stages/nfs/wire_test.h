/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Clients of the server in wire_server_test.h, with blocking sockets, that
 * write every byte themselves, so that they can also write wrong ones.
 *
 *   client_new()      a connection
 *   begin(), put_*()  a call; call() sends it and waits for its answer, of
 *                     which it returns the first word; get_*() the others
 *   lookup(), ...     calls that are wanted often, whole
 */
#ifndef WIRE_TEST_H
#define WIRE_TEST_H

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <linux/kernel.h>

#include "stages/nfs/file.h"
#include "stages/nfs/nfs.h"
#include "stages/nfs/rpc.h"
#include "stages/nfs/xdr.h"
#include "stages/nfs/wire_server_test.h"

#define WIRE_MAX	(2u << 20)	/* more than any record may have */

struct handle {
	u32 bytes;
	u8 data[64];
};

struct client {
	int fd;
	u32 xid;
	u32 uid;
	u8 out[WIRE_MAX];
	u8 *end;		/* of what is put into out */
	u8 in[WIRE_MAX];
	struct sl_xdr answer;
	u32 status;		/* accept_stat of the answer, or ~0: none came */
};

/* Connects; the answer to what is asked then may be that it is closed. */
static inline void client_open(struct client *c)
{
	static u32 xid;
	const struct timeval patience = { .tv_sec = WIRE_WAIT_S };
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(server.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		   sizeof(patience));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!CHECK(!connect(c->fd, (struct sockaddr *)&address,
			    sizeof(address)))) {
		server_show_log();
		exit(1);
	}
	c->xid = xid += 0x10000;
	c->uid = getuid();
}

static inline struct client *client_new(void)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		exit(1);
	client_open(c);
	return c;
}

static inline void client_free(struct client *c)
{
	close(c->fd);
	free(c);
}

static inline void put_u32(struct client *c, u32 value)
{
	c->end = sl_xdr_put_u32(c->end, value);
}

static inline void put_u64(struct client *c, u64 value)
{
	c->end = sl_xdr_put_u64(c->end, value);
}

static inline void put_opaque(struct client *c, const void *data, u32 bytes)
{
	c->end = sl_xdr_put_opaque(c->end, data, bytes);
}

static inline void put_name(struct client *c, const char *name)
{
	put_opaque(c, name, strlen(name));
}

static inline void put_handle(struct client *c, const struct handle *handle)
{
	put_opaque(c, handle->data, handle->bytes);
}

/* A call of any program, as the client's user. */
static inline void begin_any(struct client *c, u32 program, u32 version,
			     u32 procedure)
{
	c->end = c->out + 4;
	put_u32(c, ++c->xid);
	put_u32(c, 0);
	put_u32(c, SL_RPC_VERSION);
	put_u32(c, program);
	put_u32(c, version);
	put_u32(c, procedure);
	put_u32(c, SL_RPC_AUTH_SYS);
	put_u32(c, 20);
	put_u32(c, 0);
	put_u32(c, 0);
	put_u32(c, c->uid);
	put_u32(c, c->uid);
	put_u32(c, 0);
	put_u64(c, 0);
}

static inline void begin(struct client *c, u32 procedure)
{
	begin_any(c, SL_RPC_NFS, 3, procedure);
}

/* The record mark, when all of it is there; returns the record's length. */
static inline u32 seal(struct client *c)
{
	sl_xdr_put_u32(c->out, SL_RPC_LAST | (c->end - c->out - 4));
	return c->end - c->out;
}

static inline bool write_all(int fd, const void *data, size_t bytes)
{
	const u8 *at = data;

	while (bytes) {
		ssize_t n = send(fd, at, bytes, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += n;
		bytes -= n;
	}
	return true;
}

static inline bool read_all(int fd, void *data, size_t bytes)
{
	return recv(fd, data, bytes, MSG_WAITALL) == (ssize_t)bytes;
}

/* One record of one fragment, which is what this server sends. */
static inline bool client_receive(struct client *c)
{
	u8 marker[4];
	u32 bytes;

	c->status = ~0u;
	if (!read_all(c->fd, marker, sizeof(marker)))
		return false;
	bytes = (marker[0] & 127) << 24 | marker[1] << 16 | marker[2] << 8 |
		marker[3];
	if (!CHECK(marker[0] & 128) || !CHECK(bytes <= WIRE_MAX) ||
	    !read_all(c->fd, c->in, bytes))
		return false;
	c->answer = (struct sl_xdr){ c->in, c->in + bytes, false };
	return true;
}

static inline u32 get_u32(struct client *c)
{
	return sl_xdr_u32(&c->answer);
}

static inline u64 get_u64(struct client *c)
{
	return sl_xdr_u64(&c->answer);
}

/* The head of the answer that came; returns the first word of its results. */
static inline u32 get_head(struct client *c)
{
	CHECK_EQ(get_u32(c), c->xid);
	CHECK_EQ(get_u32(c), SL_RPC_REPLY);
	if (get_u32(c)) {
		c->status = 1000 + get_u32(c);
		return ~0u;
	}
	get_u64(c);
	c->status = get_u32(c);
	return c->status ? ~0u : get_u32(c);
}

/* Returns the NFS status, or ~0 if there is none; then c->status says why. */
static inline u32 call(struct client *c)
{
	u32 bytes = seal(c);

	if (!write_all(c->fd, c->out, bytes) || !client_receive(c))
		return ~0u;
	return get_head(c);
}

static inline void get_handle(struct client *c, struct handle *handle)
{
	const u8 *at = sl_xdr_opaque(&c->answer, &handle->bytes, 64);

	memcpy(handle->data, at, handle->bytes);
}

/* post_op_attr; @size and @mode may be NULL. */
static inline bool get_attributes(struct client *c, u64 *size, u32 *mode)
{
	u32 words[19];
	u32 i;

	if (!get_u32(c))
		return false;
	for (i = 0; i < 19; i++)
		words[i] = get_u32(c);
	/* type, mode, links, uid, gid, size, ...; mtime and ctime are last. */
	get_u64(c);
	if (mode)
		*mode = words[1];
	if (size)
		*size = (u64)words[5] << 32 | words[6];
	return !c->answer.bad;
}

static inline void get_wcc(struct client *c, u64 *size)
{
	if (get_u32(c)) {
		get_u64(c);
		get_u64(c);
		get_u64(c);
	}
	get_attributes(c, size, NULL);
}

static inline u32 mount_export(struct client *c, struct handle *root)
{
	u32 status;

	begin_any(c, SL_RPC_MOUNT, 3, 1);
	put_name(c, "/");
	status = call(c);
	if (!status)
		get_handle(c, root);
	return status;
}

static inline u32 getattr(struct client *c, const struct handle *file)
{
	begin(c, SL_FILE_GETATTR);
	put_handle(c, file);
	return call(c);
}

static inline u32 lookup(struct client *c, const struct handle *directory,
			 const char *name, struct handle *file)
{
	u32 status;

	begin(c, SL_FILE_LOOKUP);
	put_handle(c, directory);
	put_name(c, name);
	status = call(c);
	if (!status)
		get_handle(c, file);
	return status;
}

/* Nothing but perhaps the mode is set. */
static inline void put_mode(struct client *c, u32 mode)
{
	put_u32(c, 1);
	put_u32(c, mode);
	put_u32(c, 0);
	put_u32(c, 0);
	put_u32(c, 0);
	put_u32(c, 0);
	put_u32(c, 0);
}

static inline void begin_create(struct client *c, const struct handle *directory,
				const char *name, u32 how)
{
	begin(c, SL_FILE_CREATE);
	put_handle(c, directory);
	put_name(c, name);
	put_u32(c, how);
	put_mode(c, 0644);
}

static inline u32 create(struct client *c, const struct handle *directory,
			 const char *name, struct handle *file)
{
	u32 status;

	begin_create(c, directory, name, SL_FILE_GUARDED);
	status = call(c);
	if (!status && CHECK(get_u32(c)))
		get_handle(c, file);
	return status;
}

static inline u32 make_directory(struct client *c,
				 const struct handle *directory,
				 const char *name, struct handle *made)
{
	u32 status;

	begin(c, SL_FILE_MKDIR);
	put_handle(c, directory);
	put_name(c, name);
	put_mode(c, 0755);
	status = call(c);
	if (!status && CHECK(get_u32(c)))
		get_handle(c, made);
	return status;
}

static inline void begin_name(struct client *c, u32 procedure,
			      const struct handle *directory, const char *name)
{
	begin(c, procedure);
	put_handle(c, directory);
	put_name(c, name);
}

static inline u32 remove_name(struct client *c, const struct handle *directory,
			      const char *name)
{
	begin_name(c, SL_FILE_REMOVE, directory, name);
	return call(c);
}

static inline void begin_write(struct client *c, const struct handle *file,
			       u64 offset, const void *data, u32 bytes,
			       u32 stable)
{
	begin(c, SL_FILE_WRITE);
	put_handle(c, file);
	put_u64(c, offset);
	put_u32(c, bytes);
	put_u32(c, stable);
	put_opaque(c, data, bytes);
}

/* Behind the status; returns how many bytes were written. */
static inline u32 get_written(struct client *c, u64 *verifier)
{
	u32 count;

	get_wcc(c, NULL);
	count = get_u32(c);
	get_u32(c);
	*verifier = get_u64(c);
	return count;
}

static inline u32 write_file(struct client *c, const struct handle *file,
			     u64 offset, const void *data, u32 bytes,
			     u32 stable)
{
	u64 verifier;
	u32 status;

	begin_write(c, file, offset, data, bytes, stable);
	status = call(c);
	if (!status)
		CHECK_EQ(get_written(c, &verifier), bytes);
	return status;
}

static inline u32 commit(struct client *c, const struct handle *file,
			 u64 *verifier)
{
	u32 status;

	begin(c, SL_FILE_COMMIT);
	put_handle(c, file);
	put_u64(c, 0);
	put_u32(c, 0);
	status = call(c);
	if (!status) {
		get_wcc(c, NULL);
		*verifier = get_u64(c);
	}
	return status;
}

/* What was read lies at *data until the next call. */
static inline u32 read_file(struct client *c, const struct handle *file,
			    u64 offset, u32 count, const u8 **data, u32 *bytes,
			    bool *eof)
{
	u32 status;

	begin(c, SL_FILE_READ);
	put_handle(c, file);
	put_u64(c, offset);
	put_u32(c, count);
	status = call(c);
	if (!status) {
		get_attributes(c, NULL, NULL);
		CHECK(get_u32(c) <= count);
		*eof = get_u32(c);
		*data = sl_xdr_opaque(&c->answer, bytes, count);
		CHECK(!c->answer.bad);
	}
	return status;
}

/* Is there nothing more to be read: the server has closed the connection? */
static inline bool is_closed(struct client *c)
{
	u8 byte;
	ssize_t n = recv(c->fd, &byte, 1, 0);

	return !n || (n < 0 && errno == ECONNRESET);
}

#endif /* WIRE_TEST_H */
