/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The largest files of a snapshot.  Directories are looked into in the order of what they hold directly, and the search
 * ends when the next one holds less than the smallest file found: few file lists are read, however large the tree is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "store/files/file_list.h"

#define TOP_DEFAULT 20

struct found {
	char *path;      /* absolute */
	uint64_t bytes, items;
	int64_t mtime;
	bool is_dir;
};

/*
 * The best so far, largest first; by path where sizes are equal, so that the answer does not depend on the order of the
 * search.
 */
struct best {
	struct found *items;
	size_t count, limit;
};

static int compare(const struct found *a, const struct found *b)
{
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return strcmp(a->path, b->path);
}

static bool worth(const struct best *best, uint64_t bytes)
{
	return best->count < best->limit || bytes >= best->items[best->count - 1].bytes;
}

/* Keep a copy if it is among the best.  0 or -ENOMEM. */
static int consider(struct best *best, const struct found *candidate)
{
	struct found one = *candidate;
	size_t low = 0, high = best->count;

	if (!worth(best, one.bytes))
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&best->items[middle], &one) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == best->limit)
		return 0;
	one.path = alloc_copy(one.path, strlen(one.path));
	if (!one.path)
		return -ENOMEM;
	if (best->count == best->limit)
		free(best->items[--best->count].path);
	memmove(&best->items[low + 1], &best->items[low], (best->count - low) * sizeof(*best->items));
	best->items[low] = one;
	best->count++;
	return 0;
}

static void clear(struct best *best)
{
	for (size_t i = 0; i < best->count; i++)
		free(best->items[i].path);
	free(best->items);
}

static int path_of(const struct image *image, uint32_t dir, const void *name, size_t length, struct buf *out)
{
	buf_clear(out);
	buf_str(out, image->root_path);
	if (dir != IMAGE_ROOT) {
		if (out->length && out->data[out->length - 1] != '/')
			buf_char(out, '/');
		image_relative(image, dir, out);
	}
	if (name) {
		if (out->length && out->data[out->length - 1] != '/')
			buf_char(out, '/');
		buf_add(out, name, length);
	}
	return out->failed ? -ENOMEM : 0;
}

static int find_dirs(const struct image *image, uint32_t folder, struct best *best)
{
	struct buf path = {0};
	int rc = 0;

	for (uint32_t i = folder + 1; !rc && i < image->end[folder]; i++) {
		if (!worth(best, image->alloc_bytes[i]))
			continue;
		rc = path_of(image, i, NULL, 0, &path);
		if (!rc)
			rc = consider(best, &(struct found){path.data, image->alloc_bytes[i], image->items[i],
			                                    image_mtime_s(image, i), true});
	}
	buf_free(&path);
	return rc;
}

struct holder {
	uint64_t bytes; /* held directly */
	uint32_t dir;
};

static int by_bytes(const void *left, const void *right)
{
	const struct holder *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->dir < b->dir ? -1 : 1;
}

static int find_files(struct store *store, const struct image *image, uint32_t folder, struct best *best,
                      struct err *err)
{
	size_t count = image->end[folder] - folder;
	struct holder *holders = alloc_array(count, sizeof(*holders));
	struct buf path = {0};
	int rc = holders ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < count; i++)
		holders[i] = (struct holder){image_direct_bytes(image, folder + (uint32_t)i), (uint32_t)(folder + i)};
	if (!rc)
		qsort(holders, count, sizeof(*holders), by_bytes);
	for (size_t i = 0; !rc && i < count && worth(best, holders[i].bytes); i++) {
		struct file_list list;

		rc = file_list_read(store, image, holders[i].dir, &list, err);
		if (rc)
			break;
		for (size_t k = 0; !rc && k < list.count; k++) {
			const struct file_entry *file = &list.items[k];

			if (file->type == NODE_DIR || !worth(best, file->alloc_bytes))
				continue;
			rc = path_of(image, holders[i].dir, file->name, file->name_length, &path);
			if (!rc)
				rc = consider(best,
				              &(struct found){path.data, file->alloc_bytes, 0, file->mtime_s, false});
		}
		file_list_clear(&list);
	}
	buf_free(&path);
	free(holders);
	return rc;
}

