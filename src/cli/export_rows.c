/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/export_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/target.h"
#include "store/exchange/snapshot_own.h"
#include "store/files/file_list.h"

#define FLUSH_BYTES 65536

struct rows {
	struct store *store;
	const struct image *image;
	const struct snapshot *snapshot;
	const struct options *options;
	int fd;
	struct buf out;
	struct buf path;   /* absolute path of the entry at hand */
	struct buf flags;  /* its flags, in words */
	struct snapshot_devices devices;
	struct hash by_inode;
	struct met_inode {
		uint64_t dev, ino;
	} * inodes;        /* those with several names that have had a row */
	size_t inode_capacity;
};

/* One row.  Figures of a directory are those of its subtree. */
struct export_row {
	enum node_type type;
	unsigned depth;
	uint64_t bytes, apparent_bytes, items, files;
	uint64_t own_bytes, own_apparent_bytes;
	int64_t mtime;
	uint32_t errors;
	uint64_t dev, inode; /* 0 = not known, as is the next */
	uint32_t nlink;
	bool first;        /* of its inode */
};

static int flush(struct rows *rows, size_t least)
{
	if (rows->out.failed || rows->path.failed || rows->flags.failed)
		return -ENOMEM;
	if (rows->out.length < least)
		return 0;
	int rc = target_write(rows->fd, rows->out.data, rows->out.length);

	buf_clear(&rows->out);
	return rc;
}

/* ---- cells ---- */

static const char *type_word(enum node_type type)
{
	static const char *const words[] = {"dir", "file", "symlink", "special"};

	return words[type];
}

struct flag_word {
	unsigned flag;
	const char *word;
};

static void add_words(struct buf *out, unsigned flags, const struct flag_word *words)
{
	for (; words->word; words++)
		if (flags & words->flag) {
			if (out->length)
				buf_char(out, ' ');
			buf_str(out, words->word);
		}
}

static void dir_words(struct buf *out, unsigned flags)
{
	static const struct flag_word words[] = {
		{IMAGE_READ_ERROR, "read_error"}, {IMAGE_MOUNT, "mount"},   {IMAGE_CACHE, "cache"},
		{IMAGE_TRUSTED, "trusted"},       {IMAGE_FOLDED, "folded"}, {0, NULL},
	};

	buf_clear(out);
	add_words(out, flags, words);
}

static void file_words(struct buf *out, unsigned flags)
{
	static const struct flag_word words[] = {
		{ROW_ERROR, "read_error"}, {ROW_EXCLUDED, "excluded"}, {ROW_OTHERFS, "otherfs"},
		{ROW_KERNFS, "kernfs"},    {0, NULL},
	};

	buf_clear(out);
	add_words(out, flags, words);
}

static const char *truth(bool is)
{
	return is ? "true" : "false";
}

/* A number that may not be known. */
static void add_number(struct buf *out, uint64_t number, const char *unknown)
{
	if (number)
		buf_printf(out, "%" PRIu64, number);
	else
		buf_str(out, unknown);
}

/*
 * RFC 4180: in quotes, quotes doubled.  What is in them is safe to print, as on a screen, and no formula to a
 * spreadsheet: those begin with one of four signs, and with a ' in front are text.  True when the cell is not the very
 * bytes.
 */
static bool csv_bytes(struct buf *out, const char *bytes, size_t n)
{
	struct buf safe = {0};
	bool formula = n && memchr("=+-@", bytes[0], 4);

	text_safe(&safe, bytes, n, false);
	buf_str(out, formula ? "\"'" : "\"");
	for (size_t i = 0; i < safe.length; i++) {
		if (safe.data[i] == '"')
			buf_char(out, '"');
		buf_char(out, safe.data[i]);
	}
	buf_char(out, '"');
	bool same = !formula && safe.length == n && (!n || !memcmp(safe.data, bytes, n));

	out->failed |= safe.failed;
	buf_free(&safe);
	return !same;
}

