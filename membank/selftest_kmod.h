/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SL_BANK_SELFTEST_KMOD_H
#define SL_BANK_SELFTEST_KMOD_H

int sl_bank_selftest(void);

#endif /* SL_BANK_SELFTEST_KMOD_H */
