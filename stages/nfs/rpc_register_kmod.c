// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>

#include "stages/nfs/rpc_stage.h"

/* The kernel's own rpcb_register() serves its own servers. */
int sl_rpc_register(struct sl_stage *stage, u32 port)
{
	sl_stage_log(stage, "cannot tell rpcbind of port %u from within the kernel; set register to 0",
		     port);
	return -EOPNOTSUPP;
}

void sl_rpc_unregister(struct sl_stage *stage)
{
	(void)stage;
}
