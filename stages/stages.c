// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/string.h>

#include "stages/stage.h"
#include "stages/stages.h"

const struct sl_stage_type *const sl_stage_types[] = {
	&sl_socket_stage, &sl_datagram_stage, &sl_http_stage, &sl_shop_stage,
	&sl_sqlite_stage, &sl_rpc_stage, &sl_fuse_stage, &sl_nfs_stage,
	&sl_fs_stage, &sl_block_stage, &sl_source_stage, &sl_pass_stage,
	&sl_sink_stage, NULL,
};

/**
 * sl_stage_type_find() - stage type of a name
 * @name: as in a pipeline file
 *
 * Return: the type, or NULL if there is none.
 */
const struct sl_stage_type *sl_stage_type_find(const char *name)
{
	const struct sl_stage_type *const *type;

	for (type = sl_stage_types; *type; type++)
		if (!strcmp((*type)->name, name))
			return *type;
	return NULL;
}
