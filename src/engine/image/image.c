/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/image.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/image/identity.h"
#include "engine/tree/row_sums.h"
#include "engine/tree/tree_state.h"

/*
 * The order of an image is preorder with siblings in memcmp order.  For full paths that is bytewise order with '/' as
 * the lowest byte (a name holds no NUL): "a" < "a/b" < "a-b", where plain memcmp would put "a-b" between.  So the
 * builder sorts paths, or finds them sorted, and every parent then stands before its children, on the way up from the
 * entry before.
 *
 * Both makers fill columns; IMAGE_FIGURES and IMAGE_SHAPE name them once for declaring, allocating, permuting, freeing.
 */

typedef uint64_t lanes[2];

/* What is known of each directory by itself. */
#define IMAGE_FIGURES(X)          \
	X(uint64_t, alloc_bytes)      \
	X(uint64_t, apparent_bytes)   \
	X(uint32_t, items)            \
	X(uint32_t, files)            \
	X(uint64_t, own_bytes)        \
	X(uint64_t, own_apparent_bytes) \
	X(lanes, fingerprint)         \
	X(uint64_t, ino)              \
	X(int64_t, mtime_ns)          \
	X(int32_t, mtime_era)         \
	X(uint32_t, ctime)            \
	X(uint32_t, birth)            \
	X(uint32_t, errors)           \
	X(uint32_t, newest)           \
	X(uint32_t, child_count)      \
	X(uint16_t, fs)               \
	X(uint16_t, flags)            \
	X(uint32_t, dir)              \
	X(int64_t, store_id)

/* How they hang together. */
#define IMAGE_SHAPE(X)            \
	X(uint32_t, parent)           \
	X(uint32_t, end)              \
	X(uint32_t, child_first)      \
	X(uint32_t, children)         \
	X(uint32_t, name_offset)

/**
 * The columns while they are written; afterwards what image->memory points to.  `dir` and `store_id` exist in one maker
 * each, `direct` while it is made.
 */
struct columns {
#define DECLARE(type, name) type *name;
	IMAGE_FIGURES(DECLARE)
	IMAGE_SHAPE(DECLARE)
#undef DECLARE
	char *names;
	size_t names_capacity;
	uint64_t *direct;
	uint32_t *odd;
	int64_t *odd_bytes;
	uint32_t odd_count;
};

enum maker { MADE_OF_RECORDS, MADE_OF_TREE };

static void columns_free(struct columns *columns)
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

/** Room for `capacity` directories in every column of figures. */
static int figures_resize(struct columns *columns, enum maker maker, size_t capacity)
{
	const void *absent = maker == MADE_OF_RECORDS ? (const void *)&columns->dir : (const void *)&columns->store_id;

#define RESIZE(type, name)                                                           \
	if ((const void *)&columns->name != absent) {                                    \
		type *grown = alloc_resize(columns->name, capacity, sizeof(type));           \
		if (!grown)                                                                  \
			return -ENOMEM;                                                          \
		columns->name = grown;                                                       \
	}
	IMAGE_FIGURES(RESIZE)
	RESIZE(uint64_t, direct)
#undef RESIZE
	return 0;
}

/** The same for the shape, whose offsets need one more. */
static int shape_resize(struct columns *columns, size_t capacity)
{
#define RESIZE(type, name)                                                           \
	{                                                                                \
		type *grown = alloc_resize(columns->name, capacity + 1, sizeof(type));       \
		if (!grown)                                                                  \
			return -ENOMEM;                                                          \
		columns->name = grown;                                                       \
	}
	IMAGE_SHAPE(RESIZE)
#undef RESIZE
	return 0;
}

/** Subtree ends and children, from the parents. */
static void shape_finish(struct columns *columns, uint32_t count)
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
static int find_odd(struct columns *columns, uint32_t count, bool given)
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
	columns_free(image->memory);
	free(image->memory);
	free(image->root_path);
	free(image);
}

/** Takes the columns over; on failure they stay the caller's. */
static struct image *image_of(struct columns *columns, uint32_t count, const char *root_path)
{
	struct image *image = alloc_zero(struct image);
	struct columns *kept = alloc_zero(struct columns);
	char *path = alloc_copy(root_path, strlen(root_path));

