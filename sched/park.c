// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/err.h>
#include <linux/ktime.h>
#include <asm/barrier.h>

#include "sched/park.h"

/* No longer than this without a look whether it was for nothing. */
#define WAIT_NS		100000000u

/**
 * sl_core_stand() - stand still until the owner releases
 * @core: core of the caller, between two turns
 */
void sl_core_stand(struct sl_core *core)
{
	u32 call = READ_ONCE(core->call);

	/* All that this core did; pairs with the load in all_stand(). */
	smp_store_release(&core->standing, call);
	sl_park_wake(&core->standing);
	/* Pairs with the store in sl_cores_release(). */
	while (smp_load_acquire(&core->call) == call)
		sl_park_wait(&core->call, call, WAIT_NS);
}

/* Waits for one core after the other; until all stand none of them goes on. */
static bool all_stand(struct sl_core *core, u32 count, u64 until_ns)
{
	u32 i;

	for (i = 0; i < count; i++) {
		for (;;) {
			/* Pairs with the store in sl_core_stand(). */
			u32 standing = smp_load_acquire(&core[i].standing);
			u64 now_ns;

			if (standing == core[i].call)
				break;
			now_ns = ktime_get_ns();
			if (now_ns >= until_ns)
				return false;
			sl_park_wait(&core[i].standing, standing,
				     until_ns - now_ns);
		}
	}
	return true;
}

/**
 * sl_cores_release() - let all cores go on
 * @core: cores that were called, whether they stand yet or not
 * @count: how many
 */
void sl_cores_release(struct sl_core *core, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		/* All that has changed; pairs with the loads of the core. */
		smp_store_release(&core[i].call, core[i].call + 1);
		sl_park_wake(&core[i].call);
	}
}

/**
 * sl_cores_halt() - let all cores stand still
 * @core: cores that run
 * @count: how many
 * @wait_ns: how long to wait for the slowest; a turn takes what it takes
 *
 * Return: 0; or -ETIMEDOUT, and they go on as if nothing had been asked.
 */
int sl_cores_halt(struct sl_core *core, u32 count, u64 wait_ns)
{
	u64 until_ns = ktime_get_ns() + wait_ns;
	u32 i;

	for (i = 0; i < count; i++)
		WRITE_ONCE(core[i].call, core[i].call + 1);
	/* Either we see that a core sleeps, or it sees that it is called. */
	smp_mb();
	for (i = 0; i < count; i++)
		if (READ_ONCE(core[i].sleeping))
			sl_core_wake(&core[i]);
	if (all_stand(core, count, until_ns))
		return 0;
	sl_cores_release(core, count);
	return -ETIMEDOUT;
}
