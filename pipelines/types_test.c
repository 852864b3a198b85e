// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves of every stage type that its table of options can be relied on: each
 * default is a value of its own option, each value has a place of its own in
 * the struct, names do not collide; and that every pipeline file that comes
 * with sluice loads, on a machine with two CPUs.
 */
#include <glob.h>

#include "pipelines/load.h"
#include "pipelines/options.h"
#include "tools/test.h"

static u32 value_bytes(const struct sl_option *option)
{
	switch (option->kind) {
	case SL_OPTION_BOOL:
		return sizeof(bool);
	case SL_OPTION_STRING:
	case SL_OPTION_PATH:
	case SL_OPTION_ADDRESS:
		return sizeof(char *);
	default:
		return sizeof(u64);
	}
}

static bool has(const struct sl_option *option, const char *name)
{
	for (; option->name; option++)
		if (!strcmp(option->name, name))
			return true;
	return false;
}

static void test_option(const struct sl_stage_type *type,
			const struct sl_option *option, char *taken)
{
	char options[4096] = "", why[SL_OPTION_WHY_MAX] = "";
	struct sl_store store = { NULL };
	u32 i, end = option->offset + value_bytes(option);
	bool good = true;

	good &= CHECK(end <= type->options_bytes);
	good &= CHECK(end <= sizeof(options));
	for (i = option->offset; good && i < end; i++)
		good &= CHECK(!taken[i]++);
	good &= CHECK(option->help && *option->help);
	good &= CHECK(!has(sl_load_stage_options, option->name));
	good &= CHECK(!has(option + 1, option->name));
	good &= CHECK(option->kind != SL_OPTION_CHOICE || option->choices);
	if (good && option->standard)
		good &= CHECK_EQ(sl_option_store(option, option->standard,
						 options, &store, why), 0);
	if (!good)
		fprintf(stderr, "this was option '%s' of type '%s' %s\n",
			option->name, type->name, why);
	sl_store_close(&store);
}

static void test_types(void)
{
	const struct sl_stage_type *const *type;
	const struct sl_option *option;
	char taken[4096];

	for (type = sl_stage_types; *type; type++) {
		CHECK((*type)->summary);
		CHECK_EQ(sl_stage_type_find((*type)->name) == *type, true);
		memset(taken, 0, sizeof(taken));
		for (option = (*type)->options; option && option->name;
		     option++)
			test_option(*type, option, taken);
	}
}

static void test_files(void)
{
	static const u16 cpus[] = { 0, 1 };
	const struct sl_load_site site = { sl_stage_types, cpus, 2, NULL };
	struct sl_complaint complaint;
	struct sl_loaded *loaded;
	glob_t files;
	size_t i;

	if (!CHECK_EQ(glob("pipelines/*.yaml", 0, NULL, &files), 0))
		return;
	for (i = 0; i < files.gl_pathc; i++) {
		loaded = sl_load_file(&site, files.gl_pathv[i], NULL,
				      &complaint);
		CHECK_STR(complaint.text, "");
		CHECK(loaded);
		sl_loaded_close(loaded);
	}
	globfree(&files);
}

int main(void)
{
	test_types();
	test_files();
	TEST_END();
}
