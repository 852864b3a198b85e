// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/db/schema.h"

extern const struct sl_schema sl_shop_schema;	/* web/shop_sql_user.c */

static const struct sl_schema *const schemas[] = { &sl_shop_schema };

const struct sl_schema *sl_schema_find(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(schemas); i++)
		if (!strcmp(schemas[i]->name, name))
			return schemas[i];
	return NULL;
}