	if (!image || !kept || !path) {
		free(image);
		free(kept);
		free(path);
		errno = ENOMEM;
		return NULL;
	}
	*kept = *columns;
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

void image_free(struct image *image)
{
	if (image)
		image->release(image);
}

/* ---- look-ups ---- */

#define FETCHED_AT_ONCE 24

uint32_t image_child_position(const struct image *image, uint32_t dir, const void *name, size_t length)
{
	uint32_t low = image->child_first[dir], high = image->child_first[dir + 1];

	/* Siblings lie far apart: of a few, all are asked for at once instead of one after the other. */
	if (high - low > 1 && high - low <= FETCHED_AT_ONCE) {
		for (uint32_t i = low; i < high; i++)
			__builtin_prefetch(&image->name_offset[image->children[i]]);
		for (uint32_t i = low; i < high; i++)
			__builtin_prefetch(image_name(image, image->children[i]));
	}
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint32_t child = image->children[middle];
		uint32_t child_length = image_name_length(image, child);
		int order = memcmp(name, image_name(image, child), length < child_length ? length : child_length);

		if (order == 0)
			order = (length > child_length) - (length < child_length);
		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return IMAGE_NONE;
}

uint32_t image_child(const struct image *image, uint32_t dir, const void *name, size_t length)
{
	uint32_t position = image_child_position(image, dir, name, length);

	return position == IMAGE_NONE ? IMAGE_NONE : image->children[position];
}

uint32_t image_lookup(const struct image *image, const char *relative, size_t length)
{
	uint32_t at = IMAGE_ROOT;

	if (length == 0)
		return at;
	for (const char *name = relative, *end = relative + length; at != IMAGE_NONE;) {
		const char *slash = memchr(name, '/', (size_t)(end - name));

		at = image_child(image, at, name, (size_t)((slash ? slash : end) - name));
		if (!slash)
			break;
		name = slash + 1;
	}
	return at;
}

int image_relative(const struct image *image, uint32_t dir, struct buf *out)
{
	size_t length = 0;

	for (uint32_t i = dir; i != IMAGE_ROOT; i = image->parent[i])
		length += image_name_length(image, i) + 1;
	if (length == 0)
		return 0;
	/* Written from its end; the slash before the first name is none. */
	length--;
	char *start = buf_room(out, length);

	if (!start)
		return -ENOMEM;
	for (uint32_t i = dir; i != IMAGE_ROOT; i = image->parent[i]) {
		uint32_t name_length = image_name_length(image, i);

		length -= name_length;
		memcpy(start + length, image_name(image, i), name_length);
		if (length)
			start[--length] = '/';
	}
	return 0;
}

unsigned image_depth(const struct image *image, uint32_t dir)
{
	unsigned depth = 0;

	for (; dir != IMAGE_ROOT; dir = image->parent[dir])
		depth++;
	return depth;
}

int64_t image_odd_bytes(const struct image *image, uint32_t dir)
{
	uint32_t low = 0, high = image->odd_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (image->odd[middle] == dir)
			return image->odd_bytes[middle];
		if (image->odd[middle] < dir)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

uint64_t image_direct_bytes(const struct image *image, uint32_t dir)
{
	uint64_t bytes = image->alloc_bytes[dir] + (uint64_t)image_odd_bytes(image, dir);

	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
		bytes -= image->alloc_bytes[image->children[i]];
	return (int64_t)bytes < 0 ? 0 : bytes; /* totals that are newer than what is odd */
}

/* ---- from records ---- */

struct image_builder {
	struct columns columns;
	size_t count, capacity;
	char *paths;             /* as they came, one behind the other */
	size_t path_bytes, path_capacity;
	uint64_t *path_offset;   /* capacity + 1 */
	uint32_t last;           /* the greatest path so far */
	uint32_t *late;          /* records that came after a greater one, in order of arrival */
	size_t late_count, late_capacity;
	char *root_path;
	bool bad;                /* a path that can be none */
	bool odd_given;          /* instead of direct bytes */
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
	if (!builder->path_offset || figures_resize(&builder->columns, MADE_OF_RECORDS, builder->capacity)) {
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
	columns_free(&builder->columns);
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
	if (figures_resize(&builder->columns, MADE_OF_RECORDS, capacity))
		return -ENOMEM;
	builder->capacity = capacity;
	return 0;
}

int image_builder_add(struct image_builder *builder, const struct image_record *record)
{
	struct columns *columns = &builder->columns;

	if (builder->count >= IMAGE_NONE - 1 || record->items > UINT32_MAX || record->files > UINT32_MAX)
		return -EOVERFLOW;
	if (builder->count == builder->capacity && builder_grow(builder))
		return -ENOMEM;
	char *paths = alloc_grow(builder->paths, &builder->path_capacity, builder->path_bytes + record->length, 1);

	if (!paths)
		return -ENOMEM;
	builder->paths = paths;

	uint32_t i = (uint32_t)builder->count;

	if (i) {
		size_t last_length;
		const char *last = builder_path(builder, builder->last, &last_length);

		if (path_order(last, last_length, record->path, record->length) < 0) {
			builder->last = i;
		} else {
			uint32_t *late = alloc_grow(builder->late, &builder->late_capacity, builder->late_count + 1,
			                            sizeof(*late));

			if (!late)
				return -ENOMEM;
			builder->late = late;
			late[builder->late_count++] = i;
		}
	}
	if (record->length)
		memcpy(paths + builder->path_bytes, record->path, record->length);
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

static int figures_permute(struct columns *columns, const uint32_t *order, size_t count)
{
#define PERMUTE(type, name)                                                          \
	if (columns->name) {                                                             \
		type *sorted = alloc_resize(NULL, count, sizeof(type));                      \
		if (!sorted)                                                                 \
			return -ENOMEM;                                                          \
		for (size_t i = 0; i < count; i++)                                           \
			memcpy(&sorted[i], &columns->name[order[i]], sizeof(type));              \
		free(columns->name);                                                         \
		columns->name = sorted;                                                      \
	}
	IMAGE_FIGURES(PERMUTE)
	PERMUTE(uint64_t, direct)
#undef PERMUTE
	return 0;
}

/** Parents and names of the records in order.  0, -EINVAL, -EOVERFLOW or -ENOMEM. */
static int builder_shape(struct image_builder *builder, const uint32_t *order)
{
	struct columns *columns = &builder->columns;
	uint32_t count = (uint32_t)builder->count;
	uint64_t names = 0;

	if (shape_resize(columns, count))
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
	shape_finish(columns, count);
	return 0;
}

struct image *image_builder_finish(struct image_builder *builder)
{
	struct columns *columns = &builder->columns;
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
	           : figures_resize(columns, MADE_OF_RECORDS, builder->count);
	if (!rc)
		rc = find_odd(columns, (uint32_t)builder->count, builder->odd_given);
	if (rc)
		goto out;
	image = image_of(columns, (uint32_t)builder->count, builder->root_path);
	if (image)
		memset(columns, 0, sizeof(*columns));
	else
		rc = -ENOMEM;
out:
	free(order);
	image_builder_destroy(builder);
	if (!image)
		errno = -rc;
	return image;
}

/* ---- from a tree ---- */

/* They are copied as they are; DIR_STALE has no place in an image. */
static_assert((int)IMAGE_READ_ERROR == (int)DIR_READ_ERROR && (int)IMAGE_MOUNT == (int)DIR_MOUNT, "flags");
static_assert((int)IMAGE_CACHE == (int)DIR_CACHE && (int)IMAGE_TRUSTED == (int)DIR_TRUSTED, "flags");
#define COPIED_FLAGS (IMAGE_READ_ERROR | IMAGE_MOUNT | IMAGE_CACHE | IMAGE_TRUSTED)

/** A directory on its way: the next in preorder is the last of the stack. */
struct waiting {
	uint64_t key;              /* first 8 bytes of the name, big-endian: decides most comparisons */
	const unsigned char *name; /* in its parent's block */
	dir_id dir;
	uint32_t parent;           /* in the image */
	uint8_t length;
};

struct walk {
	const struct tree *tree;
	struct columns columns;
	/*
	 * of each directory's inode and files; NULL where there are no links, which alone make it differ from what the
	 * totals say
	 */
	uint64_t *apparent;
	size_t count, capacity;
	size_t names;            /* bytes of them */
	struct waiting *stack;
	size_t depth, stack_capacity;
};

/** Greatest first. */
static int by_name_descending(const void *a, const void *b)
{
	const struct waiting *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? 1 : -1;
	int order = memcmp(left->name, right->name, left->length < right->length ? left->length : right->length);

	return order ? -order : (int)right->length - (int)left->length;
}

static void sort_descending(struct waiting *items, size_t n)
{
	if (n > 24) {
		qsort(items, n, sizeof(*items), by_name_descending);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct waiting item = items[i];
		size_t at = i;

		for (; at > 0 && by_name_descending(&items[at - 1], &item) > 0; at--)
			items[at] = items[at - 1];
		items[at] = item;
	}
}

static int walk_grow(struct walk *walk)
{
	size_t capacity = walk->capacity ? walk->capacity + walk->capacity / 2 : tree_dir_limit(walk->tree);

	if (figures_resize(&walk->columns, MADE_OF_TREE, capacity) || shape_resize(&walk->columns, capacity))
		return -ENOMEM;
	if (tree_has_links(walk->tree)) {
		uint64_t *apparent = alloc_resize(walk->apparent, capacity, sizeof(*apparent));

		if (!apparent)
			return -ENOMEM;
		walk->apparent = apparent;
	}
	walk->capacity = capacity;
	return 0;
}

/**
 * Has a warm scan to look at this entry whatever its directory says?  If not, what it makes of struct image's `newest`.
 */
static bool look_at(uint64_t word, uint32_t mtime, uint32_t *newest)
{
	unsigned flags = row_flags(word);

	if (flags & (ROW_GONE | ROW_EXCLUDED))
		return false;
	if (flags & (ROW_LEAF | ROW_LINK | ROW_WIDE))
		return true;
	if (row_type(word) == NODE_REG && mtime > *newest)
		*newest = mtime;
	return row_type(word) == NODE_REG && row_alloc_bytes(word) >= IMAGE_LARGE_BYTES;
}

/** Put the subdirectories of image directory i on the stack; its direct figures into the columns. */
static int walk_rows(struct walk *walk, dir_id dir, uint32_t i)
{
	const struct node_block *block = tree_block(walk->tree, dir);
	uint32_t count = block ? tree_count(block) : 0;
	const struct tree_rest *rest = tree_rest(walk->tree, dir);
	size_t first = walk->depth;
	struct row_sums sums = {0};
	uint32_t newest = rest ? rest->newest : 1;
	bool look = walk->columns.alloc_bytes[i] == FIGURE_BEYOND || walk->columns.apparent_bytes[i] == FIGURE_BEYOND;

	for (uint32_t r = 0; r < count; r++) {
		uint64_t word = atomic_load_explicit(&((struct node_block *)block)->rows[r].word, memory_order_acquire);

		row_sums_add(&sums, walk->tree, block, r, word);
		look |= look_at(word, __atomic_load_n(&block->rows[r].mtime, __ATOMIC_RELAXED), &newest);
		if (row_type(word) != NODE_DIR || row_flags(word) & (ROW_LEAF | ROW_GONE))
			continue;
		struct waiting *stack = alloc_grow(walk->stack, &walk->stack_capacity, walk->depth + 1, sizeof(*stack));

		if (!stack)
			return -ENOMEM;
		walk->stack = stack;
		const unsigned char *name = (const unsigned char *)block + block->rows[r].name;
		struct waiting *item = &stack[walk->depth++];

		item->length = *name;
		item->name = name + 1;
		item->dir = (dir_id)row_payload(word);
		item->parent = i;
		item->key = 0;
		for (unsigned k = 0; k < 8; k++)
			item->key = item->key << 8 | (k < item->length ? item->name[k] : 0);
	}
	sort_descending(walk->stack + first, walk->depth - first);
	if (rest) {
		sums.entries += rest->entries;
		sums.alloc_bytes = figure_sum(sums.alloc_bytes, rest->alloc_bytes);
		sums.apparent_bytes = figure_sum(sums.apparent_bytes, rest->apparent_bytes);
	}
	walk->columns.newest[i] = look ? 0 : newest;
	if (walk->apparent)
		walk->apparent[i] = walk->columns.own_apparent_bytes[i] + sums.apparent_bytes;
	walk->columns.child_count[i] = sums.entries;
	walk->columns.direct[i] = sums.links ? tree_direct_bytes(walk->tree, dir)
	                                     : figure_sum(walk->columns.own_bytes[i], sums.alloc_bytes);
	return 0;
}

static int walk_visit(struct walk *walk, const struct waiting *item)
{
	struct columns *columns = &walk->columns;
	const struct node_cold *cold = tree_cold(walk->tree, item->dir);

	if (walk->count >= IMAGE_NONE - 1 || walk->names + item->length > UINT32_MAX)
		return -EOVERFLOW;
	if (walk->count == walk->capacity && walk_grow(walk))
		return -ENOMEM;
	char *names = alloc_grow(columns->names, &columns->names_capacity, walk->names + item->length, 1);

	if (!names)
		return -ENOMEM;
	columns->names = names;

	uint32_t i = (uint32_t)walk->count++;
	uint64_t counts = atomic_load_explicit(&((struct node_cold *)cold)->counts, memory_order_relaxed);

	columns->parent[i] = item->parent;
	columns->name_offset[i] = (uint32_t)walk->names;
	if (item->length)
		memcpy(names + walk->names, item->name, item->length);
	walk->names += item->length;
	columns->alloc_bytes[i] = figure_told(cold_alloc(cold));
	columns->apparent_bytes[i] = figure_told(cold_apparent(cold));
	columns->items[i] = (uint32_t)counts;
	columns->files[i] = (uint32_t)(counts >> 32);
	columns->own_bytes[i] = cold->own_alloc_bytes;
	columns->own_apparent_bytes[i] = cold->own_apparent_bytes;
	tree_fingerprint(walk->tree, item->dir, columns->fingerprint[i]);
	columns->ino[i] = cold->ino;
	columns->mtime_ns[i] = cold->mtime_ns;
	columns->mtime_era[i] = cold->mtime_era;
	columns->ctime[i] = node_fold_time(cold->ctime_ns);
	columns->birth[i] = cold->birth;
	columns->errors[i] = atomic_load_explicit(&((struct node_cold *)cold)->errors, memory_order_relaxed);
	columns->fs[i] = cold->fs;
	columns->flags[i] = (uint16_t)(atomic_load_explicit(&((struct node_cold *)cold)->flags, memory_order_relaxed) &
	                               COPIED_FLAGS);
	if (identity_is_fleeting(tree_fs(walk->tree, cold->fs).magic))
		columns->flags[i] |= IMAGE_FLEETING;
	columns->dir[i] = item->dir;
	return walk_rows(walk, item->dir, i);
}

/**
 * A warm scan takes a directory's own part from the totals: where inodes that several subdirectories share stand in
 * between, it has to look.
 */
static void look_where_links_meet(struct walk *walk)
{
	struct columns *columns = &walk->columns;

	for (uint32_t i = 0; walk->apparent && i < walk->count; i++) {
		walk->apparent[i] -= columns->apparent_bytes[i];
		if (i)
			walk->apparent[columns->parent[i]] += columns->apparent_bytes[i];
	}
	for (uint32_t i = 0; walk->apparent && i < walk->count; i++)
		if (walk->apparent[i])
			columns->newest[i] = 0;
}

struct image *image_from_tree(const struct tree *tree)
{
	struct walk walk = { .tree = tree };
	struct waiting item = { .dir = DIR_ROOT, .parent = IMAGE_NONE };
	struct image *image = NULL;
	unsigned pin = tree_pin(tree);
	int rc = tree_complete(tree, DIR_ROOT) ? walk_visit(&walk, &item) : -EAGAIN;

	while (!rc && walk.depth) {
		item = walk.stack[--walk.depth];
		/* Their memory is scattered: ask for what comes soon. */
		if (walk.depth >= 4)
			__builtin_prefetch(tree_cold(tree, walk.stack[walk.depth - 4].dir));
		if (walk.depth >= 2)
			__builtin_prefetch(tree_block(tree, walk.stack[walk.depth - 2].dir));
		rc = walk_visit(&walk, &item);
	}
	tree_unpin(tree, pin);
	if (!rc) {
		walk.columns.name_offset[walk.count] = (uint32_t)walk.names;
		shape_finish(&walk.columns, (uint32_t)walk.count);
		rc = figures_resize(&walk.columns, MADE_OF_TREE, walk.count);
	}
	if (!rc)
		rc = shape_resize(&walk.columns, walk.count);
	if (!rc)
		rc = find_odd(&walk.columns, (uint32_t)walk.count, false);
	look_where_links_meet(&walk);
	if (!rc) {
		image = image_of(&walk.columns, (uint32_t)walk.count, tree_root_path(tree));
		rc = -ENOMEM;
	}
	free(walk.stack);
	free(walk.apparent);
	if (!image) {
		columns_free(&walk.columns);
		errno = -rc;
	}
	return image;
}
