// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <linux/kernel.h>

#include "bench/race_peers.h"

static const struct sl_contender *const built_in[] = {
	&sl_race_lamport,      &sl_race_fastforward, &sl_race_bqueue,
	&sl_race_mcringbuffer, &sl_race_ptr_ring,
};

static const struct {
	const char *name;
	const char *file;
} plugins[] = {
	{ "ck_ring", "ck" },
	{ "rte_ring", "dpdk" },
	{ "boost", "boost" },
};

/* From where the program is: in the build, of a test there, installed. */
static const char *const directories[] = {
	"peers",
	"../peers",
	"../lib/sluice/peers",
};

/* A sanitizer cannot look into plug-ins that were built without it. */
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define PLUGINS	0
#else
#define PLUGINS	ARRAY_SIZE(plugins)
#endif

static bool find_file(const char *name, char *path)
{
	char program[PATH_MAX] = "";
	size_t i;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		return false;
	*strrchr(program, '/') = '\0';
	for (i = 0; i < ARRAY_SIZE(directories); i++) {
		snprintf(path, PATH_MAX, "%.3000s/%s/%s.so", program,
			 directories[i], name);
		if (!access(path, R_OK))
			return true;
	}
	return false;
}

static const struct sl_contender *open_plugin(const char *name,
					      const char *file)
{
	const struct sl_contender *peer = NULL;
	char path[PATH_MAX];
	void *object;

	if (!find_file(file, path)) {
		fprintf(stderr, "sluice bench ring: peer %s is not built;"
			" tools/setup bench and make build it\n", name);
		return NULL;
	}
	/* Stays open, for its loops are called until the end. */
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (object)
		peer = dlsym(object, SL_RACE_PLUGIN);
	if (!peer)
		fprintf(stderr, "sluice bench ring: peer %s is left out: %s\n",
			name, dlerror());
	return peer;
}

/**
 * sl_race_peer() - one of the queues to race against
 * @index: from 0 on
 *
 * The first call, which must be alone, opens the plug-ins, and names those
 * that are not there on standard error.
 *
 * Return: the peer, or NULL after the last one.
 */
const struct sl_contender *sl_race_peer(u32 index)
{
	static const struct sl_contender *opened[ARRAY_SIZE(plugins)];
	static u32 count = U32_MAX;
	size_t i;

	if (count == U32_MAX) {
		count = 0;
		for (i = 0; i < PLUGINS; i++) {
			opened[count] = open_plugin(plugins[i].name,
						    plugins[i].file);
			count += opened[count] != NULL;
		}
	}
	if (index < ARRAY_SIZE(built_in))
		return built_in[index];
	index -= ARRAY_SIZE(built_in);
	return index < count ? opened[index] : NULL;
}
