// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/err.h>
#include <linux/ktime.h>
#include <asm/processor.h>

#include "ring/line_ring.h"
#include "stages/kernel/client_user.h"

#define LOOKS	1000	/* to measure what one takes */

struct sl_client {
	struct sl_line_tx submit;
	struct sl_line_rx complete;
	struct sl_device_setup setup;
	struct sl_device_control *control;
	struct sl_client_host host;
	struct sl_client_counters counters;
	u8 *bank;
	u64 poll_looks;		/* as many as take poll_us */
	u64 pushed;
	u64 popped;
	u32 free_count;
	u32 free[];		/* a stack of buffers: what came last is warmest */
};

/* The device as the other side. */
struct door {
	int fd;
	void *memory;
	size_t bytes;
};

static int kick_device(void *arg)
{
	const struct door *door = arg;

	return ioctl(door->fd, SL_DEVICE_KICK) ? -errno : 0;
}

static int wait_device(void *arg, const struct sl_device_wait *wait)
{
	const struct door *door = arg;

	return ioctl(door->fd, SL_DEVICE_WAIT, wait) ? -errno : 0;
}

static void close_device(void *arg)
{
	struct door *door = arg;

	munmap(door->memory, door->bytes);
	close(door->fd);
	free(door);
}

static int enter(struct door *door, const char *path,
		 struct sl_device_setup *setup)
{
	int err;

	door->fd = open(path, O_RDWR | O_CLOEXEC);
	if (door->fd < 0)
		return -errno;
	if (ioctl(door->fd, SL_DEVICE_SETUP, setup))
		goto err_fd;
	door->bytes = setup->map_bytes;
	door->memory = mmap(NULL, door->bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED, door->fd, 0);
	if (door->memory == MAP_FAILED)
		goto err_fd;
	return 0;

err_fd:
	err = -errno;
	close(door->fd);
	return err;
}

/**
 * sl_client_open() - begin a session
 * @path: of the device: SL_DEVICE_PATH
 * @setup: what is asked for; what was granted comes back in it
 *
 * Return: the client, or an ERR_PTR(): what open(2) or SL_DEVICE_SETUP say.
 */
struct sl_client *sl_client_open(const char *path,
				 struct sl_device_setup *setup)
{
	struct sl_client_host host = {
		.kick = kick_device,
		.wait = wait_device,
		.close = close_device,
	};
	struct door *door = malloc(sizeof(*door));
	struct sl_client *client;
	int err;

	if (!door)
		return ERR_PTR(-ENOMEM);
	err = enter(door, path, setup);
	if (err) {
		free(door);
		return ERR_PTR(err);
	}
	host.arg = door;
	client = sl_client_attach(&host, setup, door->memory);
	if (IS_ERR(client))
		close_device(door);
	return client;
}

/*
 * How many looks take so long.  Reading the clock at each look would be a
 * system call a look on machines whose clock the process cannot read.
 */
static u64 looks_in(struct sl_client *client, u64 poll_us)
{
	u64 start = ktime_get_ns();
	u32 i;

	/* Alone on a CPU, looking keeps the answer from coming. */
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return 1;
	for (i = 0; i < LOOKS && !sl_line_ready(&client->complete); i++)
		cpu_relax();
	return poll_us * 1000 * LOOKS / (ktime_get_ns() - start + 1) + 1;
}

/**
 * sl_client_attach() - be the client of a session that is there
 * @host: how to reach the other side
 * @setup: of the session, with what has come back
 * @memory: what is shared
 *
 * Return: the client, or an ERR_PTR(): -EINVAL, -ENOMEM.
 */
struct sl_client *sl_client_attach(const struct sl_client_host *host,
				   const struct sl_device_setup *setup,
				   void *memory)
{
	u8 *at = memory;
	struct sl_client *client;
	u32 i;

	/* Its rings are on lines of their own. */
	client = aligned_alloc(L1_CACHE_BYTES,
			       (sizeof(*client) + setup->buffers * sizeof(u32) +
				L1_CACHE_BYTES - 1) / L1_CACHE_BYTES *
				       L1_CACHE_BYTES);
	if (!client)
		return ERR_PTR(-ENOMEM);
	*client = (struct sl_client){
		.setup = *setup,
		.host = *host,
		.control = memory,
		.bank = at + setup->bank_at,
		.free_count = setup->buffers,
	};
	for (i = 0; i < setup->buffers; i++)
		client->free[i] = setup->buffers - 1 - i;
	if (sl_line_tx_open(&client->submit,
			    (struct sl_line *)(at + setup->submit_at),
			    setup->slots) ||
	    sl_line_rx_open(&client->complete,
			    (struct sl_line *)(at + setup->complete_at),
			    setup->slots)) {
		free(client);
		return ERR_PTR(-EINVAL);
	}
	client->poll_looks = looks_in(client, setup->poll_us);
	return client;
}

