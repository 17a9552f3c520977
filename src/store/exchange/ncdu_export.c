/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ncdu's JSON, version 1.2 (https://dev.yorhel.nl/ncdu/jsonfmt).  The bytes are chosen as ncdu chooses them: one entry
 * a line, zero sizes left out, names raw but for quote, backslash and control bytes, `dev` only where it differs from
 * the parent's.  What differs:
 * siblings come in the order of their names' bytes, and excluded directories keep their brackets, so that their type
 * survives.
 *
 * Nothing recurses: a tree may be deeper than any stack.  A level is a cursor over its directory's sorted rows; the
 * sorted rows of all open levels lie behind one another in one array.
 */
#include "store/exchange/ncdu.h"

#include <errno.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "config.h"
#include "store/files/file_list.h"

#define WRITER_SIZE ((size_t)256 << 10)
#define WRITER_SLACK 4096 /* an entry never needs more: 255 bytes of name as \u00xx and all fields */

/* ---- bytes ---- */

struct writer {
	int fd;
	int error;   /* the first failure; later output is dropped */
	size_t used;
	char bytes[WRITER_SIZE + WRITER_SLACK];
};

static void flush(struct writer *writer)
{
	size_t at = 0;

	while (at < writer->used && !writer->error) {
		ssize_t n = write(writer->fd, writer->bytes + at, writer->used - at);

		if (n >= 0) {
			at += (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd ready = {.fd = writer->fd, .events = POLLOUT};

			poll(&ready, 1, -1);
		} else if (errno != EINTR) {
			writer->error = -errno;
		}
	}
	writer->used = 0;
}

/* Room for one more entry. */
static inline void reserve(struct writer *writer)
{
	if (writer->used >= WRITER_SIZE)
		flush(writer);
}

static inline void put(struct writer *writer, const char *bytes, size_t n)
{
	memcpy(writer->bytes + writer->used, bytes, n);
	writer->used += n;
}

#define put_literal(writer, literal) put(writer, literal, sizeof(literal) - 1)

static void put_number(struct writer *writer, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	put(writer, digits + at, sizeof(digits) - at);
}

/* Inside the quotes; at most 6 bytes each. */
static void put_escaped(struct writer *writer, const unsigned char *name, size_t length)
{
	static const char hex[16] = "0123456789abcdef";
	char *out = writer->bytes + writer->used;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = name[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '\\';
		switch (c) {
		case '"': *out++ = '"'; break;
		case '\\': *out++ = '\\'; break;
		case '\b': *out++ = 'b'; break;
		case '\f': *out++ = 'f'; break;
		case '\n': *out++ = 'n'; break;
		case '\r': *out++ = 'r'; break;
		case '\t': *out++ = 't'; break;
		default:
			memcpy(out, "u00", 3);
			out[3] = hex[c >> 4];
			out[4] = hex[c & 15];
			out += 5;
		}
	}
	writer->used = (size_t)(out - writer->bytes);
}

/* A path may be longer than the slack. */
static void put_path(struct writer *writer, const char *path)
{
	size_t length = strlen(path);

	while (length) {
		size_t n = length < 256 ? length : 256;

		reserve(writer);
		put_escaped(writer, (const unsigned char *)path, n);
		path += n;
		length -= n;
	}
	reserve(writer);
}

/* ---- entries ---- */

/* What an info object says.  Zero means absent, but for the root's device. */
struct item {
	const unsigned char *name; /* NULL: the root, whose name is put already */
	size_t length;
	uint64_t apparent_bytes, alloc_bytes;
	uint64_t dev;              /* 0 = as the parent */
	struct node_extended extended;
	bool has_mtime;
	int64_t mtime_s;
	uint64_t ino;              /* of a linked file */
	uint32_t nlink;
	bool is_dir, linked, read_error, notreg;
	const char *excluded;      /* "pattern", "otherfs", "kernfs" or NULL */
};

/* Without a closing bracket. */
static void put_item(struct writer *writer, const struct item *item)
{
	reserve(writer);
	if (item->name) {
		if (item->is_dir)
			put_literal(writer, ",\n[{\"name\":\"");
		else
			put_literal(writer, ",\n{\"name\":\"");
		put_escaped(writer, item->name, item->length);
	}
	put_literal(writer, "\"");
	if (item->apparent_bytes) {
		put_literal(writer, ",\"asize\":");
		put_number(writer, item->apparent_bytes);
	}
	if (item->alloc_bytes) {
		put_literal(writer, ",\"dsize\":");
		put_number(writer, item->alloc_bytes);
	}
	if (item->dev) {
		put_literal(writer, ",\"dev\":");
		put_number(writer, item->dev);
	}
	if (item->extended.known) {
		put_literal(writer, ",\"uid\":");
		put_number(writer, item->extended.uid);
		put_literal(writer, ",\"gid\":");
		put_number(writer, item->extended.gid);
		put_literal(writer, ",\"mode\":");
		put_number(writer, item->extended.mode);
	}
	if (item->has_mtime) {
		put_literal(writer, ",\"mtime\":");
		if (item->mtime_s < 0)
			put_literal(writer, "-");
		put_number(writer, item->mtime_s < 0 ? 0 - (uint64_t)item->mtime_s : (uint64_t)item->mtime_s);
	}
	if (item->linked) {
		put_literal(writer, ",\"ino\":");
		put_number(writer, item->ino);
		put_literal(writer, ",\"hlnkc\":true,\"nlink\":");
		put_number(writer, item->nlink);
	}
	if (item->read_error)
		put_literal(writer, ",\"read_error\":true");
	if (item->notreg)
		put_literal(writer, ",\"notreg\":true");
	if (item->excluded) {
		put_literal(writer, ",\"excluded\":\"");
		put(writer, item->excluded, strlen(item->excluded));
		put_literal(writer, "\"");
	}
	put_literal(writer, "}");
}

static void put_header(struct writer *writer, int64_t timestamp, const char *root_path)
{
	put_literal(writer, "[1,2,{\"progname\":\"disktracker\",\"progver\":\"" PACKAGE_VERSION "\",\"timestamp\":");
	put_number(writer, timestamp > 0 ? (uint64_t)timestamp : 0);
	put_literal(writer, "},\n[{\"name\":\"");
	put_path(writer, root_path);
}

static void put_end_dir(struct writer *writer)
{
	reserve(writer);
	put_literal(writer, "]");
}

static const char *excluded_word(unsigned row_flags)
{
	if (row_flags & ROW_EXCLUDED)
		return "pattern";
	if (row_flags & ROW_OTHERFS)
		return "otherfs"; /* what every ncdu reads, though 1.x writes "othfs" */
	return row_flags & ROW_KERNFS ? "kernfs" : NULL;
}

/* Type and flags of an entry that is not an entered directory. */
static void item_leaf(struct item *item, enum node_type type, unsigned row_flags, uint64_t ino, uint32_t nlink)
{
	item->is_dir = type == NODE_DIR;
	item->excluded = excluded_word(row_flags);
	item->read_error = (row_flags & ROW_ERROR) != 0;
	if (row_flags & ROW_LEAF)
		return; /* was not stat-ed: nothing more is known */
	item->notreg = type != NODE_DIR && type != NODE_REG;
	if (nlink > 1) {
		item->linked = true;
		item->ino = ino;
		item->nlink = nlink;
	}
}

static int finish(struct writer *writer, int error, struct err *err)
{
	if (!error) {
		put_literal(writer, "]\n");
		flush(writer);
		error = writer->error;
	}
	free(writer);
	if (error == -ENOMEM)
		return err_set(err, error, _("out of memory while writing the export"));
	if (error)
		return err_set(err, error, _("the export cannot be written: %s"), strerror(-error));
	return 0;
}

static struct writer *writer_create(int fd)
{
	struct writer *writer = alloc_resize(NULL, 1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->fd = fd;
	writer->error = 0;
	writer->used = 0;
	return writer;
}

/* ---- of a tree ---- */

/*
 * A row by its name: eight bytes of it as a number, from where the names of its folder begin to differ, decide nearly
 * always.
 */
struct ordered {
	uint64_t prefix;
	const unsigned char *name; /* length byte, then the name */
	uint32_t row;
};

static inline bool name_less(const struct ordered *a, const struct ordered *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	size_t n = a->name[0] < b->name[0] ? a->name[0] : b->name[0];
	int c = memcmp(a->name + 1, b->name + 1, n);

	return c ? c < 0 : a->name[0] < b->name[0];
}

/* How many bytes all names begin with alike. */
static size_t common_length(const struct ordered *rows, size_t count)
{
	size_t common = count ? rows[0].name[0] : 0;

	for (size_t i = 1; i < count && common; i++) {
		size_t n = 0;

		while (n < common && n < rows[i].name[0] && rows[i].name[1 + n] == rows[0].name[1 + n])
			n++;
		common = n;
	}
	return common;
}

/* A shorter name is filled up with zeros, which no name holds. */
static uint64_t name_prefix(const unsigned char *name, size_t from)
{
	uint64_t prefix = 0;

	for (size_t i = from; i < from + 8; i++)
		prefix = prefix << 8 | (i < name[0] ? name[1 + i] : 0);
	return prefix;
}

#define SORT_RUN 12

/* Merge sort, `spare` as large as `rows`.  The order is total, names being unique. */
static void sort_rows(struct ordered *rows, size_t count, struct ordered *spare)
{
	for (size_t from = 0; from < count; from += SORT_RUN) {
		size_t to = from + SORT_RUN < count ? from + SORT_RUN : count;

		for (size_t i = from + 1; i < to; i++) {
			struct ordered row = rows[i];
			size_t j = i;

			for (; j > from && name_less(&row, &rows[j - 1]); j--)
				rows[j] = rows[j - 1];
			rows[j] = row;
		}
	}
	struct ordered *source = rows, *target = spare;

	for (size_t run = SORT_RUN; run < count; run *= 2) {
		for (size_t from = 0; from < count; from += 2 * run) {
			size_t middle = from + run < count ? from + run : count,
			       to = from + 2 * run < count ? from + 2 * run : count;
			size_t a = from, b = middle;

			for (size_t out = from; out < to; out++) {
				bool right = b < to && (a == middle || name_less(&source[b], &source[a]));

				target[out] = source[right ? b++ : a++];
			}
		}
		struct ordered *swap = source;

		source = target;
		target = swap;
	}
	if (source != rows)
		memcpy(rows, source, count * sizeof(*rows));
}

struct tree_level {
	const struct node_block *block;
	size_t first, next, end; /* in `rows` */
	uint16_t fs;
};

struct tree_export {
	const struct tree *tree;
	const struct ncdu_export_options *options;
	struct writer *writer;
	struct tree_level *levels;
	size_t depth, level_capacity;
	struct ordered *rows;    /* of all open levels; behind them room to sort the last one */
	size_t row_capacity;
	uint64_t *dev;           /* of each file-system slot */
	size_t dev_count;
};

/* Sort a listed directory's rows and make it the innermost level. */
static int enter_dir(struct tree_export *export, dir_id dir)
{
	const struct node_block *block = tree_block(export->tree, dir);
	size_t count = block ? tree_count(block) : 0, first = export->depth ? export->levels[export->depth - 1].end : 0;
	struct tree_level *levels = alloc_grow(export->levels, &export->level_capacity, export->depth + 1,
	                                       sizeof(*levels));

	if (!levels)
		return -ENOMEM;
	export->levels = levels;
	struct ordered *rows = alloc_grow(export->rows, &export->row_capacity, first + 2 * count, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	export->rows = rows;
	size_t end = first;

	for (size_t i = 0; i < count; i++) {
		uint64_t word = atomic_load_explicit(&((struct node_block *)block)->rows[i].word, memory_order_acquire);

		if (row_flags(word) & ROW_GONE)
			continue;
		rows[end++] = (struct ordered){0, (const unsigned char *)block + block->rows[i].name, (uint32_t)i};
	}
	size_t common = common_length(rows + first, end - first);

	for (size_t i = first; i < end; i++)
		rows[i].prefix = name_prefix(rows[i].name, common);
	sort_rows(rows + first, end - first, rows + end);
	levels[export->depth++] = (struct tree_level){.block = block,
	                                              .first = first,
	                                              .next = first,
	                                              .end = end,
	                                              .fs = tree_cold(export->tree, dir)->fs};
	return 0;
}

static uint64_t export_dev(const struct tree_export *export, uint16_t slot)
{
	return slot < export->dev_count ? export->dev[slot] : 0;
}

/* The info of an entered directory.  `cut`: its totals stand for everything below. */
static void item_dir(const struct tree_export *export, struct item *item, const struct node *node, dir_id dir,
                     uint64_t parent_dev, bool cut)
{
	const struct node_cold *cold = tree_cold(export->tree, dir);
	uint64_t dev = export_dev(export, cold->fs);

	item->is_dir = true;
	item->alloc_bytes = cut ? node->alloc_bytes : cold->own_alloc_bytes;
	item->apparent_bytes = cut ? node->apparent_bytes : cold->own_apparent_bytes;
	item->dev = dev != parent_dev ? dev : 0;
	item->read_error = (node->dir_flags & DIR_READ_ERROR) != 0;
	item->excluded = node->dir_flags & DIR_CACHE ? "pattern" : NULL;
	item->has_mtime = export->options->extended && !item->excluded;
	item->mtime_s = node->mtime_s;
}

static int export_row(struct tree_export *export)
{
	struct tree_level *level = &export->levels[export->depth - 1];
	uint32_t row = export->rows[level->next++].row;
	struct node node;

	tree_node(export->tree, level->block, row, &node);
	struct item item = {.name = node.name, .length = node.name_length};

	if (export->options->extended)
		tree_extended(export->tree, level->block, row, &item.extended);
	if (node.dir == DIR_NONE) {
		item.alloc_bytes = node.alloc_bytes;
		item.apparent_bytes = node.apparent_bytes;
		item.has_mtime = export->options->extended && !(node.flags & ROW_LEAF);
		item.mtime_s = node.mtime_s;
		item_leaf(&item, node.type, node.flags, node.ino, node.nlink);
		/* a file mounted over a file: its inode number is another file system's */
		if (item.linked && node.fs != level->fs)
			item.dev = export_dev(export, node.fs);
		put_item(export->writer, &item);
		if (item.is_dir)
			put_end_dir(export->writer);
		return export->writer->error;
	}
	bool cut = export->options->depth >= 0 && export->depth >= (size_t)export->options->depth;

	item_dir(export, &item, &node, node.dir, export_dev(export, level->fs), cut);
	put_item(export->writer, &item);
	if (!cut)
		return export->writer->error ? export->writer->error : enter_dir(export, node.dir);
	put_end_dir(export->writer);
	return export->writer->error;
}

static int export_root(struct tree_export *export)
{
	struct item item = {0};
	struct node node;
	bool cut = export->options->depth == 0;

	put_header(export->writer, export->options->timestamp, tree_root_path(export->tree));
	tree_dir_node(export->tree, DIR_ROOT, &node);
	if (export->options->extended)
		tree_extended_root(export->tree, &item.extended);
	item_dir(export, &item, &node, DIR_ROOT, 0, cut);
	put_item(export->writer, &item);
	if (!cut)
		return enter_dir(export, DIR_ROOT);
	put_end_dir(export->writer);
	return 0;
}

int ncdu_export_tree(const struct tree *tree, const struct ncdu_export_options *options, int fd, struct err *err)
{
	struct tree_export export = {.tree = tree,
	                             .options = options,
	                             .writer = writer_create(fd),
	                             .dev_count = tree_fs_count(tree)};

	if (!export.writer)
		return err_set(err, -ENOMEM, _("out of memory while writing the export"));
	export.dev = alloc_array(export.dev_count, sizeof(*export.dev));
	int error = export.dev ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < export.dev_count; i++)
		export.dev[i] = tree_fs(tree, (uint16_t)i).dev;
	unsigned pin = tree_pin(tree);

	if (!error)
		error = export_root(&export);
	while (!error && export.depth) {
		struct tree_level *level = &export.levels[export.depth - 1];

		if (level->next < level->end) {
			error = export_row(&export);
		} else {
			export.depth--;
			put_end_dir(export.writer);
		}
	}
	tree_unpin(tree, pin);
	free(export.levels);
	free(export.rows);
	free(export.dev);
	return finish(export.writer, error, err);
}

/* ---- of a snapshot ---- */

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
	struct writer *writer;
	struct image_level *levels;
	size_t depth, capacity;
	uint64_t *dev;             /* of each file-system slot */
	size_t dev_count, dev_capacity;
};

/* The devices of the snapshot's slots, as they were then. */
static int read_devices(struct image_export *export, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = store_handle(export->store);
	int error = 0;

	if (sqlite3_prepare_v2(db, "SELECT fs, dev FROM devices WHERE snapshot_id = ?", -1, &statement, NULL) !=
	    SQLITE_OK)
		return err_set(err, -EIO, _("the database cannot be read: %s"), sqlite3_errmsg(db));
	sqlite3_bind_int64(statement, 1, export->image->snapshot_id);
	while (!error && sqlite3_step(statement) == SQLITE_ROW) {
		size_t slot = (size_t)sqlite3_column_int64(statement, 0);

		if (slot > UINT16_MAX)
			continue;
		if (slot >= export->dev_count) {
			uint64_t *dev = alloc_grow(export->dev, &export->dev_capacity, slot + 1, sizeof(*dev));

			if (!dev) {
				error = -ENOMEM;
				break;
			}
			memset(dev + export->dev_count, 0, (slot + 1 - export->dev_count) * sizeof(*dev));
			export->dev = dev;
			export->dev_count = slot + 1;
		}
		export->dev[slot] = (uint64_t)sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	return error;
}

static uint64_t image_dev(const struct image_export *export, uint32_t dir)
{
	uint16_t slot = export->image->fs[dir];

	return slot < export->dev_count ? export->dev[slot] : 0;
}

/*
 * What stands for the directory itself: its inode, and where deeper directories were too long to be stored and are
 * folded into it, those too (allocated bytes: the rest of its total; there is no such rest for the apparent ones of a
 * linked file, hence at least its own).
 */
static void image_own(const struct image *image, uint32_t dir, const struct file_list *files, uint64_t *alloc_bytes,
                      uint64_t *apparent_bytes)
{
	*alloc_bytes = image->own_bytes[dir];
	*apparent_bytes = image->own_apparent_bytes[dir];
	if (!(image->flags[dir] & IMAGE_FOLDED))
		return;
	uint64_t alloc = image_direct_bytes(image, dir) - image->own_bytes[dir], apparent = 0;

	for (size_t i = 0; i < files->count; i++)
		apparent = figure_sum(apparent, files->items[i].apparent_bytes);
	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++) {
		alloc = figure_sum(alloc, image->alloc_bytes[image->children[i]]);
		apparent = figure_sum(apparent, image->apparent_bytes[image->children[i]]);
	}
	if (image->alloc_bytes[dir] > figure_sum(alloc, *alloc_bytes))
		*alloc_bytes = image->alloc_bytes[dir] - alloc;
	if (image->apparent_bytes[dir] > figure_sum(apparent, *apparent_bytes))
		*apparent_bytes = image->apparent_bytes[dir] - apparent;
}

/* Write a directory's own line and make it the innermost level, or close it when the depth ends here. */
static int enter_image_dir(struct image_export *export, uint32_t dir, struct err *err)
{
	const struct image *image = export->image;
	bool cut = export->options->depth >= 0 && export->depth >= (size_t)export->options->depth;
	uint64_t dev = image_dev(export, dir),
		 parent_dev = dir == IMAGE_ROOT ? 0 : image_dev(export, image->parent[dir]);
	struct file_list files = {0};
	struct item item = {
		.name = dir == IMAGE_ROOT ? NULL : (const unsigned char *)image_name(image, dir),
		.length = image_name_length(image, dir),
		.is_dir = true,
		.dev = dev != parent_dev ? dev : 0,
		.read_error = (image->flags[dir] & IMAGE_READ_ERROR) != 0,
		.excluded = image->flags[dir] & IMAGE_CACHE ? "pattern" : NULL,
		.has_mtime = export->options->extended && !(image->flags[dir] & IMAGE_CACHE),
		.mtime_s = image_mtime_s(image, dir),
	};

	if (cut) {
		item.alloc_bytes = image->alloc_bytes[dir];
		item.apparent_bytes = image->apparent_bytes[dir];
		put_item(export->writer, &item);
		put_end_dir(export->writer);
		return export->writer->error;
	}
	struct image_level *levels = alloc_grow(export->levels, &export->capacity, export->depth + 1, sizeof(*levels));

	if (!levels)
		return -ENOMEM;
	export->levels = levels;
	int error = file_list_read(export->store, image, dir, &files, err);

	if (error)
		return error;
	image_own(image, dir, &files, &item.alloc_bytes, &item.apparent_bytes);
	put_item(export->writer, &item);
	levels[export->depth++] = (struct image_level){.dir = dir,
	                                               .child = image->child_first[dir],
	                                               .child_end = image->child_first[dir + 1],
	                                               .files = files};
	return export->writer->error;
}

static int export_file(struct image_export *export, const struct file_entry *file)
{
	struct item item = {
		.name = file->name,
		.length = file->name_length,
		.alloc_bytes = file->alloc_bytes,
		.apparent_bytes = file->apparent_bytes,
		.has_mtime = export->options->extended && !(file->flags & ROW_LEAF),
		.mtime_s = file->mtime_s,
	};

	item_leaf(&item, file->type, file->flags, file->ino, file->nlink);
	put_item(export->writer, &item);
	if (item.is_dir)
		put_end_dir(export->writer);
	return export->writer->error;
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
	put_end_dir(export->writer);
	return export->writer->error;
}

int ncdu_export_snapshot(struct store *store, const struct image *image, const struct ncdu_export_options *options,
                         int fd, struct err *err)
{
	struct image_export export = {.store = store, .image = image, .options = options, .writer = writer_create(fd)};
	struct err cause = {{0}};

	if (!export.writer)
		return err_set(err, -ENOMEM, _("out of memory while writing the export"));
	store_read_begin(store);
	int error = read_devices(&export, &cause);

	if (!error) {
		put_header(export.writer, options->timestamp, image->root_path);
		error = enter_image_dir(&export, IMAGE_ROOT, &cause);
	}
	while (!error && export.depth)
		error = export_next(&export, &cause);
	store_read_end(store);
	while (export.depth)
		file_list_clear(&export.levels[--export.depth].files);
	free(export.levels);
	free(export.dev);
	error = finish(export.writer, error, err);
	if (error && cause.text[0] && err)
		*err = cause; /* the store's own sentence says more */
	return error;
}
