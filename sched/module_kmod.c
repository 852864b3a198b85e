// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice.ko: rings, banks, stages and the executor, in the kernel.
 *
 *	insmod sluice.ko			self-tests, then /dev/sluice
 *	insmod sluice.ko selftest=0		/dev/sluice at once
 *	insmod sluice.ko trial=1000000
 *
 * moves so many events from a source over four CPUs to a sink and back.  The
 * module does not load if a self-test fails or an event is lost or overtaken.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "membank/selftest_kmod.h"
#include "ring/selftest_kmod.h"
#include "sched/device_kmod.h"
#include "sched/trial_kmod.h"

static bool selftest = true;
module_param(selftest, bool, 0444);
MODULE_PARM_DESC(selftest, "whether to run the self-tests at start");

static ulong trial;
module_param(trial, ulong, 0444);
MODULE_PARM_DESC(trial, "events to move through a trial pipeline at start");

static const struct {
	const char *name;
	int (*run)(void);
} selftests[] = {
	{ "ring", sl_ring_selftest },
	{ "line ring", sl_line_selftest },
	{ "broadcast ring", sl_broadcast_selftest },
	{ "bank", sl_bank_selftest },
	{ "pipeline", sl_pipeline_selftest },
	{ "session", sl_session_selftest },
};

static int __init run_selftests(void)
{
	u64 start = ktime_get_ns();
	int err;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(selftests); i++) {
		err = selftests[i].run();
		if (err) {
			pr_err("sluice: %s self-test: FAIL (%d)\n",
			       selftests[i].name, err);
			return err;
		}
		pr_info("sluice: %s self-test: pass\n", selftests[i].name);
	}
	pr_info("sluice: self-tests took %llu ms\n",
		(ktime_get_ns() - start) / NSEC_PER_MSEC);
	return 0;
}

static int __init sluice_init(void)
{
	int err = 0;

	if (selftest)
		err = run_selftests();
	if (!err && trial)
		err = sl_trial_run(trial);
	if (!err)
		err = sl_device_register();
	return err;
}

static void __exit sluice_exit(void)
{
	sl_device_unregister();
}

module_init(sluice_init);
module_exit(sluice_exit);

MODULE_DESCRIPTION("operating-system paths as parallel pipelines");
MODULE_AUTHOR("the sluice authors");
MODULE_LICENSE("Dual BSD/GPL");
