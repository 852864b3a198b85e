/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef COMPAT_LINUX_MM_H
#define COMPAT_LINUX_MM_H

#include_next <linux/mm.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
/* As a macro, for a stable kernel may have got it meanwhile. */
#define vm_flags_mod(vma, set, clear) \
	((vma)->vm_flags = ((vma)->vm_flags | (set)) & ~(clear))
#endif

#endif
