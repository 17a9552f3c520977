/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/image/image_columns.h"

/*
 * The order of an image is preorder with siblings in memcmp order.  For full paths that is bytewise order with '/' as
 * the lowest byte (a name holds no NUL): "a" < "a/b" < "a-b", where plain memcmp would put "a-b" between.  So the
 * builder sorts paths, or finds them sorted, and every parent then stands before its children, on the way up from the
 * entry before.
 */

struct image_builder {
	struct image_columns columns;
	size_t count, capacity;
	char *paths; /* as they came, one behind the other */
	size_t path_bytes, path_capacity;
	uint64_t *path_offset; /* capacity + 1 */
	uint32_t last;         /* the greatest path so far */
	uint32_t *late;        /* records that came after a greater one, in order of arrival */
	size_t late_count, late_capacity;
	char *root_path;
	bool bad;       /* a path that can be none */
	bool odd_given; /* instead of direct bytes */
};

/** Order of an image: '/' below every other byte. */
static int path_order(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t shorter = a_length < b_length ? a_length : b_length, i = 0;
	uint64_t x, y;

	for (; i + sizeof(x) <= shorter; i += sizeof(x)) {
		memcpy(&x, a + i, sizeof(x));
		memcpy(&y, b + i, sizeof(y));
		if (x != y)
			break;
	}
	while (i < shorter && a[i] == b[i])
		i++;
	if (i == shorter)
		return (a_length > b_length) - (a_length < b_length);
	int left = a[i] == '/' ? 0 : (unsigned char)a[i], right = b[i] == '/' ? 0 : (unsigned char)b[i];

	return left - right;
}

struct image_builder *image_builder_create(const char *root_path, size_t expected)
{
	struct image_builder *builder = alloc_zero(struct image_builder);

	if (!builder)
		return NULL;
	builder->root_path = alloc_copy(root_path, strlen(root_path));
	if (!builder->root_path) {
		free(builder);
		return NULL;
	}
	/* Only a hint: it may come from a damaged database. */
	builder->capacity = expected < 16 ? 16 : expected > (1u << 22) ? 1u << 22 : expected;
	builder->path_offset = alloc_resize(NULL, builder->capacity + 1, sizeof(*builder->path_offset));
	if (!builder->path_offset ||
	    image_columns_resize_figures(&builder->columns, MADE_OF_RECORDS, builder->capacity)) {
		image_builder_destroy(builder);
		errno = ENOMEM;
		return NULL;
	}
	builder->path_offset[0] = 0;
	return builder;
}

void image_builder_destroy(struct image_builder *builder)
{
	if (!builder)
		return;
	image_columns_free(&builder->columns);
	free(builder->paths);
	free(builder->path_offset);
	free(builder->late);
	free(builder->root_path);
	free(builder);
}

static const char *builder_path(const struct image_builder *builder, uint32_t i, size_t *length)
{
	*length = (size_t)(builder->path_offset[i + 1] - builder->path_offset[i]);
	return builder->paths + builder->path_offset[i];
}

static int builder_grow(struct image_builder *builder)
{
	size_t capacity = builder->capacity + builder->capacity / 2;
	uint64_t *offsets = alloc_resize(builder->path_offset, capacity + 1, sizeof(*offsets));

	if (!offsets)
		return -ENOMEM;
	builder->path_offset = offsets;
	if (image_columns_resize_figures(&builder->columns, MADE_OF_RECORDS, capacity))
		return -ENOMEM;
	builder->capacity = capacity;
	return 0;
}

int image_builder_add(struct image_builder *builder, const struct image_record *record)
{
	struct image_columns *columns = &builder->columns;

	if (builder->count >= IMAGE_NONE - 1 || record->items > UINT32_MAX || record->files > UINT32_MAX)
		return -EOVERFLOW;
	if (builder->count == builder->capacity && builder_grow(builder))
		return -ENOMEM;
	if (alloc_room(&builder->paths, &builder->path_capacity, builder->path_bytes + record->length))
		return -ENOMEM;

	uint32_t i = (uint32_t)builder->count;

	if (i) {
		size_t last_length;
		const char *last = builder_path(builder, builder->last, &last_length);

		if (path_order(last, last_length, record->path, record->length) < 0) {
			builder->last = i;
		} else {
			if (alloc_room(&builder->late, &builder->late_capacity, builder->late_count + 1))
				return -ENOMEM;
			builder->late[builder->late_count++] = i;
		}
	}
	if (record->length)
		memcpy(builder->paths + builder->path_bytes, record->path, record->length);
	if (record->length && (record->path[0] == '/' || memchr(record->path, '\0', record->length)))
		builder->bad = true;
	builder->path_bytes += record->length;
	builder->path_offset[i + 1] = builder->path_bytes;

	columns->alloc_bytes[i] = record->alloc_bytes;
	columns->apparent_bytes[i] = record->apparent_bytes;
	columns->items[i] = (uint32_t)record->items;
	columns->files[i] = (uint32_t)record->files;
	columns->direct[i] = record->direct_bytes;
	columns->own_bytes[i] = record->own_bytes;
	columns->own_apparent_bytes[i] = record->own_apparent_bytes;
	memcpy(columns->fingerprint[i], record->fingerprint, sizeof(lanes));
	columns->ino[i] = record->ino;
	columns->mtime_ns[i] = record->mtime_ns;
	columns->mtime_era[i] = record->mtime_era;
	columns->ctime[i] = record->ctime;
	columns->birth[i] = record->birth;
	columns->errors[i] = record->errors;
	columns->newest[i] = 0; /* nobody who has records knows */
	columns->child_count[i] = record->child_count;
	columns->fs[i] = record->fs;
	columns->flags[i] = record->flags;
	columns->store_id[i] = record->store_id;
	builder->count++;
	return 0;
}

