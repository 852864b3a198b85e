// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>

#include "membank/manager.h"

/* The averages that are read change every 2 s. */
#define LOOK_NS		500000000ull

struct sl_manager {
	char *root;
	u64 due_ns;
	struct sl_pressure last;
	enum sl_pressure_why why;
	u32 bank_count;
	struct sl_bank **bank;
};

/**
 * sl_manager_create() - make a manager of no banks
 * @root: what stands before /proc and /sys: "", or a directory of a test
 *
 * Return: the manager, or ERR_PTR(-ENOMEM).
 */
struct sl_manager *sl_manager_create(const char *root)
{
	struct sl_manager *manager = calloc(1, sizeof(*manager));

	if (!manager)
		return ERR_PTR(-ENOMEM);
	manager->root = strdup(root);
	if (!manager->root) {
		free(manager);
		return ERR_PTR(-ENOMEM);
	}
	sl_pressure_read(&manager->last, root);
	return manager;
}

void sl_manager_destroy(struct sl_manager *manager)
{
	free(manager->bank);
	free(manager->root);
	free(manager);
}

/**
 * sl_manager_add() - let a bank be managed
 * @manager: the manager
 * @bank: open bank that outlives it, and that no other one asks
 *
 * Return: 0 or -ENOMEM.
 */
int sl_manager_add(struct sl_manager *manager, struct sl_bank *bank)
{
	u32 count = manager->bank_count;
	struct sl_bank **more;

	more = realloc(manager->bank, (count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[count] = bank;
	manager->bank = more;
	manager->bank_count = count + 1;
	return 0;
}

/**
 * sl_manager_look() - see how memory does, and ask the banks if it is short
 * @manager: the manager; one thread looks
 * @now_ns: what time it is; it looks twice a second at most
 *
 * Return: why memory was short at the last look, if it was.
 */
enum sl_pressure_why sl_manager_look(struct sl_manager *manager, u64 now_ns)
{
	struct sl_pressure now;
	u32 i;

	if (now_ns < manager->due_ns)
		return manager->why;
	manager->due_ns = now_ns + LOOK_NS;
	sl_pressure_read(&now, manager->root);
	manager->why = sl_pressure_judge(&manager->last, &now);
	manager->last = now;
	for (i = 0; manager->why && i < manager->bank_count; i++)
		sl_bank_ask(manager->bank[i]);
	return manager->why;
}