/**
 * sl_client_close() - end the session
 * @client: a client; its buffers are gone, and so are messages under way
 */
void sl_client_close(struct sl_client *client)
{
	client->host.close(client->host.arg);
	free(client);
}

static void kick(struct sl_client *client)
{
	client->counters.kicks++;
	client->host.kick(client->host.arg);
}

/**
 * sl_client_push() - send messages, in order
 * @client: the caller's client
 * @message: messages; no tag may be 0
 * @count: how many
 *
 * Return: how many went in, from the front.
 */
uint32_t sl_client_push(struct sl_client *client,
			const struct sl_device_message *message,
			uint32_t count)
{
	struct sl_device_control *control = client->control;
	u32 done = sl_line_push_batch(&client->submit,
				      (const struct sl_line *)message, count);

	client->pushed += done;
	client->counters.full += done < count;
	WRITE_ONCE(control->user.pushed, client->pushed);
	/* The sleeper's barrier stands in for one here; see device.h. */
	barrier();
	if (unlikely(READ_ONCE(control->kernel.sleeping)))
		kick(client);
	return done;
}

/*
 * Does the kernel's thread sleep on answers for which there was no room?
 * Nobody rings when room comes, so it looks now and then; this is faster.
 */
static bool holds_back(struct sl_client *client)
{
	/* Pairs with the release in doze() of gate.c. */
	return client->popped != client->pushed &&
	       smp_load_acquire(&client->control->kernel.sleeping) &&
	       !sl_line_ready(&client->complete);
}

/**
 * sl_client_pop() - take answers, in order
 * @client: the caller's client
 * @message: where to put them
 * @count: how many at most
 *
 * Return: how many were taken.
 */
uint32_t sl_client_pop(struct sl_client *client,
		       struct sl_device_message *message, uint32_t count)
{
	u32 done = sl_line_pop_batch(&client->complete,
				     (struct sl_line *)message, count);

	if (!done) {
		if (unlikely(holds_back(client)))
			kick(client);
		return 0;
	}
	client->popped += done;
	WRITE_ONCE(client->control->user.popped, client->popped);
	return done;
}

/**
 * sl_client_wait() - wait until there is an answer to pop
 * @client: the caller's client
 * @timeout_ns: how long at most, or a negative number
 *
 * Return: 0, -ETIMEDOUT, or -EINTR if a signal came.
 */
int sl_client_wait(struct sl_client *client, int64_t timeout_ns)
{
	struct sl_device_wait wait = {
		.slot = client->complete.tail & client->complete.mask,
		.timeout_ns = timeout_ns,
	};
	u64 looks;

	for (looks = timeout_ns ? client->poll_looks : 1; looks; looks--) {
		if (sl_line_ready(&client->complete))
			return 0;
		cpu_relax();
	}

	client->counters.waits++;
	return client->host.wait(client->host.arg, &wait);
}

/**
 * sl_client_take() - take a free buffer
 * @client: the caller's client
 *
 * Return: a buffer of the bank, or NULL if all are taken.
 */
void *sl_client_take(struct sl_client *client)
{
	if (!client->free_count)
		return NULL;
	return client->bank + (size_t)client->free[--client->free_count] *
				      client->setup.buffer_bytes;
}

/**
 * sl_client_give() - give a buffer back
 * @client: the caller's client
 * @buffer: a buffer that was taken, and of which no message speaks any more
 */
void sl_client_give(struct sl_client *client, void *buffer)
{
	client->free[client->free_count++] =
		sl_client_offset(client, buffer) / client->setup.buffer_bytes;
}

/**
 * sl_client_offset() - what to call a place in the bank in a message
 * @client: the caller's client
 * @buffer: a place in one of its buffers
 */
uint64_t sl_client_offset(const struct sl_client *client, const void *buffer)
{
	return (const u8 *)buffer - client->bank;
}

void sl_client_counters(const struct sl_client *client,
			struct sl_client_counters *counters)
{
	*counters = client->counters;
}
