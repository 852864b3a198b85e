/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_BUG_H
#define TOOLS_LINUX_BUG_H

#include <stdio.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define WARN_ON(cond) ({						\
	bool __warn = (cond);						\
									\
	if (unlikely(__warn))						\
		fprintf(stderr, "sluice: %s:%d: %s: this is a defect\n",	\
			__FILE__, __LINE__, #cond);			\
	__warn;								\
})

#define WARN_ON_ONCE(cond) ({						\
	static bool __told;						\
	bool __warn_once = (cond);					\
									\
	if (unlikely(__warn_once) && !READ_ONCE(__told)) {		\
		WRITE_ONCE(__told, true);				\
		fprintf(stderr, "sluice: %s:%d: %s: this is a defect\n",	\
			__FILE__, __LINE__, #cond);			\
	}								\
	__warn_once;							\
})

#endif
