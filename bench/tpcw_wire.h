/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_WIRE_H
#define BENCH_TPCW_WIRE_H

/*
 * A client's TCP connection that never blocks.
 *
 * What is to be sent is put together first and sent with one call.  What is
 * received goes to a large buffer that all connections share; a connection
 * keeps bytes of its own only while a reply is not whole.
 */
#include <netinet/in.h>

#include <linux/types.h>

#define SL_TPCW_WIRE_OUT 4608

/**
 * struct sl_tpcw_wire - a connection
 * @fd: socket, -1 while there is none
 * @out_at: first byte of out that has not been sent
 * @out_end: first free byte of out
 * @held: received bytes that wait for the rest of their reply
 * @held_bytes: how many
 * @held_room: how many fit
 * @out: what is to be sent, put there by the caller
 */
struct sl_tpcw_wire {
	int fd;
	u32 out_at;
	u32 out_end;
	char *held;
	u32 held_bytes;
	u32 held_room;
	char out[SL_TPCW_WIRE_OUT];
};

/* Return: 0 if connected, -EINPROGRESS, or another negative errno. */
int sl_tpcw_wire_connect(struct sl_tpcw_wire *wire,
			 const struct sockaddr_in *address);

/* Closes the socket and forgets what was received; out stays. */
void sl_tpcw_wire_close(struct sl_tpcw_wire *wire);

/* Frees what the connection keeps, after closing it. */
void sl_tpcw_wire_free(struct sl_tpcw_wire *wire);

/* Return: 0 if all is sent, -EAGAIN if not yet, or another negative errno. */
int sl_tpcw_wire_send(struct sl_tpcw_wire *wire);

/**
 * sl_tpcw_wire_receive() - one read
 * @wire: connection
 * @buffer: gets what was held and, behind it, what has come
 * @room: bytes of the buffer, more than have been held
 * @count: set to the bytes in the buffer
 *
 * Return: 1 if bytes came, 0 at the end of the stream, a negative errno.
 */
int sl_tpcw_wire_receive(struct sl_tpcw_wire *wire, char *buffer, u64 room,
			 u64 *count);

/* Keeps bytes for the next read.  Return: 0 or -ENOMEM. */
int sl_tpcw_wire_hold(struct sl_tpcw_wire *wire, const char *bytes, u64 count);

#endif
