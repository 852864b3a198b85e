// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipelines/draft.h"

static int load(struct sl_draft *draft, const char *name, const char *text,
		size_t bytes)
{
	int err;

	draft->start = (struct sl_spot){ name, 1, 1 };
	err = sl_tree_read(draft->store, name, text, bytes, &draft->root,
			   draft->complaint);
	if (err)
		return err;
	if (!draft->root)
		return sl_complain(draft->complaint, &draft->start,
				   "the file is empty; it needs at least path: STAGE <-> STAGE");
	if (draft->root->kind != SL_NODE_MAP)
		return sl_complain(draft->complaint, &draft->root->spot,
				   "not a pipeline; begin with KEY: VALUE, as path: net <-> http");

	err = sl_draft_set_file(draft);
	err = err ?: sl_draft_check_keys(draft);
	err = err ?: sl_draft_fill_file(draft);
	err = err ?: sl_draft_collect(draft);
	err = err ?: sl_draft_set_stages(draft);
	err = err ?: sl_draft_fill_stages(draft);
	err = err ?: sl_draft_join(draft);
	err = err ?: sl_draft_fuse(draft);
	err = err ?: sl_draft_transfer(draft);
	err = err ?: sl_draft_check(draft);
	err = err ?: sl_draft_bond(draft);
	err = err ?: sl_draft_schedule(draft);
	return err ?: sl_draft_lanes(draft);
}

/**
 * sl_load_text() - make a graph from the text of a pipeline file
 * @site: what the file may refer to
 * @name: what to call the text in complaints
 * @text: the text, which need not outlive the call
 * @bytes: its length
 * @set: overrides, NULL-terminated; NULL if there are none
 * @complaint: says what is wrong if NULL is returned
 *
 * Return: the graph with what belongs to it, or NULL.
 */
struct sl_loaded *sl_load_text(const struct sl_load_site *site,
			       const char *name, const char *text, size_t bytes,
			       const char *const *set,
			       struct sl_complaint *complaint)
{
	static const char *const nothing[] = { NULL };
	struct sl_loaded *loaded = calloc(1, sizeof(*loaded));
	struct sl_draft *draft = calloc(1, sizeof(*draft));
	int err = -ENOMEM;

	complaint->text[0] = 0;
	if (loaded && draft) {
		draft->site = site;
		draft->complaint = complaint;
		draft->graph = &loaded->graph;
		draft->store = &loaded->store;
		draft->set = set ? set : nothing;
		err = load(draft, name, text, bytes);
	}
	if (err == -ENOMEM) {
		struct sl_spot spot = { name, 0, 0 };

		sl_complain(complaint, &spot,
			    "out of memory; free some and try again");
	}
	if (err) {
		sl_loaded_close(loaded);
		loaded = NULL;
	}
	free(draft);
	return loaded;
}

/* Reads at most one byte more than a pipeline file may have. */
static ssize_t read_all(int fd, char *text)
{
	size_t used = 0;
	ssize_t got;

	while (used <= SL_TREE_BYTES_MAX) {
		got = read(fd, text + used, SL_TREE_BYTES_MAX + 1 - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		used += got;
	}
	return used;
}

static const char *remedy(int err)
{
	switch (err) {
	case ENOENT:
		return "check the name";
	case EISDIR:
		return "name a file in it";
	case EACCES:
		return "check its permissions";
	default:
		return "name a file that can be read";
	}
}

/**
 * sl_load_file() - make a graph from a pipeline file
 * @site: what the file may refer to
 * @path: the file
 * @set: overrides, NULL-terminated; NULL if there are none
 * @complaint: says what is wrong if NULL is returned
 *
 * Return: the graph with what belongs to it, or NULL.
 */
struct sl_loaded *sl_load_file(const struct sl_load_site *site,
			       const char *path, const char *const *set,
			       struct sl_complaint *complaint)
{
	struct sl_spot spot = { path, 0, 0 };
	struct sl_loaded *loaded = NULL;
	ssize_t bytes = -ENOMEM;
	char *text;
	int fd;

	complaint->text[0] = 0;
	text = malloc(SL_TREE_BYTES_MAX + 1);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		bytes = -errno;
	else if (text)
		bytes = read_all(fd, text);

	if (bytes < 0)
		sl_complain(complaint, &spot, "%s; %s", strerror(-bytes),
			    remedy(-bytes));
	else
		loaded = sl_load_text(site, path, text, bytes, set, complaint);
	if (fd >= 0)
		close(fd);
	free(text);
	return loaded;
}

/**
 * sl_loaded_close() - free a graph and all that belongs to it
 * @loaded: what sl_load_file() returned, or NULL
 */
void sl_loaded_close(struct sl_loaded *loaded)
{
	if (!loaded)
		return;
	sl_store_close(&loaded->store);
	free(loaded);
}
