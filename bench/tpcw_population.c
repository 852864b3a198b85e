// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_population.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/tpcw_image.h"
#include "bench/tpcw_rows.h"

/* One write for a picture: there are thousands of them. */
static int image_write(int dir, const struct sl_tpcw_model *model,
		       enum sl_tpcw_image_kind kind, u32 number, u8 *file)
{
	u32 bytes = sl_tpcw_image_draw(model, kind, number, file);
	char name[32];
	ssize_t done;
	int fd, err;

	sl_tpcw_image_name(kind, number, name);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	done = write(fd, file, bytes);
	err = done < 0 ? -errno : 0;
	if (done >= 0 && (u32)done < bytes)
		err = -ENOSPC;
	close(fd);
	return err;
}

static int images_write(const char *path, const struct sl_tpcw_model *model,
			FILE *progress)
{
	u8 *file = malloc(SL_TPCW_IMAGE_BYTES_MAX);
	int dir = -1, err = file ? 0 : -ENOMEM;
	u32 i;

	if (!err && mkdir(path, 0755))
		err = -errno;
	if (!err) {
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = dir < 0 ? -errno : 0;
	}
	for (i = 1; i <= SL_TPCW_BUTTONS && !err; i++)
		err = image_write(dir, model, SL_TPCW_BUTTON, i, file);
	for (i = 1; i <= model->items && !err; i++) {
		err = image_write(dir, model, SL_TPCW_THUMB, i, file);
		err = err ?: image_write(dir, model, SL_TPCW_IMAGE, i, file);
	}
	/* Of the whole file system: cheaper than a sync for each file. */
	if (!err && syncfs(dir))
		err = -errno;
	if (!err && progress)
		fprintf(progress, "population: images, %u files\n",
			2 * model->items + SL_TPCW_BUTTONS);
	if (dir >= 0)
		close(dir);
	free(file);
	if (err)
		fprintf(stderr, "%s: cannot be filled with images: %s\n", path,
			strerror(-err));
	return err;
}

/* The directory in which a name is.  Return: a descriptor or an errno. */
static int parent_open(const char *dir)
{
	char path[PATH_MAX];
	const char *slash = strrchr(dir, '/');
	int fd;

	snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - dir) + 1 : 1,
		 slash ? dir : ".");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int fact(sqlite3 *db, const char *name, s64 *value)
{
	sqlite3_stmt *stmt;
	int err = -ENOENT;

	if (sqlite3_prepare_v2(db, "SELECT value FROM population WHERE name=?",
			       -1, &stmt, NULL))
		return -EPROTO;
	sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		*value = sqlite3_column_int64(stmt, 0);
		err = 0;
	}
	sqlite3_finalize(stmt);
	return err;
}

/*
 * Of a database that is not to be touched.  The rows of the population never
 * change, so the log need not be read for them, and must not: whoever closes
 * a log last removes it, under the eyes of a server.
 */
static void uri_make(const char *path, char *uri)
{
	uri = stpcpy(uri, "file:");
	for (; *path; path++)
		if (strchr("?#%", *path))
			uri += sprintf(uri, "%%%02X", *path);
		else
			*uri++ = *path;
	strcpy(uri, "?immutable=1");
}

struct sl_tpcw_model *sl_tpcw_population_read(const char *dir)
{
	struct sl_tpcw_model *model = NULL;
	s64 format = 0, items = 0, browsers = 0, seed = 0;
	char path[PATH_MAX], uri[3 * PATH_MAX + 32];
	sqlite3 *db;
	int err;

	snprintf(path, sizeof(path), "%s/shop.db", dir);
	if (access(path, R_OK))
		return NULL;
	uri_make(path, uri);
	err = sqlite3_open_v2(uri, &db,
			      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) ?
		      -EPROTO :
		      0;
	err = err ?: fact(db, "format", &format);
	err = err ?: fact(db, "items", &items);
	err = err ?: fact(db, "browsers", &browsers);
	err = err ?: fact(db, "seed", &seed);
	sqlite3_close(db);
	if (!err && format == SL_TPCW_FORMAT && items == (u32)items &&
	    browsers == (u32)browsers)
		model = sl_tpcw_model_create(items, browsers, seed);
	if (!model)
		errno = EPROTO;
	return model;
}

static int populated(const char *dir, const struct sl_tpcw_model *want)
{
	struct sl_tpcw_model *have = sl_tpcw_population_read(dir);
	bool same = have && have->items == want->items &&
		    have->browsers == want->browsers &&
		    have->seed == want->seed;

	sl_tpcw_model_destroy(have);
	if (same)
		return 0;
	fprintf(stderr, "%s: holds something else than this population; "
		"remove it or choose another directory\n", dir);
	return -EEXIST;
}

static int make(const char *dir, const char *part, int parent,
		const struct sl_tpcw_model *model, FILE *progress)
{
	char path[PATH_MAX];
	int err;

	err = sl_tpcw_remove(part);
	if (!err && mkdir(part, 0755))
		err = -errno;
	if (err) {
		fprintf(stderr, "%s: cannot be created: %s\n", part,
			strerror(-err));
		return err;
	}
	snprintf(path, sizeof(path), "%s/shop.db", part);
	err = sl_tpcw_rows_write(path, model, progress);
	snprintf(path, sizeof(path), "%s/images", part);
	err = err ?: images_write(path, model, progress);
	if (!err && rename(part, dir)) {
		err = -errno;
		fprintf(stderr, "%s: cannot be renamed to %s: %s\n", part, dir,
			strerror(-err));
	}
	if (!err && fsync(parent))
		err = -errno;
	if (err)
		sl_tpcw_remove(part);
	return err;
}

int sl_tpcw_populate(const char *name, u32 items, u32 browsers, u64 seed,
		     FILE *progress)
{
	struct sl_tpcw_model *model;
	char dir[PATH_MAX - 64], part[PATH_MAX - 32];
	u32 count = strlen(name);
	int parent, err;

	while (count > 1 && name[count - 1] == '/')
		count--;
	if (count >= sizeof(dir))
		return -ENAMETOOLONG;
	snprintf(dir, sizeof(dir), "%.*s", count, name);
	snprintf(part, sizeof(part), "%s.part", dir);
	model = sl_tpcw_model_create(items, browsers, seed);
	if (!model)
		return -errno;
	/* The parent is locked, so that no lock file is left behind. */
	parent = parent_open(dir);
	err = parent < 0 ? parent : 0;
	if (!err && flock(parent, LOCK_EX))
		err = -errno;
	if (err)
		fprintf(stderr, "%s: cannot be created: %s\n", dir,
			strerror(-err));
	else if (!access(dir, F_OK))
		err = populated(dir, model);
	else
		err = make(dir, part, parent, model, progress);
	if (parent >= 0)
		close(parent);
	sl_tpcw_model_destroy(model);
	return err;
}
