/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef TOOLS_LINUX_BUILD_BUG_H
#define TOOLS_LINUX_BUILD_BUG_H

#include <assert.h>

#endif
