/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The overlay over an image of the index: a walk in the order of the base, in which each directory meets its row, and
 * behind it the directories that only rows tell of.
 */
#include "store/index/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/db/handle.h"

struct merge {
	const struct image *base;
	struct overlay_row *rows;
	size_t count, capacity;
	uint32_t *row_of;      /* base directory -> row + 1 */
	unsigned char *placed; /* of a row: it is a directory of the base that nothing hides */
	struct buf paths;      /* of the rows */
	struct image_builder *builder;
};

static int read_rows(struct store *store, int64_t root_id, uint64_t covers_seq, struct merge *merge, struct err *err)
{
	sqlite3_stmt *rows = store_prepare(
		store,
		"SELECT path, bytes, apparent_bytes, items, files, gone, errors FROM overlay"
		" WHERE root_id=?1 AND seq>?2",
		err);
	int rc;

	sqlite3_bind_int64(rows, 1, root_id);
	sqlite3_bind_int64(rows, 2, (int64_t)covers_seq);
	while ((rc = store_step(store, rows, err)) == 1) {
		const void *path = sqlite3_column_blob(rows, 0);
		size_t length = (size_t)sqlite3_column_bytes(rows, 0);

		if (alloc_room(&merge->rows, &merge->capacity, merge->count + 1) ||
		    (length && (!path || buf_add(&merge->paths, path, length)))) {
			rc = err_no_memory(err);
			break;
		}
		int kind = sqlite3_column_int(rows, 5);

		merge->rows[merge->count++] = (struct overlay_row){
			.length = length,
			.bytes = (uint64_t)sqlite3_column_int64(rows, 1),
			.apparent_bytes = (uint64_t)sqlite3_column_int64(rows, 2),
			.items = (uint64_t)sqlite3_column_int64(rows, 3),
			.files = (uint64_t)sqlite3_column_int64(rows, 4),
			.errors = sqlite3_column_type(rows, 6) == SQLITE_NULL ? OVERLAY_ERRORS_UNKNOWN
		                                                              : sqlite3_column_int64(rows, 6),
			.kind = kind == OVERLAY_CHANGED || kind == OVERLAY_GONE ? (enum overlay_kind)kind
		                                                                : OVERLAY_AGAIN,
		};
	}
	sqlite3_finalize(rows);
	size_t at = 0;

	for (size_t i = 0; i < merge->count; i++) {
		merge->rows[i].path = merge->paths.data ? merge->paths.data + at : "";
		at += merge->rows[i].length;
	}
	return rc < 0 ? rc : 0;
}

/* Status and rows as of one moment. */
static int read_overlay(struct store *store, const struct index_meta *meta, struct merge *merge, uint64_t *seq,
                        struct err *err)
{
	struct overlay_chain chain = {meta->root, meta->options};
	struct overlay_status status;
	int rc = store_exec(store, "BEGIN", err);

	if (rc)
		return rc;
	rc = overlay_status(store, &chain, false, &status, err);
	if (!rc && status.root_id && meta->covers_seq < status.pruned_seq)
		rc = err_set(err, -ESTALE, _("the index is older than its overlay: it has been written anew"));
	if (!rc && status.root_id)
		rc = read_rows(store, status.root_id, meta->covers_seq, merge, err);
	*seq = status.seq > meta->covers_seq ? status.seq : meta->covers_seq;
	store_rollback(store);
	return rc;
}