void image_builder_take_odd(struct image_builder *builder)
{
	builder->odd_given = true;
}

static int by_path(const void *a, const void *b, void *context)
{
	const struct image_builder *builder = context;
	size_t a_length, b_length;
	const char *left = builder_path(builder, *(const uint32_t *)a, &a_length);
	const char *right = builder_path(builder, *(const uint32_t *)b, &b_length);

	return path_order(left, a_length, right, b_length);
}

/** *order = record numbers in the image's order, or NULL when they came in it.  0 or -ENOMEM. */
static int builder_order(struct image_builder *builder, uint32_t **order)
{
	size_t late_count = builder->late_count, count = builder->count;
	uint32_t *late = builder->late;

	*order = NULL;
	if (late_count == 0)
		return 0;
	uint32_t *merged = alloc_resize(NULL, count, sizeof(*merged));

	if (!merged)
		return -ENOMEM;
	/*
	 * The others, which are in order, to the end; then the late ones are merged in from the front, never
	 * overtaking.
	 */
	size_t main_at = late_count;

	for (size_t i = 0, l = 0; i < count; i++) {
		if (l < late_count && late[l] == i)
			l++;
		else
			merged[main_at++] = (uint32_t)i;
	}
	qsort_r(late, late_count, sizeof(*late), by_path, builder);
	main_at = late_count;
	for (size_t out = 0, l = 0; l < late_count; out++) {
		if (main_at == count || by_path(&late[l], &merged[main_at], builder) < 0)
			merged[out] = late[l++];
		else
			merged[out] = merged[main_at++];
	}
	*order = merged;
	return 0;
}

static int figures_permute(struct image_columns *columns, const uint32_t *order, size_t count)
{
#define PERMUTE(type, name)                                                                                            \
	if (columns->name) {                                                                                           \
		type *sorted = alloc_resize(NULL, count, sizeof(type));                                                \
		if (!sorted)                                                                                           \
			return -ENOMEM;                                                                                \
		for (size_t i = 0; i < count; i++)                                                                     \
			memcpy(&sorted[i], &columns->name[order[i]], sizeof(type));                                    \
		free(columns->name);                                                                                   \
		columns->name = sorted;                                                                                \
	}
	IMAGE_FIGURES(PERMUTE)
	PERMUTE(uint64_t, direct)
#undef PERMUTE
	return 0;
}

/** Parents and names of the records in order.  0, -EINVAL, -EOVERFLOW or -ENOMEM. */
static int builder_shape(struct image_builder *builder, const uint32_t *order)
{
	struct image_columns *columns = &builder->columns;
	uint32_t count = (uint32_t)builder->count;
	uint64_t names = 0;

	if (image_columns_resize_shape(columns, count))
		return -ENOMEM;
	columns->names = alloc_resize(NULL, builder->path_bytes + 1, 1);
	if (!columns->names)
		return -ENOMEM;
#define RECORD(i) (order ? order[i] : (i))
	for (uint32_t i = 0; i < count; i++) {
		size_t length, other_length;
		const char *path = builder_path(builder, RECORD(i), &length);

		columns->name_offset[i] = (uint32_t)names;
		if (i == 0) {
			if (length != 0)
				return -EINVAL; /* no root */
			columns->parent[0] = IMAGE_NONE;
			continue;
		}
		const char *other = builder_path(builder, RECORD(i - 1), &other_length);

		if (length == other_length && memcmp(path, other, length) == 0)
			return -EINVAL; /* a duplicate */
		const char *slash = memrchr(path, '/', length);
		size_t parent_length = slash ? (size_t)(slash - path) : 0;
		const char *name = slash ? slash + 1 : path;
		size_t name_length = (size_t)(path + length - name);
		uint32_t parent = i - 1;

		while (other_length > parent_length) {
			parent = columns->parent[parent];
			other = builder_path(builder, RECORD(parent), &other_length);
		}
		if (other_length != parent_length || (parent_length && memcmp(path, other, parent_length) != 0) ||
		    name_length == 0)
			return -EINVAL; /* an orphan, or an empty name */
		if (names + name_length > UINT32_MAX)
			return -EOVERFLOW;
		columns->parent[i] = parent;
		memcpy(columns->names + names, name, name_length);
		names += name_length;
	}
#undef RECORD
	columns->name_offset[count] = (uint32_t)names;
	image_columns_shape(columns, count);
	return 0;
}

struct image *image_builder_finish(struct image_builder *builder)
{
	struct image_columns *columns = &builder->columns;
	struct image *image = NULL;
	uint32_t *order = NULL;
	int rc = -EINVAL;

	if (builder->bad || builder->count == 0)
		goto out;
	rc = builder_order(builder, &order);
	if (rc)
		goto out;
	rc = builder_shape(builder, order);
	if (rc)
		goto out;
	rc = order ? figures_permute(columns, order, builder->count)
	           : image_columns_resize_figures(columns, MADE_OF_RECORDS, builder->count);
	if (rc)
		goto out;
	image = image_columns_finish(columns, (uint32_t)builder->count, builder->odd_given, builder->root_path);
	if (!image)
		rc = -ENOMEM;
out:
	free(order);
	image_builder_destroy(builder);
	if (!image)
		errno = -rc;
	return image;
}
