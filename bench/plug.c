// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "bench/plug.h"

/* From where the program is: in the build, of a test there, installed. */
static const char *const directories[] = {
	"peers",
	"../peers",
	"../lib/sluice/peers",
};

static int find_file(const char *name, char *path)
{
	char program[PATH_MAX] = "";
	size_t i;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		return -1;
	*strrchr(program, '/') = '\0';
	for (i = 0; i < ARRAY_SIZE(directories); i++) {
		snprintf(path, PATH_MAX, "%.3000s/%s/%s.so", program,
			 directories[i], name);
		if (!access(path, R_OK))
			return 0;
	}
	return -1;
}

void *sl_plug_open(const char *name, const char *symbol)
{
	char path[PATH_MAX];
	void *object, *found = NULL;

	if (find_file(name, path))
		return NULL;
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (object)
		found = dlsym(object, symbol);
	if (!found)
		fprintf(stderr, "sluice bench: the plug-in %s is left out:"
			" %s\n", name, dlerror());
	return found;
}
