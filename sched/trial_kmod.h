/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SL_TRIAL_KMOD_H
#define SL_TRIAL_KMOD_H

#include <linux/types.h>

/* trial_kmod.c, session_selftest_kmod.c */
int sl_trial_run(u64 events);
int sl_pipeline_selftest(void);
int sl_session_selftest(void);

#endif /* SL_TRIAL_KMOD_H */