static uint32_t clamped(uint64_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* What of a directory can be read now. */
static void use_errors(struct image_record *record, const struct overlay_row *row)
{
	if (row->errors == OVERLAY_ERRORS_UNKNOWN)
		return;
	record->errors = clamped((uint64_t)row->errors);
	record->flags &= (uint16_t)~IMAGE_READ_ERROR;
	if (overlay_unreadable(row->items, row->errors))
		record->flags |= IMAGE_READ_ERROR;
}

static int add_base(struct merge *merge, uint32_t i, const struct buf *path, bool folded)
{
	const struct image *base = merge->base;
	const struct overlay_row *row = merge->row_of[i] ? &merge->rows[merge->row_of[i] - 1] : NULL;
	struct image_record record = {
		.path = path->data ? path->data : "",
		.length = path->length,
		.alloc_bytes = base->alloc_bytes[i],
		.apparent_bytes = base->apparent_bytes[i],
		.items = base->items[i],
		.files = base->files[i],
		.direct_bytes = (uint64_t)image_odd_bytes(base, i),
		.fingerprint = {base->fingerprint[i][0], base->fingerprint[i][1]},
		.ino = base->ino[i],
		.mtime_ns = base->mtime_ns[i],
		.mtime_era = base->mtime_era[i],
		.ctime = base->ctime[i],
		.birth = base->birth[i],
		.errors = base->errors[i],
		.child_count = base->child_count[i],
		.fs = base->fs[i],
		.flags = (uint16_t)(base->flags[i] | (folded ? IMAGE_FOLDED : 0)),
	};

	if (row) {
		record.alloc_bytes = row->bytes;
		record.apparent_bytes = row->apparent_bytes;
		record.items = row->items;
		record.files = row->files;
		record.fingerprint[0] = record.fingerprint[1] = 0;
		record.ctime = 0;
		record.flags |= IMAGE_TRUSTED;
		use_errors(&record, row);
		if (row->kind == OVERLAY_AGAIN)
			record.direct_bytes = 0;
	}
	return image_builder_add(merge->builder, &record);
}

/* Relative length of a child's path. */
static size_t length_below(const struct image *base, const struct buf *path, uint32_t child)
{
	return path->length + (path->length > 0) + image_name_length(base, child);
}

static bool too_long(const struct image *base, size_t relative)
{
	size_t root = strlen(base->root_path);

	return (root == 1 ? 0 : root) + 1 + relative > IMAGE_PATH_MAX;
}

/* Has it subdirectories that are folded into it? */
static bool folds(const struct image *base, const struct buf *path, uint32_t i)
{
	for (uint32_t c = base->child_first[i]; c < base->child_first[i + 1] && too_long(base, path->length + 1 + 255);
	     c++)
		if (too_long(base, length_below(base, path, base->children[c])))
			return true;
	return false;
}

/*
 * The base's directories that nothing hides, in its order; their paths grow and shrink with the walk.  Followers do not
 * tell of what is folded: here it goes.
 */
static int add_kept(struct merge *merge)
{
	const struct image *base = merge->base;
	uint32_t *lengths = alloc_array(base->count, sizeof(*lengths)), i = 0;
	struct buf path = {0};
	int rc = lengths ? 0 : -ENOMEM;

	while (!rc && i < base->count) {
		const struct overlay_row *row = merge->row_of[i] ? &merge->rows[merge->row_of[i] - 1] : NULL;

		if (row && row->kind == OVERLAY_GONE) {
			i = base->end[i];
			continue;
		}
		path.length = i ? lengths[base->parent[i]] : 0;
		if (i && too_long(base, length_below(base, &path, i))) {
			i = base->end[i];
			continue;
		}
		if (path.length)
			buf_char(&path, '/');
		buf_add(&path, image_name(base, i), image_name_length(base, i));
		lengths[i] = (uint32_t)path.length;
		rc = path.failed ? -ENOMEM : add_base(merge, i, &path, folds(base, &path, i));
		if (row)
			merge->placed[merge->row_of[i] - 1] = 1;
		i = row && row->kind == OVERLAY_AGAIN ? base->end[i] : i + 1;
	}
	free(lengths);
	buf_free(&path);
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct overlay_row *x = *(const struct overlay_row *const *)a, *y = *(const struct overlay_row *const *)b;
	int order = memcmp(x->path, y->path, x->length < y->length ? x->length : y->length);

	return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Does the merged tree have the directory that would hold this one? */
static bool has_parent(const struct merge *merge, const struct overlay_row *const *added, size_t count,
                       const struct overlay_row *row)
{
	const char *slash = memrchr(row->path, '/', row->length);
	struct overlay_row parent = {.path = row->path, .length = slash ? (size_t)(slash - row->path) : 0};
	const struct overlay_row *key = &parent;

	if (count && bsearch(&key, added, count, sizeof(*added), by_path))
		return true;
	uint32_t at = image_lookup(merge->base, parent.path, parent.length);

	/* Of the base: then nothing on the way up may hide it. */
	if (at == IMAGE_NONE || (merge->row_of[at] && merge->rows[merge->row_of[at] - 1].kind == OVERLAY_GONE))
		return false;
	for (uint32_t up = merge->base->parent[at]; up != IMAGE_NONE; up = merge->base->parent[up])
		if (merge->row_of[up] && merge->rows[merge->row_of[up] - 1].kind != OVERLAY_CHANGED)
			return false;
	return true;
}

/* Directories that the base does not have.  One whose parent is not told either is not there: it cannot be. */
static int add_new(struct merge *merge)
{
	const struct overlay_row **fresh = alloc_array(merge->count + 1, sizeof(*fresh));
	size_t count = 0, kept = 0;
	int rc = fresh ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < merge->count; i++)
		if (!merge->placed[i] && merge->rows[i].kind != OVERLAY_GONE && merge->rows[i].length)
			fresh[count++] = &merge->rows[i];
	/* Plain byte order puts a parent before what is below it: those kept so far are in order, too. */
	if (!rc)
		qsort(fresh, count, sizeof(*fresh), by_path);
	for (size_t i = 0; !rc && i < count; i++) {
		const struct overlay_row *row = fresh[i];

		if (!has_parent(merge, fresh, kept, row))
			continue;
		struct image_record record = {
			.path = row->path,
			.length = row->length,
			.alloc_bytes = row->bytes,
			.apparent_bytes = row->apparent_bytes,
			.items = row->items,
			.files = row->files,
			.flags = IMAGE_TRUSTED,
		};

		use_errors(&record, row);
		rc = image_builder_add(merge->builder, &record);
		fresh[kept++] = row;
	}
	free(fresh);
	return rc;
}

/* How many entries a changed directory has, from the totals. */
static void count_entries(struct image *image)
{
	uint32_t *entries = (uint32_t *)(uintptr_t)image->child_count;

	for (uint32_t i = 0; i < image->count; i++) {
		uint64_t items = 0;

		if (!(image->flags[i] & IMAGE_TRUSTED) || image->fingerprint[i][0] || image->fingerprint[i][1])
			continue;
		for (uint32_t c = image->child_first[i]; c < image->child_first[i + 1]; c++)
			items += image->items[image->children[c]];
		entries[i] = image->items[i] > items ? (uint32_t)(image->items[i] - items) : 0;
	}
}

int overlay_merge(struct store *store, const struct image *base, const struct index_meta *meta, struct image **out,
                  uint64_t *covers_seq, struct err *err)
{
	struct merge merge = {.base = base};
	int rc = read_overlay(store, meta, &merge, covers_seq, err);

	*out = NULL;
	if (rc)
		goto done;
	merge.row_of = alloc_array(base->count, sizeof(*merge.row_of));
	merge.placed = alloc_array(merge.count + 1, 1);
	merge.builder = image_builder_create(base->root_path, base->count + merge.count);
	rc = merge.row_of && merge.placed && merge.builder ? 0 : -ENOMEM;
	for (size_t i = 0; !rc && i < merge.count; i++) {
		uint32_t at = image_lookup(base, merge.rows[i].path, merge.rows[i].length);

		if (at != IMAGE_NONE && !(at == IMAGE_ROOT && merge.rows[i].kind == OVERLAY_GONE))
			merge.row_of[at] = (uint32_t)i + 1;
	}
	if (!rc) {
		image_builder_take_odd(merge.builder);
		rc = add_kept(&merge);
	}
	if (!rc)
		rc = add_new(&merge);
	if (!rc) {
		*out = image_builder_finish(merge.builder);
		merge.builder = NULL;
		rc = *out ? 0 : -errno;
	}
	if (!rc) {
		count_entries(*out);
		/* Not in an index, and nothing that the builder was told. */
		(*out)->store_id = NULL;
		(*out)->own_bytes = (*out)->own_apparent_bytes = NULL;
		(*out)->snapshot_id = base->snapshot_id;
		(*out)->taken_at = base->taken_at;
	} else if (rc == -EINVAL || rc == -EOVERFLOW) {
		rc = err_set(err, -EIO, _("what was noted of %s since its index was written cannot be right"),
		             store->safe_path);
	} else {
		err_no_memory(err);
	}
	if (!rc && image_lost(base)) {
		image_free(*out);
		*out = NULL;
		rc = index_lost(base, err);
	}
done:
	image_builder_destroy(merge.builder);
	free(merge.row_of);
	free(merge.placed);
	free(merge.rows);
	buf_free(&merge.paths);
	return rc;
}

/* ---- a glance ---- */

/* The figures that change, copied from the base; all else is the base's. */
struct glance {
	uint64_t *bytes, *apparent_bytes;
	uint32_t *items, *files, *errors;
};

static void release_glance(struct image *image)
{
	free(image->memory);
	free(image);
}

static struct image *copy_figures(const struct image *base, struct glance *glance)
{
	struct image *image = alloc_zero(struct image);
	size_t n = base->count;
	uint64_t *memory = alloc_array(n, 2 * sizeof(uint64_t) + 3 * sizeof(uint32_t));

	if (!image || !memory) {
		free(image);
		free(memory);
		return NULL;
	}
	uint32_t *counts = (uint32_t *)(memory + 2 * n);

	*glance = (struct glance){memory, memory + n, counts, counts + n, counts + 2 * n};
	memcpy(glance->bytes, base->alloc_bytes, n * sizeof(uint64_t));
	memcpy(glance->apparent_bytes, base->apparent_bytes, n * sizeof(uint64_t));
	memcpy(glance->items, base->items, n * sizeof(uint32_t));
	memcpy(glance->files, base->files, n * sizeof(uint32_t));
	memcpy(glance->errors, base->errors, n * sizeof(uint32_t));
	*image = *base;
	image->alloc_bytes = glance->bytes;
	image->apparent_bytes = glance->apparent_bytes;
	image->items = glance->items;
	image->files = glance->files;
	image->errors = glance->errors;
	image->memory = memory;
	image->release = release_glance;
	image->lost = NULL; /* the base is asked */
	return image;
}

static void glance_past(const struct glance *glance, const struct image *base, const struct overlay_row *row)
{
	uint32_t at = image_lookup(base, row->path, row->length), end = at == IMAGE_NONE ? at : base->end[at];

	for (; at < end; at++)
		glance->bytes[at] = glance->apparent_bytes[at] = glance->items[at] = glance->files[at] =
			glance->errors[at] = 0;
}

static void glance_at(const struct glance *glance, const struct image *base, const struct overlay_row *row)
{
	uint32_t at = image_lookup(base, row->path, row->length);

	if (at == IMAGE_NONE)
		return;
	glance->bytes[at] = row->bytes;
	glance->apparent_bytes[at] = row->apparent_bytes;
	glance->items[at] = clamped(row->items);
	glance->files[at] = clamped(row->files);
	if (row->errors != OVERLAY_ERRORS_UNKNOWN)
		glance->errors[at] = clamped((uint64_t)row->errors);
}

int overlay_glance(struct store *store, const struct image *base, const struct index_meta *meta, struct image **out,
                   struct err *err)
{
	struct merge merge = {.base = base};
	struct glance glance = {0};
	uint64_t seq;
	int rc = read_overlay(store, meta, &merge, &seq, err);

	*out = NULL;
	if (!rc && !(*out = copy_figures(base, &glance)))
		rc = err_no_memory(err);
	/* What hides what the base knows goes first: rows below it are newer. */
	for (size_t i = 0; !rc && i < merge.count; i++)
		if (merge.rows[i].kind != OVERLAY_CHANGED)
			glance_past(&glance, base, &merge.rows[i]);
	for (size_t i = 0; !rc && i < merge.count; i++)
		if (merge.rows[i].kind != OVERLAY_GONE)
			glance_at(&glance, base, &merge.rows[i]);
	if (!rc && image_lost(base)) {
		image_free(*out);
		*out = NULL;
		rc = index_lost(base, err);
	}
	free(merge.rows);
	buf_free(&merge.paths);
	return rc;
}