static void csv_row(struct rows *rows, const struct export_row *row)
{
	struct buf *out = &rows->out;
	bool changed = csv_bytes(out, rows->path.data, rows->path.length);

	buf_printf(out,
	           ",%s,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%" PRIu32 ",%" PRId64 ",%" PRId64
	           ",",
	           truth(row->type == NODE_DIR), row->depth, row->bytes, row->apparent_bytes, row->items, row->files,
	           row->mtime, row->errors, rows->snapshot->id, rows->snapshot->finished_at);
	csv_bytes(out, rows->snapshot->host, strlen(rows->snapshot->host));
	buf_char(out, ',');
	if (changed)
		text_base64(out, rows->path.data, rows->path.length);
	buf_printf(out, ",%s,%" PRIu64 ",%" PRIu64 ",", type_word(row->type), row->own_bytes, row->own_apparent_bytes);
	add_number(out, row->dev, "");
	buf_char(out, ',');
	add_number(out, row->inode, "");
	buf_char(out, ',');
	add_number(out, row->nlink, "");
	buf_printf(out, ",%s,%s\r\n", truth(row->first), rows->flags.length ? rows->flags.data : "");
}

static void json_row(struct rows *rows, const struct export_row *row)
{
	const struct {
		const char *name;
		uint64_t bytes;
	} sizes[] = {{"bytes", row->bytes},
	             {"apparent_bytes", row->apparent_bytes},
	             {"own_bytes", row->own_bytes},
	             {"own_apparent_bytes", row->own_apparent_bytes}};
	struct buf *out = &rows->out;
	bool lost = false, host_lost = false;

	buf_str(out, "{\"path\":");
	text_json(out, rows->path.data, rows->path.length, &lost);
	if (lost) {
		buf_str(out, ",\"path_b64\":\"");
		text_base64(out, rows->path.data, rows->path.length);
		buf_char(out, '"');
	}
	buf_printf(out,
	           ",\"is_dir\":%s,\"depth\":%u,\"bytes\":%" PRIu64 ",\"apparent_bytes\":%" PRIu64 ",\"items\":%" PRIu64
	           ",\"files\":%" PRIu64 ",\"mtime\":%" PRId64 ",\"errors\":%" PRIu32 ",\"snapshot_id\":%" PRId64
	           ",\"time\":%" PRId64 ",\"host\":",
	           truth(row->type == NODE_DIR), row->depth, row->bytes, row->apparent_bytes, row->items, row->files,
	           row->mtime, row->errors, rows->snapshot->id, rows->snapshot->finished_at);
	text_json(out, rows->snapshot->host, strlen(rows->snapshot->host), &host_lost);
	buf_printf(out, ",\"type\":\"%s\",\"own_bytes\":%" PRIu64 ",\"own_apparent_bytes\":%" PRIu64 ",\"dev\":",
	           type_word(row->type), row->own_bytes, row->own_apparent_bytes);
	add_number(out, row->dev, "null");
	buf_str(out, ",\"inode\":");
	add_number(out, row->inode, "null");
	buf_str(out, ",\"nlink\":");
	add_number(out, row->nlink, "null");
	buf_printf(out, ",\"first\":%s,\"flags\":\"%s\"", truth(row->first),
	           rows->flags.length ? rows->flags.data : "");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (sizes[i].bytes == FIGURE_BEYOND)
			buf_printf(out, ",\"%s_beyond\":true", sizes[i].name);
	buf_str(out, "}\n");
}

static int add_row(struct rows *rows, const struct export_row *row)
{
	if (rows->options->format == FORMAT_CSV)
		csv_row(rows, row);
	else
		json_row(rows, row);
	return flush(rows, FLUSH_BYTES);
}

/* ---- entries ---- */

/* Is it the first name of an inode? */
static int meet(struct rows *rows, uint64_t dev, uint64_t ino, bool *first)
{
	uint32_t hash = (uint32_t)((ino ^ dev << 32 ^ dev >> 32) * 0x9e3779b97f4a7c15u >> 32),
		 count = rows->by_inode.count;

	*first = false;
	HASH_EACH (&rows->by_inode, hash, i)
		if (rows->inodes[i].ino == ino && rows->inodes[i].dev == dev)
			return 0;
	if (alloc_room(&rows->inodes, &rows->inode_capacity, count + 1u))
		return -ENOMEM;
	rows->inodes[count] = (struct met_inode){dev, ino};
	*first = true;
	return hash_add(&rows->by_inode, hash, count);
}

