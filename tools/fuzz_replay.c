// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Runs a fuzzer's entry point over files, so that `make check` replays every
 * corpus with a plain compiler.  `make fuzz` has libFuzzer look for more.
 *
 *	stages/net/http_fuzz FILE-OR-DIRECTORY...
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "tools/test.h"

#define INPUT_BYTES_MAX (4u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/*
 * The input is handed over in a block of exactly its size, for AddressSanitizer
 * to see a read past its end.
 */
static void replay_file(const char *path)
{
	static uint8_t input[INPUT_BYTES_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *exact;
	size_t bytes;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		CHECK(file);
		return;
	}
	bytes = fread(input, 1, sizeof(input), file);
	fclose(file);

	exact = malloc(bytes ? bytes : 1);
	if (!exact) {
		CHECK(exact);
		return;
	}
	memcpy(exact, input, bytes);
	CHECK(LLVMFuzzerTestOneInput(exact, bytes) == 0);
	free(exact);
}

static void replay_directory(const char *path)
{
	struct dirent **entry;
	char name[4096];
	int i, count;

	count = scandir(path, &entry, NULL, alphasort);
	CHECK(count >= 0);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			replay_file(name);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
}

int main(int argc, char **argv)
{
	struct stat status;
	int i;

	/* Every fuzzer must bear the empty input, corpus or not. */
	CHECK(LLVMFuzzerTestOneInput((const uint8_t *)"", 0) == 0);
	for (i = 1; i < argc; i++) {
		if (!stat(argv[i], &status) && S_ISDIR(status.st_mode))
			replay_directory(argv[i]);
		else
			replay_file(argv[i]);
	}
	TEST_END();
}
