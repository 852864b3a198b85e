/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What this machine and this program offer to pipeline files. */
#ifndef SL_SITE_H
#define SL_SITE_H

#include "pipelines/load.h"

const struct sl_load_site *sl_site(void);

#endif /* SL_SITE_H */
