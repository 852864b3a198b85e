/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SL_DEVICE_KMOD_H
#define SL_DEVICE_KMOD_H

/* /dev/sluice; see stages/kernel/device.h. */
int sl_device_register(void);
void sl_device_unregister(void);

#endif /* SL_DEVICE_KMOD_H */
