/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A snapshot in ncdu's formats: the directories of its image, each merged with its list of files.  Nothing recurses. */
#include "store/exchange/ncdu_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/exchange/ncdu_writer.h"
#include "store/exchange/snapshot_own.h"

struct image_level {
	uint32_t dir;
	uint32_t child, child_end; /* in image->children */
	struct file_list files;
	size_t file;
};

struct image_export {
	struct store *store;
	const struct image *image;
	const struct ncdu_export_options *options;
	struct ncdu_writer *writer;
	struct image_level *levels;
	size_t depth, capacity;
	struct snapshot_devices devices;
};

/* Write a directory's own line and make it the innermost level, or close it when the depth ends here. */
static int enter_image_dir(struct image_export *export, uint32_t dir, struct err *err)
{
	const struct image *image = export->image;
	bool cut = export->options->depth >= 0 && export->depth >= (size_t) export->options->depth;
	uint64_t dev = snapshot_device(&export->devices, image->fs[dir]),
		 parent_dev = dir == IMAGE_ROOT ? 0 : snapshot_device(&export->devices, image->fs[image->parent[dir]]);
	struct file_list files = {0};
	struct ncdu_item item = {
		.name = dir == IMAGE_ROOT ? NULL : (const unsigned char *)image_name(image, dir),
		.length = image_name_length(image, dir),
		.is_dir = true,
		.dev = dev != parent_dev ? dev : 0,
		.read_error = (image->flags[dir] & IMAGE_READ_ERROR) != 0,
		.excluded = image->flags[dir] & IMAGE_CACHE ? "pattern" : NULL,
		.leaf = (image->flags[dir] & IMAGE_CACHE) != 0,
		.has_mtime = export->options->extended && !(image->flags[dir] & IMAGE_CACHE),
		.mtime_s = image_mtime_s(image, dir),
	};

	if (cut) {
		item.alloc_bytes = image->alloc_bytes[dir];
		item.apparent_bytes = image->apparent_bytes[dir];
		ncdu_put_item(export->writer, &item);
		return ncdu_put_end_dir(export->writer);
	}
	if (alloc_room(&export->levels, &export->capacity, export->depth + 1))
		return -ENOMEM;
	int error = file_list_read(export->store, image, dir, &files, err);

	if (error)
		return error;
	file_list_own(image, dir, &files, &item.alloc_bytes, &item.apparent_bytes);
	export->levels[export->depth++] = (struct image_level){.dir = dir,
	                                                       .child = image->child_first[dir],
	                                                       .child_end = image->child_first[dir + 1],
	                                                       .files = files};
	return ncdu_put_item(export->writer, &item);
}

static int export_file(struct image_export *export, const struct file_entry *file)
{
	struct ncdu_item item = {
		.name = file->name,
		.length = file->name_length,
		.alloc_bytes = file->alloc_bytes,
		.apparent_bytes = file->apparent_bytes,
		.has_mtime = export->options->extended && !(file->flags & ROW_LEAF),
		.mtime_s = file->mtime_s,
	};

	ncdu_item_leaf(&item, file->type, file->flags, file->ino, file->nlink);
	int rc = ncdu_put_item(export->writer, &item);

	return item.is_dir ? ncdu_put_end_dir(export->writer) : rc;
}

static int compare_names(const void *a, size_t a_length, const void *b, size_t b_length)
{
	int c = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return c ? c : a_length < b_length ? -1 : a_length > b_length;
}

/* The next entry of the innermost level: its files and its subdirectories are merged by name. */
static int export_next(struct image_export *export, struct err *err)
{
	const struct image *image = export->image;
	struct image_level *level = &export->levels[export->depth - 1];
	const struct file_entry *file = level->file < level->files.count ? &level->files.items[level->file] : NULL;

	if (level->child < level->child_end) {
		uint32_t child = image->children[level->child];

		if (!file || compare_names(image_name(image, child), image_name_length(image, child), file->name,
		                           file->name_length) < 0) {
			level->child++;
			return enter_image_dir(export, child, err);
		}
	}
	if (file) {
		level->file++;
		return export_file(export, file);
	}
	file_list_clear(&level->files);
	export->depth--;
	return ncdu_put_end_dir(export->writer);
}

int ncdu_export_snapshot(struct store *store, const struct image *image, const struct ncdu_export_options *options,
                         int fd, struct err *err)
{
	struct image_export export = {.store = store,
	                              .image = image,
	                              .options = options,
	                              .writer = ncdu_writer_create(options, fd)};
	struct err cause = {{0}};

	if (!export.writer)
		return err_set(err, -ENOMEM, _("out of memory while writing the export"));
	store_read_begin(store);
	int error = snapshot_devices_read(store, image->snapshot_id, &export.devices, &cause);

	if (!error) {
		ncdu_put_header(export.writer, options->timestamp, image->root_path);
		error = enter_image_dir(&export, IMAGE_ROOT, &cause);
	}
	while (!error && export.depth)
		error = export_next(&export, &cause);
	store_read_end(store);
	while (export.depth)
		file_list_clear(&export.levels[--export.depth].files);
	free(export.levels);
	snapshot_devices_clear(&export.devices);
	error = ncdu_writer_finish(export.writer, error, err);
	if (error && cause.text[0] && err)
		*err = cause; /* the store's own sentence says more */
	return error;
}
