/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * /dev/sluice: a process sends messages through a pipeline in the kernel.
 *
 * For both sides: the module, and programs (see client_user.h, or speak it
 * directly).  Each open() is a session.  SL_DEVICE_SETUP gives it memory and
 * a kernel thread; mmap() of the whole at offset 0, shared, shows to the
 * process what both share:
 *
 *	control		a line that each side writes, for the other to read
 *	submit		a ring of messages to the kernel (ring/line_ring.h)
 *	complete	a ring of answers, in the order of the messages
 *	bank		buffers that messages speak about
 *
 * A ring is an array of messages.  A slot whose tag is 0 is empty.  The
 * producer fills the next slot in turn, the tag last (a release); the consumer
 * copies it, then clears the tag.  Positions are private to each side and
 * start at 0.  Nothing that is shared is trusted: the kernel copies a message
 * before it checks it, and whoever scribbles harms his own session only.
 *
 * While both sides are awake there is no system call.  A side that finds
 * nothing polls for a bounded time and then sleeps, and the sleeper pays:
 *
 *	sleeper	 S1 sets its flag    S2 makes the other's CPU pass a
 *		 full barrier	     S3 looks once more    S4 sleeps
 *	waker	 W1 fills a slot     W2 reads the flag (a plain load)
 *		 W3 rings if it is set
 *
 * No wake-up is lost.  The other's CPU passes the barrier of S2 either after
 * W1, and then S3 finds the slot full; or before W1, hence before W2, and
 * then W2 finds the flag set.  A bell that rings between S3 and S4 stays rung
 * until it is heard (model: sched/litmus/sleep.pml).  The kernel's S2 is an
 * interrupt on the CPUs where the process runs; the process has all four
 * steps done for it by SL_DEVICE_WAIT.
 */
#ifndef SL_DEVICE_H
#define SL_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define SL_DEVICE_PATH		"/dev/sluice"

#define SL_DEVICE_SLOTS_MAX		4096
#define SL_DEVICE_BUFFER_BYTES_MAX	65536
#define SL_DEVICE_BANK_BYTES_MAX	(16u << 20)
#define SL_DEVICE_POLL_US_MAX		1000
#define SL_DEVICE_ANY			(-1)

enum sl_device_op {
	/* Comes back as it went. */
	SL_DEVICE_ECHO = 1,
	/* CRC-32C of the data, going on from argument (0 to begin with). */
	SL_DEVICE_CRC32C,
	/* Each byte of the data in turn ^= a byte of argument, in place. */
	SL_DEVICE_XOR,
};

/* One line of either ring. */
struct sl_device_message {
	__u64 tag;		/* not 0; comes back */
	__u32 op;
	__s32 status;		/* of an answer: 0 or a negative errno */
	__u64 offset;		/* of the data within the bank */
	__u32 bytes;		/* of the data, which is within one buffer */
	__u32 spare;		/* 0 */
	__u64 argument;		/* by op */
	__u64 result;		/* of an answer, by op */
	__u64 user[2];		/* come back */
} __attribute__((aligned(64)));

/*
 * What one side says of itself.  Nobody depends on the numbers, but whoever
 * watches the queues: a ring holds what one has pushed less what the other
 * has popped.
 */
struct sl_device_side {
	__u32 sleeping;		/* ring, if you have pushed something */
	__u32 spare;
	__u64 pushed;
	__u64 popped;
	__u64 sleeps;
	__u64 refused;		/* messages that were answered with an error */
	__u64 more[3];
};

/* The first page. */
struct sl_device_control {
	struct sl_device_side kernel;
	struct sl_device_side user;
};

struct sl_device_setup {
	/* What is asked for; 0 stands for the number behind it. */
	__u32 slots;		/* of each ring, a power of two: 1024 */
	__u32 buffers;		/* of the bank: 256 */
	__u32 buffer_bytes;	/* of each, a multiple of 64: 4096 */
	__u32 poll_us;		/* that the kernel's thread polls: 50 */
	__s32 cpu;		/* of that thread, or SL_DEVICE_ANY */
	__s32 work_cpu;		/* of a second one, which does the work;
				 * SL_DEVICE_ANY: there is only one
				 */
	__u32 spare[2];		/* 0 */
	/* What comes back. */
	__u64 map_bytes;
	__u64 submit_at;	/* bytes from the start of the mapping */
	__u64 complete_at;
	__u64 bank_at;
};

struct sl_device_wait {
	__u32 slot;		/* of the complete ring: until it is full */
	__u32 spare;		/* 0 */
	__s64 timeout_ns;	/* negative: for ever */
};

/*
 * SETUP	once a session.  EINVAL: a number is out of bounds; EBUSY: done
 *		already; ENOMEM.
 * KICK		wakes the kernel's thread.
 * WAIT		sleeps until an answer is there.  ETIMEDOUT, EINTR; EBUSY:
 *		somebody waits already.
 *
 * Without SETUP, KICK, WAIT and mmap() fail with ENXIO.
 */
#define SL_DEVICE_SETUP	_IOWR(0xDF, 0x60, struct sl_device_setup)
#define SL_DEVICE_KICK	_IO(0xDF, 0x61)
#define SL_DEVICE_WAIT	_IOW(0xDF, 0x62, struct sl_device_wait)

#endif /* SL_DEVICE_H */