static int add_file(struct rows *rows, const struct file_entry *file, unsigned depth, uint64_t dev)
{
	bool leaf = file->flags & ROW_LEAF;
	struct export_row row = {
		.type = file->type,
		.depth = depth,
		.bytes = file->alloc_bytes,
		.apparent_bytes = file->apparent_bytes,
		.own_bytes = file->alloc_bytes,
		.own_apparent_bytes = file->apparent_bytes,
		.mtime = file->mtime_s,
		.errors = (file->flags & ROW_ERROR) != 0,
		.dev = leaf ? 0 : dev,
		.inode = file->ino,
		.nlink = leaf ? 0 : file->nlink,
		.first = true,
	};
	int rc = file->nlink > 1 ? meet(rows, dev, file->ino, &row.first) : 0;

	file_words(&rows->flags, file->flags);
	return rc ? rc : add_row(rows, &row);
}

static int add_files(struct rows *rows, const struct file_list *list, unsigned depth, uint64_t dev)
{
	size_t folder = rows->path.length;
	int rc = 0;

	for (size_t i = 0; !rc && i < list->count; i++) {
		rows->path.length = folder;
		if (!folder || rows->path.data[folder - 1] != '/')
			buf_char(&rows->path, '/');
		buf_add(&rows->path, list->items[i].name, list->items[i].name_length);
		rc = add_file(rows, &list->items[i], depth, dev);
	}
	rows->path.length = folder;
	return rc;
}

/* `cut`: what is below it has no rows, and belongs to it. */
static int add_dir(struct rows *rows, uint32_t dir, unsigned depth, bool cut, struct err *err)
{
	const struct image *image = rows->image;
	struct file_list list = {0};
	struct export_row row = {
		.type = NODE_DIR,
		.depth = depth,
		.bytes = image->alloc_bytes[dir],
		.apparent_bytes = image->apparent_bytes[dir],
		.own_bytes = image->alloc_bytes[dir],
		.own_apparent_bytes = image->apparent_bytes[dir],
		.items = image->items[dir],
		.files = image->files[dir],
		.mtime = image_mtime_s(image, dir),
		.errors = image->errors[dir],
		.dev = snapshot_device(&rows->devices, image->fs[dir]),
		.inode = image->ino[dir],
		.first = true,
	};
	int rc = cut ? 0 : file_list_read(rows->store, image, dir, &list, err);

	if (rc)
		return rc;
	if (!cut)
		file_list_own(image, dir, &list, &row.own_bytes, &row.own_apparent_bytes);
	buf_clear(&rows->path);
	buf_str(&rows->path, image->root_path);
	if (dir != IMAGE_ROOT) {
		if (rows->path.length && rows->path.data[rows->path.length - 1] != '/')
			buf_char(&rows->path, '/');
		image_relative(image, dir, &rows->path);
	}
	dir_words(&rows->flags, image->flags[dir]);
	rc = add_row(rows, &row);
	if (!rc)
		rc = add_files(rows, &list, depth + 1, row.dev);
	file_list_clear(&list);
	return rc;
}

static int add_rows(struct rows *rows, struct err *err)
{
	const struct image *image = rows->image;
	unsigned limit = rows->options->depth < 0 ? UINT32_MAX : (unsigned)rows->options->depth;

	if (rows->options->format == FORMAT_CSV)
		buf_str(&rows->out, "path,is_dir,depth,bytes,apparent_bytes,items,files,mtime,errors,snapshot_id,time,"
		                    "host,path_b64,type,own_bytes,own_apparent_bytes,dev,inode,nlink,first,flags\r\n");
	for (uint32_t i = 0; i < image->count;) {
		unsigned depth = image_depth(image, i);

		if (atomic_load_explicit(interrupt_flag(), memory_order_relaxed))
			return err_set(err, -ECANCELED, "%s", _("interrupted"));
		if (depth > limit) {
			i = image->end[i];
			continue;
		}
		int rc = add_dir(rows, i, depth, depth == limit, err);

		if (rc)
			return rc;
		i++;
	}
	return flush(rows, 1);
}

int export_rows(struct store *store, const struct image *image, const struct snapshot *snapshot,
                const struct options *options, int fd, struct err *err)
{
	struct rows rows = {.store = store, .image = image, .snapshot = snapshot, .options = options, .fd = fd};
	int rc = snapshot_devices_read(store, snapshot->id, &rows.devices, err);

	if (!rc)
		rc = add_rows(&rows, err);
	buf_free(&rows.out);
	buf_free(&rows.path);
	buf_free(&rows.flags);
	snapshot_devices_clear(&rows.devices);
	hash_free(&rows.by_inode);
	free(rows.inodes);
	return rc;
}
