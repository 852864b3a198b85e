/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The process's side of /dev/sluice (device.h).
 *
 *	struct sl_device_setup setup = { .cpu = SL_DEVICE_ANY,
 *					 .work_cpu = SL_DEVICE_ANY };
 *	struct sl_client *client = sl_client_open(SL_DEVICE_PATH, &setup);
 *
 *	buffer = sl_client_take(client);
 *	message.offset = sl_client_offset(client, buffer);
 *	sl_client_push(client, &message, 1);
 *	sl_client_wait(client, -1);
 *	sl_client_pop(client, &answer, 1);
 *
 * Answers come in the order of the messages.  Push and pop never wait; they
 * make a system call only if the kernel's thread sleeps.  wait polls for a
 * while before it sleeps.  A client belongs to one thread, and buffers are the
 * caller's to deal out; take and give keep a list of those that are free.
 */
#ifndef SL_CLIENT_USER_H
#define SL_CLIENT_USER_H

#include <stdint.h>

#include "stages/kernel/device.h"

struct sl_client;

/* How to reach the other side; a test has an own one. */
struct sl_client_host {
	int (*kick)(void *arg);
	int (*wait)(void *arg, const struct sl_device_wait *wait);
	void (*close)(void *arg);
	void *arg;
};

struct sl_client_counters {
	uint64_t kicks;		/* system calls, of either kind */
	uint64_t waits;
	uint64_t full;		/* pushes that found no room */
};

struct sl_client *sl_client_open(const char *path,
				 struct sl_device_setup *setup);
struct sl_client *sl_client_attach(const struct sl_client_host *host,
				   const struct sl_device_setup *setup,
				   void *memory);
void sl_client_close(struct sl_client *client);

uint32_t sl_client_push(struct sl_client *client,
			const struct sl_device_message *message,
			uint32_t count);
uint32_t sl_client_pop(struct sl_client *client,
		       struct sl_device_message *message, uint32_t count);
int sl_client_wait(struct sl_client *client, int64_t timeout_ns);

void *sl_client_take(struct sl_client *client);
void sl_client_give(struct sl_client *client, void *buffer);
uint64_t sl_client_offset(const struct sl_client *client, const void *buffer);
void sl_client_counters(const struct sl_client *client,
			struct sl_client_counters *counters);

#endif /* SL_CLIENT_USER_H */