static int print_json(const struct snapshot *snapshot, const struct best *best)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", snapshot->scan_root);
	document_int(&json, "snapshot_id", snapshot->id);
	document_array(&json, "entries");
	for (size_t i = 0; i < best->count; i++) {
		const struct found *one = &best->items[i];

		document_object(&json, NULL);
		document_path(&json, "path", one->path);
		document_size(&json, "bytes", one->bytes);
		document_int(&json, "mtime", one->mtime);
		document_bool(&json, "is_dir", one->is_dir);
		document_uint(&json, "items", one->items);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

static int print_table(const struct options *options, const char *folder, const struct snapshot *snapshot,
                       const struct best *best)
{
	const struct table_column columns[] = {{_("size"), true},
	                                       {_("items"), true},
	                                       {_("changed"), false},
	                                       {_("name"), false}};
	char figure[TEXT_FIGURE];
	struct buf text = {0}, safe = {0};
	struct table table;

	buf_printf(&text, "%s  #%lld %s\n", output_safe(&safe, folder), (long long)snapshot->id,
	           text_time(figure, snapshot->finished_at));
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < best->count; i++) {
		const struct found *one = &best->items[i];
		const char *relative = path_below(one->path, folder);

		table_cell(&table, CELL_PLAIN, text_size(figure, one->bytes, options->si));
		table_cell(&table, CELL_PLAIN, one->is_dir ? text_count(figure, one->items) : "");
		table_cell(&table, CELL_PLAIN, one->mtime ? text_time(figure, one->mtime) : "");
		table_cell(&table, CELL_PLAIN, output_safe(&safe, relative ? relative : one->path));
	}
	buf_free(&safe);
	if (best->count)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	return output_text(&text);
}

static int search(struct store *store, const struct options *options, const struct snapshot *snapshot,
                  const char *folder, struct best *best, struct err *err)
{
	const char *relative = path_below(folder, snapshot->scan_root);
	struct image *image = NULL;
	int rc;

	store_read_begin(store);
	rc = snapshot_image(store, snapshot->id, &image, err);
	if (rc) {
		store_read_end(store);
		return rc;
	}
	uint32_t dir = relative ? image_lookup(image, relative, strlen(relative)) : IMAGE_NONE;

	best->limit = options->top < 0 ? TOP_DEFAULT : (size_t)options->top;
	/* No more than there is: -n may be any number. */
	if (best->limit > image->items[IMAGE_ROOT] + 1)
		best->limit = image->items[IMAGE_ROOT] + 1;
	best->items = alloc_array(best->limit, sizeof(*best->items));
	if (dir == IMAGE_NONE) {
		struct buf safe = {0};

		rc = err_set(err, -ENOENT, _("there is no folder %s in snapshot #%lld"), output_safe(&safe, folder),
		             (long long)snapshot->id);
		buf_free(&safe);
	} else if (!best->items) {
		rc = -ENOMEM;
	} else {
		rc = options->dirs ? find_dirs(image, dir, best) : find_files(store, image, dir, best, err);
	}
	store_read_end(store);
	image_free(image);
	return rc;
}

static int run(const struct options *options)
{
	struct database_history history = {0};
	struct snapshot snapshot = {0};
	struct best best = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int status;
	int rc = database_open(options, false, &store, &err);

	if (!rc)
		rc = database_history(store, options->word_count ? options->words[0] : ".", &history, &err);
	if (!rc)
		rc = database_find(store, &history, options->snapshot ? options->snapshot : "latest", 0, &snapshot,
		                   &err);
	if (!rc)
		rc = search(store, options, &snapshot, history.path.data, &best, &err);
	if (rc)
		status = output_fail(&err);
	else
		status = options->json ? print_json(&snapshot, &best)
		                       : print_table(options, history.path.data, &snapshot, &best);
	clear(&best);
	snapshot_clear(&snapshot);
	database_history_clear(&history);
	if (store)
		store_close(store);
	return status;
}

const struct command cmd_top = {
	.name = "top",
	.words = "[PATH]",
	.summary = N_("Show the largest files of a snapshot"),
	.place = IN_TOP,
	.most_words = 1,
	.run = run,
};
