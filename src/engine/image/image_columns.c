/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/image_columns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void image_columns_free(struct image_columns *columns)
{
#define FREE(type, name) free(columns->name);
	IMAGE_FIGURES(FREE)
	IMAGE_SHAPE(FREE)
#undef FREE
	free(columns->names);
	free(columns->direct);
	free(columns->odd);
	free(columns->odd_bytes);
}

int image_columns_resize_figures(struct image_columns *columns, enum image_maker maker, size_t capacity)
{
	const void *absent = maker == MADE_OF_RECORDS ? (const void *)&columns->dir : (const void *)&columns->store_id;

#define RESIZE(type, name)                                                                                             \
	if ((const void *)&columns->name != absent) {                                                                  \
		type *grown = alloc_resize(columns->name, capacity, sizeof(type));                                     \
		if (!grown)                                                                                            \
			return -ENOMEM;                                                                                \
		columns->name = grown;                                                                                 \
	}
	IMAGE_FIGURES(RESIZE)
	RESIZE(uint64_t, direct)
#undef RESIZE
	return 0;
}

int image_columns_resize_shape(struct image_columns *columns, size_t capacity)
{
#define RESIZE(type, name)                                                                                             \
	{                                                                                                              \
		type *grown = alloc_resize(columns->name, capacity + 1, sizeof(type));                                 \
		if (!grown)                                                                                            \
			return -ENOMEM;                                                                                \
		columns->name = grown;                                                                                 \
	}
	IMAGE_SHAPE(RESIZE)
#undef RESIZE
	return 0;
}

void image_columns_shape(struct image_columns *columns, uint32_t count)
{
	uint32_t *end = columns->end, *first = columns->child_first;
	const uint32_t *parent = columns->parent;

	for (uint32_t i = 0; i < count; i++) {
		end[i] = i + 1;
		first[i] = 0;
	}
	first[count] = 0;
	for (uint32_t i = count - 1; i > 0; i--) {
		if (end[parent[i]] < end[i])
			end[parent[i]] = end[i];
		first[parent[i]]++;
	}
	uint32_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t children = first[i];

		first[i] = sum;
		sum += children;
	}
	/* Filling moves each first to its end, which is the next one's first. */
	for (uint32_t i = 1; i < count; i++)
		columns->children[first[parent[i]]++] = i;
	memmove(first + 1, first, count * sizeof(*first));
	first[0] = 0;
}

/**
 * The odd ones, from what each holds directly, or (`given`) from what is odd of each; of that nothing is needed any
 * more.  0 or -ENOMEM.
 */
static int find_odd(struct image_columns *columns, uint32_t count, bool given)
{
	uint64_t *direct = columns->direct;
	size_t odd = 0;

	for (uint32_t i = 0; !given && i < count; i++) {
		direct[i] -= columns->alloc_bytes[i];
		if (i)
			direct[columns->parent[i]] += columns->alloc_bytes[i];
	}
	for (uint32_t i = 0; i < count; i++)
		odd += direct[i] != 0;
	columns->odd = alloc_array(odd + 1, sizeof(*columns->odd));
	columns->odd_bytes = alloc_array(odd + 1, sizeof(*columns->odd_bytes));
	if (!columns->odd || !columns->odd_bytes)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		if (!direct[i])
			continue;
		columns->odd[columns->odd_count] = i;
		columns->odd_bytes[columns->odd_count++] = (int64_t)direct[i];
	}
	free(direct);
	columns->direct = NULL;
	return 0;
}

static void release_columns(struct image *image)
{
	image_columns_free(image->memory);
	free(image->memory);
	free(image->root_path);
	free(image);
}

struct image *image_columns_finish(struct image_columns *columns, uint32_t count, bool odd_given, const char *root_path)
{
	struct image *image = alloc_zero(struct image);
	struct image_columns *kept = alloc_zero(struct image_columns);
	char *path = alloc_copy(root_path, strlen(root_path));

	if (!image || !kept || !path || find_odd(columns, count, odd_given)) {
		free(image);
		free(kept);
		free(path);
		errno = ENOMEM;
		return NULL;
	}
	*kept = *columns;
	*columns = (struct image_columns){0};
	image->count = count;
#define INSTALL(type, name) image->name = (const type *)kept->name;
	IMAGE_FIGURES(INSTALL)
	IMAGE_SHAPE(INSTALL)
#undef INSTALL
	image->names = kept->names;
	image->odd_count = kept->odd_count;
	image->odd = kept->odd;
	image->odd_bytes = kept->odd_bytes;
	image->root_path = path;
	image->memory = kept;
	image->release = release_columns;
	return image;
}
